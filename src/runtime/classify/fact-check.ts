/**
 * Whether an answer to a text should be checked against facts.
 *
 * @module
 */
import type { TextView } from '../inference/types.js';
import { type ClassifierModels, encoderFor, headOf, modelNames } from './models.js';
import { binaryReading, type LabelReading } from './reading.js';

export const factCheckNeeded = 'FACT_CHECK_NEEDED';
const factCheckNotNeeded = 'NO_FACT_CHECK_NEEDED';

export interface FactCheckReading extends LabelReading {
  readonly needed: boolean;
  /** What of the text was read. */
  readonly view: TextView;
  readonly passes: number;
}

/**
 * Judges `text`. A text without content needs no check, which costs no pass.
 *
 * @param threshold Least probability of "needed"; if left out that of the configuration, else the model's own.
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
 */
export async function classifyFactCheck(
  text: string,
  models: ClassifierModels,
  threshold: number | undefined = models.thresholds?.['fact-check'],
): Promise<FactCheckReading> {
  if (text.trim() === '') return { ...nothingToCheck, threshold: threshold ?? 1 };
  const encoder = encoderFor(models, modelNames.factCheck);
  const { encoded, passes } = await encoder.encode(text, { wants: [modelNames.factCheck] });
  const reading = binaryReading(headOf(encoded, modelNames.factCheck), factCheckNeeded, threshold);
  const needed = reading.label.toUpperCase() === factCheckNeeded;
  return { ...reading, needed, view: encoded.view, passes };
}

const nothingToCheck = {
  needed: false,
  label: factCheckNotNeeded,
  confidence: 1,
  probabilities: new Map([
    [factCheckNotNeeded, 1],
    [factCheckNeeded, 0],
  ]),
  view: 'whole',
  passes: 0,
} as const;
