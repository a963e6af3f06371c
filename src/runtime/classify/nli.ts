/**
 * How a statement relates to a text.
 *
 * @module
 */
import { type ClassifierModels, modelNames, pairFor } from './models.js';
import { type LabelReading, probabilitiesOf } from './reading.js';

export interface NliReading extends LabelReading {
  /** Windows the premise was read in. */
  readonly windows: number;
  readonly passes: number;
}

/**
 * `entailment`, `neutral` or `contradiction`. All of the premise is read.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
 */
export async function classifyNli(
  premise: string,
  hypothesis: string,
  models: ClassifierModels,
): Promise<NliReading> {
  const result = await pairFor(models, modelNames.nli).nli(premise, hypothesis);
  const probabilities = probabilitiesOf(result);
  return {
    label: result.label.toLowerCase(),
    confidence: probabilities.get(result.label) ?? 0,
    threshold: result.threshold,
    probabilities: new Map([...probabilities].map(([label, value]) => [label.toLowerCase(), value])),
    windows: result.windows,
    passes: result.passes,
  };
}
