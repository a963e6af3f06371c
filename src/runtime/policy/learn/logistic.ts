/**
 * Multinomial logistic regression on sentence embeddings.
 *
 * Minimises the weighted mean of the negative log-likelihood plus `regularisation / 2 · |weights|²`; the bias is
 * not penalised. With a penalty the minimum is unique, so the same rows always give the same head.
 *
 * @module
 */
import type { LinearHead } from '../../inference/learned-head/head.js';
import { minimise } from './lbfgs.js';

/** Embedded rows with their classes. */
export interface Examples {
  readonly embeddings: readonly Float32Array[];
  /** Index into the labels, per row. */
  readonly classes: readonly number[];
}

export interface FitOptions {
  readonly labels: readonly string[];
  readonly dimension: number;
  readonly regularisation: number;
  /** Whether each class weighs the same, however many rows it has. */
  readonly balanced: boolean;
  /** Where to begin: the weights of a similar problem save most of the way. */
  readonly start?: LinearHead | undefined;
}

/** Fits a head to the rows named in `rows`; its temperature is 1. */
export function fitHead(
  { embeddings, classes }: Examples,
  rows: readonly number[],
  options: FitOptions,
): LinearHead {
  const { labels, dimension, regularisation, balanced, start } = options;
  const count = labels.length;
  const bias = count * dimension;
  const weights = weightsOf(classes, rows, count, balanced);
  const point = new Float64Array(bias + count);
  if (start !== undefined) {
    point.set(start.weights);
    point.set(start.bias, bias);
  }
  const probabilities = new Float64Array(count);
  minimise((at, gradient) => {
    gradient.fill(0);
    let loss = 0;
    rows.forEach((row, index) => {
      const embedding = embeddings[row];
      const wanted = classes[row];
      const weight = weights[index] ?? 0;
      if (embedding === undefined || wanted === undefined) return;
      loss += weight * lossAt(at, embedding, wanted, probabilities);
      for (let label = 0; label < count; label++) {
        const error = weight * ((probabilities[label] ?? 0) - (label === wanted ? 1 : 0));
        const base = label * dimension;
        for (let dim = 0; dim < dimension; dim++) {
          gradient[base + dim] = (gradient[base + dim] ?? 0) + error * (embedding[dim] ?? 0);
        }
        gradient[bias + label] = (gradient[bias + label] ?? 0) + error;
      }
    });
    let penalty = 0;
    for (let index = 0; index < bias; index++) {
      const value = at[index] ?? 0;
      penalty += value * value;
      gradient[index] = (gradient[index] ?? 0) + regularisation * value;
    }
    return loss + (regularisation / 2) * penalty;
  }, point);
  return {
    labels,
    dimension,
    weights: point.slice(0, bias),
    bias: point.slice(bias),
    temperature: 1,
  };
}

/** Negative log-likelihood of one row; leaves the probabilities in `probabilities`. */
function lossAt(
  point: Float64Array,
  embedding: Float32Array,
  wanted: number,
  probabilities: Float64Array,
): number {
  const count = probabilities.length;
  const dimension = embedding.length;
  let largest = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < count; label++) {
    let logit = point[count * dimension + label] ?? 0;
    const base = label * dimension;
    for (let dim = 0; dim < dimension; dim++) logit += (point[base + dim] ?? 0) * (embedding[dim] ?? 0);
    probabilities[label] = logit;
    if (logit > largest) largest = logit;
  }
  const own = probabilities[wanted] ?? 0;
  let sum = 0;
  for (let label = 0; label < count; label++) {
    const power = Math.exp((probabilities[label] ?? 0) - largest);
    probabilities[label] = power;
    sum += power;
  }
  for (let label = 0; label < count; label++) probabilities[label] = (probabilities[label] ?? 0) / sum;
  return Math.log(sum) + largest - own;
}

/** Weight of each row; they add up to 1. */
function weightsOf(
  classes: readonly number[],
  rows: readonly number[],
  count: number,
  balanced: boolean,
): Float64Array {
  const sizes = new Float64Array(count);
  for (const row of rows) {
    const each = classes[row] ?? 0;
    sizes[each] = (sizes[each] ?? 0) + 1;
  }
  const present = sizes.filter((size) => size > 0).length;
  return Float64Array.from(rows, (row) =>
    balanced ? 1 / (present * (sizes[classes[row] ?? 0] ?? 1)) : 1 / rows.length,
  );
}
