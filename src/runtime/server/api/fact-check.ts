/**
 * `POST /api/v1/classify/fact-check`.
 *
 * @module
 */
import { classifyFactCheck } from '../../classify/fact-check.js';
import { labelFieldsOf, optionsOf, textOf } from './input.js';
import { modelsOf, post } from './route.js';

export const factCheckRoute = post(
  '/api/v1/classify/fact-check',
  'Whether an answer to {text} should be checked against facts.',
  async ({ context, fields }) => {
    const text = textOf(fields);
    const options = optionsOf(fields);
    const threshold = options.fraction('confidence_threshold');
    const labelFields = labelFieldsOf(options);
    const start = performance.now();
    const reading = await classifyFactCheck(text, modelsOf(context), threshold);
    return {
      needs_fact_check: reading.needed,
      label: reading.label,
      confidence: reading.confidence,
      threshold: reading.threshold,
      truncated: reading.view !== 'whole',
      ...labelFields(reading.probabilities),
      processing_time_ms: performance.now() - start,
    };
  },
);
