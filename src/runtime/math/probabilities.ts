/**
 * From measured numbers to probabilities.
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
  return Array.from(logits, (logit) => logistic(logit / temperature));
}

/** 0.5 at 0, towards 0 below and towards 1 above. */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The entry with the greatest number; of equals the first. Undefined if there is none. */
export function mostProbable<Label>(
  entries: Iterable<readonly [Label, number]>,
): readonly [Label, number] | undefined {
  let best: readonly [Label, number] | undefined;
  for (const entry of entries) {
    if (entry[1] > (best?.[1] ?? Number.NEGATIVE_INFINITY)) best = entry;
  }
  return best;
}

/** Probability sums and cosines leave [0, 1] by rounding. */
export function clampToUnit(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
}
