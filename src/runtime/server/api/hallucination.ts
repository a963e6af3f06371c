/**
 * `POST /api/v1/classify/hallucination` and `POST /api/v1/nli`.
 *
 * @module
 */
import { classifyHallucination, type HallucinatedSpan } from '../../classify/hallucination.js';
import { classifyNli } from '../../classify/nli.js';
import { optionsOf, refused, stringOf, textOf, textsOf } from './input.js';
import { type Fields, modelsOf, post } from './route.js';

const mostPassages = 1_000;

function contextOf(fields: Fields): string | readonly string[] {
  const { context } = fields;
  if (Array.isArray(context)) return textsOf(fields, 'context', { most: mostPassages, empty: true });
  if (typeof context === 'string') return context;
  throw refused(
    'context',
    context === undefined ? 'is required' : 'is neither a string nor an array of strings',
    'Send the passages that the answer was made from.',
  );
}

function spanBody(answer: string, { start, end, confidence, label, labelConfidence }: HallucinatedSpan) {
  return {
    start,
    end,
    text: answer.slice(start, end),
    confidence,
    ...(label === undefined ? {} : { label, label_confidence: labelConfidence }),
  };
}

export const hallucinationRoute = post(
  '/api/v1/classify/hallucination',
  'Parts of {answer} that {context} (a string or an array) does not support; {question} helps.',
  async ({ context, fields, signal }) => {
    const answer = stringOf(fields, 'answer');
    const question = stringOf(fields, 'question', '');
    const support = contextOf(fields);
    const options = optionsOf(fields);
    const wanted = {
      threshold: options.fraction('confidence_threshold'),
      minSpanWords: options.count('min_span_length', 1),
      minSpanConfidence: options.fraction('min_span_confidence'),
      explain: options.has('enable_nli_filtering') ? options.flag('enable_nli_filtering') : undefined,
      entailmentThreshold: options.fraction('nli_entailment_threshold'),
      signal,
    };
    const start = performance.now();
    const reading = await classifyHallucination(
      { context: support, question, answer },
      modelsOf(context),
      wanted,
    );
    return {
      hallucinated: reading.hallucinated,
      confidence: reading.confidence,
      threshold: reading.threshold,
      spans: reading.spans.map((span) => spanBody(answer, span)),
      dropped_spans: reading.dropped.map((span) => spanBody(answer, span)),
      windows: reading.windows,
      truncated: reading.truncated,
      processing_time_ms: performance.now() - start,
    };
  },
);

export const nliRoute = post(
  '/api/v1/nli',
  'Whether {premise} entails or contradicts {hypothesis}, or neither.',
  async ({ context, fields, signal }) => {
    const premise = textOf(fields, 'premise');
    const hypothesis = textOf(fields, 'hypothesis');
    const start = performance.now();
    const { label, confidence, probabilities, windows, truncated } = await classifyNli(
      premise,
      hypothesis,
      modelsOf(context),
      { signal },
    );
    return {
      label,
      confidence,
      entailment_prob: probabilities.get('entailment') ?? 0,
      neutral_prob: probabilities.get('neutral') ?? 0,
      contradiction_prob: probabilities.get('contradiction') ?? 0,
      windows,
      truncated,
      processing_time_ms: performance.now() - start,
    };
  },
);
