/**
 * Which parts of an answer its context does not support.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { WordProbability } from '../inference/types.js';
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
  /** Undefined if no explanation was asked for, or too many sentences were to explain. */
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
  /** True if only the beginning of the question, or of a sentence to explain, was read. */
  readonly truncated: boolean;
  readonly passes: number;
}

export interface HallucinationOptions extends ClassifyOptions {
  /** Least probability of a word to be unsupported; the bundle's recommendation if left out. */
  readonly threshold?: number | undefined;
  /** Least words of a span; default 1, because a wrong number or name is one word. */
  readonly minSpanWords?: number | undefined;
  /** Least confidence of a span. */
  readonly minSpanConfidence?: number | undefined;
  /** Whether each span is explained, and dropped if it is entailed; by default if the bundle can do that. */
  readonly explain?: boolean | undefined;
  /** Least probability of `entailment` that drops a span. */
  readonly entailmentThreshold?: number | undefined;
}

/** What the published detector comes with. */
export const defaultEntailmentThreshold = 0.75;

/** Runs after which no further sentence is explained; its spans then stand as the detector found them. */
export const mostExplaining = 4096;

/** An answer without words. */
const clean = {
  hallucinated: false,
  confidence: 1,
  spans: [],
  dropped: [],
  windows: 0,
  truncated: false,
  passes: 0,
} as const;

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
 * @throws VsrError `VSR_INPUT_INVALID` if there is no context, since nothing could be supported by it, or
 *   if the texts are too long to compare; `VSR_INFERENCE_UNAVAILABLE` if a model cannot run.
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
    return { ...clean, threshold };
  }
  const { signal } = options;
  const detector = pairFor(models, modelNames.hallucination);
  const detected = await detector.detect(support, question, answer, { signal });
  const threshold = options.threshold ?? models.thresholds?.hallucination ?? detected.threshold;
  const found = wordSpans(answer, detected.tokens, threshold).filter(
    ({ start, end, probability }) =>
      probability >= (options.minSpanConfidence ?? 0) &&
      wordsOf(answer.slice(start, end)) >= (options.minSpanWords ?? 1),
  );
  const least = options.entailmentThreshold ?? defaultEntailmentThreshold;
  const explains = options.explain ?? detector.heads.includes(modelNames.nli);
  const explainer = new Explainer(support, answer, models, signal);
  const spans: HallucinatedSpan[] = [];
  const dropped: HallucinatedSpan[] = [];
  for (const { start, end, probability: confidence } of found) {
    const nli = explains ? await explainer.explain({ start, end }) : undefined;
    const span = { start, end, confidence, label: nli?.label, labelConfidence: nli?.confidence };
    if (nli?.label === 'entailment' && nli.confidence >= least) dropped.push(span);
    else spans.push(span);
  }
  return {
    hallucinated: spans.length > 0,
    confidence: spans.length > 0 ? highest(spans) : 1 - suspicionOf(detected.tokens, dropped),
    spans,
    dropped,
    threshold,
    windows: detected.windows,
    truncated: detected.truncated || explainer.truncated,
    passes: detected.passes + explainer.passes,
  };
}

/** How the sentences of an answer relate to its context. */
class Explainer {
  passes = 0;
  /** True if a sentence was so long that only its beginning was read. */
  truncated = false;
  readonly #starts: readonly number[];
  /** Spans of one sentence share its explanation. */
  readonly #known = new Map<string, NliReading>();

  constructor(
    private readonly context: string,
    private readonly answer: string,
    private readonly models: ClassifierModels,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#starts = sentenceStarts(answer);
  }

  /** Undefined when {@link mostExplaining} runs are used up. */
  async explain(span: { readonly start: number; readonly end: number }): Promise<NliReading | undefined> {
    const sentence = sentencesAround(this.answer, this.#starts, span);
    const known = this.#known.get(sentence);
    if (known !== undefined || this.passes >= mostExplaining) return known;
    this.signal?.throwIfAborted();
    const nli = await classifyNli(this.context, sentence, this.models, { signal: this.signal });
    this.#known.set(sentence, nli);
    this.passes += nli.passes;
    this.truncated ||= nli.truncated;
    return nli;
  }
}

function highest(spans: readonly HallucinatedSpan[]): number {
  return spans.reduce((most, { confidence }) => Math.max(most, confidence), 0);
}

/** Highest probability of a word outside the dropped spans, which are in the order of the answer. */
function suspicionOf(words: readonly WordProbability[], dropped: readonly HallucinatedSpan[]): number {
  let most = 0;
  let next = 0;
  for (const { start, probability } of words) {
    while ((dropped[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    if ((dropped[next]?.start ?? Number.POSITIVE_INFINITY) > start) most = Math.max(most, probability);
  }
  return most;
}

function wordsOf(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}
