/**
 * Whether a text tries to talk a model out of its rules.
 *
 * @module
 */
import { type ClassifierModels, modelNames } from './models.js';
import { type RiskHead, type RiskOptions, type ScanRisk, scanRisk } from './scan-risk.js';

const jailbreakHead: RiskHead = { model: modelNames.jailbreak, positive: 'jailbreak', negative: 'benign' };

/**
 * Reads all of `text`; `risk` is the highest P(jailbreak) of any part.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
 */
export function classifySecurity(
  text: string,
  models: ClassifierModels,
  options: RiskOptions = {},
): Promise<ScanRisk> {
  const threshold = options.threshold ?? models.thresholds?.jailbreak;
  return scanRisk(text, jailbreakHead, models, { ...options, threshold });
}
