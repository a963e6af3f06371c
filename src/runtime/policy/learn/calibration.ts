/**
 * How much probabilities can be believed.
 *
 * @module
 */
import { softmax } from '../../math/probabilities.js';

/** Logits of a row that the head had not seen, and its true class. */
export interface Held {
  readonly logits: Float32Array;
  readonly wanted: number;
}

const smallest = 1e-12;

/** Mean negative log-likelihood of the true classes under `logits / temperature`. */
export function logLoss(rows: readonly Held[], temperature: number): number {
  const sum = rows.reduce((total, { logits, wanted }) => {
    return total - Math.log(Math.max(smallest, softmax(logits, temperature)[wanted] ?? 0));
  }, 0);
  return rows.length === 0 ? 0 : sum / rows.length;
}

/**
 * As {@link logLoss}, with targets that are not quite certain (Platt 1999): a few dozen rows without a mistake are
 * no reason for probabilities of 0 and 1.
 */
function smoothedLoss(rows: readonly Held[], temperature: number): number {
  const doubt = 1 / (rows.length + 2);
  const sum = rows.reduce((total, { logits, wanted }) => {
    const probabilities = softmax(logits, temperature);
    const others = doubt / Math.max(1, probabilities.length - 1);
    return probabilities.reduce(
      (loss, probability, label) =>
        loss - (label === wanted ? 1 - doubt : others) * Math.log(Math.max(smallest, probability)),
      total,
    );
  }, 0);
  return rows.length === 0 ? 0 : sum / rows.length;
}

/**
 * The temperature with the least log-loss (Guo et al. 2017), between 0.05 and 20, by golden-section search on
 * its logarithm: the loss has one minimum there.
 */
export function fitTemperature(rows: readonly Held[]): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = Math.log(0.05);
  let high = Math.log(20);
  const loss = (logarithm: number) => smoothedLoss(rows, Math.exp(logarithm));
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let leftLoss = loss(left);
  let rightLoss = loss(right);
  while (high - low > 1e-4) {
    if (leftLoss <= rightLoss) {
      high = right;
      right = left;
      rightLoss = leftLoss;
      left = high - ratio * (high - low);
      leftLoss = loss(left);
    } else {
      low = left;
      left = right;
      leftLoss = rightLoss;
      right = low + ratio * (high - low);
      rightLoss = loss(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/**
 * Expected calibration error of the top label (Naeini et al. 2015): rows in ten groups of equal width by
 * confidence, mean distance between confidence and accuracy, weighted by the size of the group.
 */
export function calibrationError(
  rows: readonly { readonly confidence: number; readonly right: boolean }[],
): number {
  const groups = Array.from({ length: 10 }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (const { confidence, right } of rows) {
    const group = groups[Math.min(9, Math.floor(confidence * 10))];
    if (group === undefined) continue;
    group.count++;
    group.confidence += confidence;
    group.right += right ? 1 : 0;
  }
  const total = groups.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0);
  return rows.length === 0 ? 0 : total / rows.length;
}
