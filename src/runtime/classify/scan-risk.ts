/**
 * The riskiest part of a text: a guard reads all of it, and one bad paragraph is enough.
 *
 * @module
 */
import { type ClassifierModels, type ClassifyOptions, encoderFor, headOf } from './models.js';
import { binaryReading, type LabelReading, labelNamed } from './reading.js';

export interface ScanRisk extends LabelReading {
  /** Highest probability of the positive label in any window, in [0, 1]. */
  readonly risk: number;
  readonly flagged: boolean;
  /** The window with that probability; UTF-16 offsets. Undefined for a text without content. */
  readonly riskiest: { readonly start: number; readonly end: number } | undefined;
  /** Parts that the text was read in; 0 for a text without content. */
  readonly windows: number;
  readonly passes: number;
}

export interface RiskOptions extends ClassifyOptions {
  /** Least risk that is flagged, in [0, 1]; the bundle's recommendation if left out. */
  readonly threshold?: number | undefined;
}

/** A sequence head with two labels, one of which is what is looked for. */
export interface RiskHead {
  readonly model: string;
  readonly positive: string;
  readonly negative: string;
}

/**
 * Reads all of `text` with a sequence head. A text without content has no risk, which costs no pass.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
 */
export async function scanRisk(
  text: string,
  { model, positive, negative }: RiskHead,
  models: ClassifierModels,
  { threshold, signal }: RiskOptions = {},
): Promise<ScanRisk> {
  if (text.trim() === '') {
    const probabilities = new Map([
      [negative, 1],
      [positive, 0],
    ]);
    const reading = { label: negative, confidence: 1, threshold: threshold ?? 1, probabilities };
    return { ...reading, risk: 0, flagged: false, riskiest: undefined, windows: 0, passes: 0 };
  }
  const { windows, passes } = await encoderFor(models, model).scan(text, { wants: [model], signal });
  let worst: ScanRisk | undefined;
  for (const { start, end, encoded } of windows) {
    const head = headOf(encoded, model);
    const reading = binaryReading(head, positive, threshold);
    const label = labelNamed(head, positive);
    const risk = reading.probabilities.get(label) ?? 0;
    if (worst !== undefined && risk <= worst.risk) continue;
    const riskiest = { start, end };
    worst = { ...reading, risk, flagged: reading.label === label, riskiest, windows: windows.length, passes };
  }
  if (worst === undefined) throw new Error('a scan without windows');
  return worst;
}
