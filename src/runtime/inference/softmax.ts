/**
 * From logits to calibrated probabilities.
 *
 * @module
 */

/**
 * Probabilities of `logits / temperature` (Guo et al. 2017, "On Calibration of Modern Neural Networks").
 * The largest is subtracted first, so that no exponential overflows.
 */
export function softmax(logits: Float32Array, temperature: number): number[] {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const powers = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Probabilities of labels that don't exclude each other. */
export function sigmoid(logits: Float32Array, temperature: number): number[] {
  return Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit / temperature)));
}

/** @throws if a number is NaN or infinite: no decision may rest on it. */
export function assertFinite(model: string, logits: Float32Array): void {
  if (!logits.every(Number.isFinite)) throw new Error(`${model} gave logits that are not finite numbers`);
}
