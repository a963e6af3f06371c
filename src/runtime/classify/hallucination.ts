/**
 * Which parts of an answer its context does not support.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { wordSpans } from '../inference/word-spans.js';
import { type ClassifierModels, type ClassifyOptions, modelNames, pairFor } from './models.js';
import { classifyNli, type NliReading } from './nli.js';
import { sentenceStarts, sentencesAround } from './sentences.js';

/** How the context relates to the sentence of a span. */
export type SpanLabel = 'entailment' | 'neutral' | 'contradiction' | (string & {});

export interface HallucinatedSpan {
  /** UTF-16 offsets in the answer. */
  readonly start: number;
  readonly end: number;
  /** Probability that it is unsupported. */
  readonly confidence: number;
  /** Undefined if no explanation was asked for. */
  readonly label: SpanLabel | undefined;
  /** Probability of `label`. */
  readonly labelConfidence: number | undefined;
}

export interface HallucinationReading {
  readonly hallucinated: boolean;
  /** Of the verdict: the surest span, or 1 minus the most suspicious word. */
  readonly confidence: number;
  /** In the order of the answer. */
  readonly spans: readonly HallucinatedSpan[];
  /** Spans of the detector that the context entails after all. */
  readonly dropped: readonly HallucinatedSpan[];
  readonly threshold: number;
  readonly windows: number;
  readonly passes: number;
}

export interface HallucinationOptions extends ClassifyOptions {
  /** Least probability of a word to be unsupported; the bundle's recommendation if left out. */
  readonly threshold?: number | undefined;
  /** Least words of a span; default 1, because a wrong number or name is one word. */
  readonly minSpanWords?: number | undefined;
  /** Least confidence of a span. */
  readonly minSpanConfidence?: number | undefined;
  /** Whether each span is explained, and dropped if it is entailed; default true. */
  readonly explain?: boolean | undefined;
  /** Least probability of `entailment` that drops a span. */
  readonly entailmentThreshold?: number | undefined;
}

/** What the published detector comes with. */
export const defaultEntailmentThreshold = 0.75;

/** What is judged. */
export interface Answered {
  /** What the answer may rely on; several passages are joined. */
  readonly context: string | readonly string[];
  readonly question: string;
  readonly answer: string;
}

/**
 * Finds the unsupported spans of an answer. An empty answer is clean, which costs no pass.
 *
 * The explainer compares the context with the whole sentence of a span: a single word states nothing that
 * could be entailed.
 *
 * @throws VsrError `VSR_INPUT_INVALID` if there is no context, since nothing could be supported by it;
 *   `VSR_INFERENCE_UNAVAILABLE` if a model cannot run.
 */
export async function classifyHallucination(
  { context, question, answer }: Answered,
  models: ClassifierModels,
  options: HallucinationOptions = {},
): Promise<HallucinationReading> {
  const support = typeof context === 'string' ? context : context.join('\n\n');
  if (support.trim() === '') {
    throw new VsrError('VSR_INPUT_INVALID', '`context` is empty, so nothing could support the answer.', {
      param: 'context',
      hint: 'Send the passages that the answer was made from.',
    });
  }
  if (answer.trim() === '') {
    const threshold = options.threshold ?? 1;
    return { hallucinated: false, confidence: 1, spans: [], dropped: [], threshold, windows: 0, passes: 0 };
  }
  const detected = await pairFor(models, modelNames.hallucination).detect(support, question, answer);
  const threshold = options.threshold ?? detected.threshold;
  let { passes } = detected;
  const found = wordSpans(answer, detected.tokens, threshold).filter(
    ({ start, end, probability }) =>
      probability >= (options.minSpanConfidence ?? 0) &&
      wordsOf(answer.slice(start, end)) >= (options.minSpanWords ?? 1),
  );
  const spans: HallucinatedSpan[] = [];
  const dropped: HallucinatedSpan[] = [];
  const starts = sentenceStarts(answer);
  /** Spans of one sentence share its explanation. */
  const explained = new Map<string, NliReading>();
  const least = options.entailmentThreshold ?? defaultEntailmentThreshold;
  for (const { start, end, probability: confidence } of found) {
    if (options.explain === false) {
      spans.push({ start, end, confidence, label: undefined, labelConfidence: undefined });
      continue;
    }
    const sentence = sentencesAround(answer, starts, { start, end });
    let nli = explained.get(sentence);
    if (nli === undefined) {
      options.signal?.throwIfAborted();
      nli = await classifyNli(support, sentence, models);
      explained.set(sentence, nli);
      passes += nli.passes;
    }
    const span = { start, end, confidence, label: nli.label, labelConfidence: nli.confidence };
    if (nli.label === 'entailment' && nli.confidence >= least) dropped.push(span);
    else spans.push(span);
  }
  const hallucinated = spans.length > 0;
  const suspicion = detected.tokens
    .filter((word) => !dropped.some(({ start, end }) => word.start >= start && word.end <= end))
    .reduce((most, { probability }) => Math.max(most, probability), 0);
  return {
    hallucinated,
    confidence: hallucinated ? Math.max(...spans.map((span) => span.confidence)) : 1 - suspicion,
    spans,
    dropped,
    threshold,
    windows: detected.windows,
    passes,
  };
}

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
