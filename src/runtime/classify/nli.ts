/**
 * How a statement relates to a text.
 *
 * @module
 */
import { type ClassifierModels, type ClassifyOptions, modelNames, pairFor } from './models.js';
import { type LabelReading, probabilitiesOf } from './reading.js';

export interface NliReading extends LabelReading {
  /** Windows the premise was read in. */
  readonly windows: number;
  /** True if only the beginning of the hypothesis was read. */
  readonly truncated: boolean;
  readonly passes: number;
}

/**
 * `entailment`, `neutral` or `contradiction`. All of the premise is read.
 *
 * @throws VsrError `VSR_INPUT_INVALID` if the premise is too long for that; `VSR_INFERENCE_UNAVAILABLE` if
 *   the model cannot run.
 */
export async function classifyNli(
  premise: string,
  hypothesis: string,
  models: ClassifierModels,
  options?: ClassifyOptions,
): Promise<NliReading> {
  const result = await pairFor(models, modelNames.nli).nli(premise, hypothesis, options);
  const probabilities = probabilitiesOf(result);
  return {
    label: result.label.toLowerCase(),
    confidence: probabilities.get(result.label) ?? 0,
    threshold: models.thresholds?.nli ?? result.threshold,
    probabilities: new Map([...probabilities].map(([label, value]) => [label.toLowerCase(), value])),
    windows: result.windows,
    truncated: result.truncated,
    passes: result.passes,
  };
}
