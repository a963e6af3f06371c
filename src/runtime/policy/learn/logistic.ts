/**
 * Multinomial logistic regression on sentence embeddings.
 *
 * Minimises the weighted mean of the negative log-likelihood plus `regularisation / 2 · |weights|²`; the bias is
 * not penalised. With a penalty the minimum is unique, so the same rows always give the same head.
 *
 * @module
 */
import type { LinearHead } from '../../models/learned-head/head.js';
import { minimise, type Objective } from './lbfgs.js';

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
  /** Largest component of the gradient at the end. Default 1e-5. */
  readonly tolerance?: number;
}

/** Fits a head to the rows named in `rows`; its temperature is 1. */
export function fitHead(
  { embeddings, classes }: Examples,
  rows: readonly number[],
  options: FitOptions,
): LinearHead {
  const { labels, dimension, regularisation, balanced, start, tolerance = 1e-5 } = options;
  const count = labels.length;
  const bias = count * dimension;
  const weights = weightsOf(classes, rows, count, balanced);
  const point = new Float64Array(bias + count);
  if (start !== undefined) {
    point.set(start.weights);
    point.set(start.bias, bias);
  }
  const matrix = matrixOf(embeddings, rows, dimension);
  const wanted = Int32Array.from(rows, (row) => classes[row] ?? 0);
  const probabilities = new Float64Array(count);
  const objective: Objective = (at, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let row = 0; row < rows.length; row++) {
      const weight = weights[row] ?? 0;
      const own = wanted[row] ?? 0;
      const base = row * dimension;
      loss += weight * lossAt(at, matrix, base, dimension, own, probabilities);
      for (let label = 0; label < count; label++) {
        const error = weight * ((probabilities[label] ?? 0) - (label === own ? 1 : 0));
        addTimes(gradient, label * dimension, matrix, base, dimension, error);
        gradient[bias + label] = (gradient[bias + label] ?? 0) + error;
      }
    }
    let penalty = 0;
    for (let index = 0; index < bias; index++) {
      const value = at[index] ?? 0;
      penalty += value * value;
      gradient[index] = (gradient[index] ?? 0) + regularisation * value;
    }
    return loss + (regularisation / 2) * penalty;
  };
  minimise(objective, point, { tolerance });
  return {
    labels,
    dimension,
    weights: point.slice(0, bias),
    bias: point.slice(bias),
    temperature: 1,
  };
}

/** The rows one behind the other: what is read in order is read fast. */
function matrixOf(
  embeddings: readonly Float32Array[],
  rows: readonly number[],
  dimension: number,
): Float64Array {
  const matrix = new Float64Array(rows.length * dimension);
  rows.forEach((row, index) => {
    const embedding = embeddings[row];
    if (embedding !== undefined) matrix.set(embedding.subarray(0, dimension), index * dimension);
  });
  return matrix;
}

function addTimes(
  to: Float64Array,
  toBase: number,
  what: Float64Array,
  base: number,
  length: number,
  times: number,
): void {
  for (let at = 0; at < length; at++)
    to[toBase + at] = (to[toBase + at] ?? 0) + times * (what[base + at] ?? 0);
}

/** Two sums instead of one, so that an addition need not wait for the one before. */
function dotAt(a: Float64Array, aBase: number, b: Float64Array, bBase: number, length: number): number {
  let even = 0;
  let odd = 0;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    even += (a[aBase + at] ?? 0) * (b[bBase + at] ?? 0);
    odd += (a[aBase + at + 1] ?? 0) * (b[bBase + at + 1] ?? 0);
  }
  if (at < length) even += (a[aBase + at] ?? 0) * (b[bBase + at] ?? 0);
  return even + odd;
}

/** Negative log-likelihood of one row; leaves the probabilities in `probabilities`. */
function lossAt(
  point: Float64Array,
  matrix: Float64Array,
  base: number,
  dimension: number,
  wanted: number,
  probabilities: Float64Array,
): number {
  const count = probabilities.length;
  let largest = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < count; label++) {
    const logit =
      (point[count * dimension + label] ?? 0) + dotAt(point, label * dimension, matrix, base, dimension);
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
