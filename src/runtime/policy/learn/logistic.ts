/**
 * Multinomial logistic regression on sentence embeddings.
 *
 * Minimises the weighted mean of the negative log-likelihood plus `regularisation / 2 · |weights|²`; the bias is
 * not penalised. With a penalty the minimum is unique, so the same rows always give the same head.
 *
 * @module
 */
import type { LinearHead } from '../../models/learned-head/head.js';
import { addTiles, dotTiles, tile } from './kernels.js';
import { minimise, type Objective } from './lbfgs.js';
import type { Preconditioner } from './preconditioner.js';

/** Embedded rows with their classes. */
export interface Examples {
  readonly embeddings: readonly Float32Array[];
  /** Index into the labels, per row. */
  readonly classes: readonly number[];
}

export interface ProblemOptions {
  readonly labels: readonly string[];
  readonly dimension: number;
  /** Whether each class weighs the same, however many rows it has. */
  readonly balanced: boolean;
}

export interface FitOptions {
  readonly regularisation: number;
  /** Where to begin: the weights of a similar problem save most of the way. */
  readonly start?: LinearHead | undefined;
  /** Largest component of the gradient at the end. Default 1e-5. */
  readonly tolerance?: number;
  /** Saves most of the steps; what is found is the same. */
  readonly preconditioner?: Preconditioner | undefined;
}

/** Rows that heads are fitted to, laid out once for all penalties. */
export class FitProblem {
  readonly #labels: readonly string[];
  readonly #dimension: number;
  /** The rows one behind the other, each with a 1 behind it for the bias; rows of zeros fill the last tile. */
  readonly #matrix: Float64Array;
  readonly #weights: Float64Array;
  readonly #wanted: Int32Array;

  constructor(
    { embeddings, classes }: Examples,
    rows: readonly number[],
    { labels, dimension, balanced }: ProblemOptions,
  ) {
    this.#labels = labels;
    this.#dimension = dimension;
    const width = dimension + 1;
    const padded = Math.ceil(rows.length / tile) * tile;
    this.#matrix = new Float64Array(padded * width);
    this.#weights = new Float64Array(padded);
    this.#wanted = new Int32Array(padded);
    this.#weights.set(weightsOf(classes, rows, labels.length, balanced));
    rows.forEach((row, index) => {
      const embedding = embeddings[row];
      if (embedding !== undefined) this.#matrix.set(embedding.subarray(0, dimension), index * width);
      this.#matrix[index * width + dimension] = 1;
      this.#wanted[index] = classes[row] ?? 0;
    });
  }

  /** Fits a head; its temperature is 1. */
  fit({ regularisation, start, tolerance = 1e-5, preconditioner }: FitOptions): LinearHead {
    const labels = this.#labels;
    const dimension = this.#dimension;
    const width = dimension + 1;
    const point = new Float64Array(labels.length * width);
    if (start !== undefined) {
      labels.forEach((_, label) => {
        point.set(start.weights.subarray(label * dimension, (label + 1) * dimension), label * width);
        point[label * width + dimension] = start.bias[label] ?? 0;
      });
    }
    const precondition = preconditioner?.of(regularisation, labels.length);
    minimise(this.#objective(regularisation), point, { tolerance, precondition });
    const weights = new Float64Array(labels.length * dimension);
    labels.forEach((_, label) => {
      weights.set(point.subarray(label * width, label * width + dimension), label * dimension);
    });
    const bias = Float64Array.from(labels, (_, label) => point[label * width + dimension] ?? 0);
    return { labels, dimension, weights, bias, temperature: 1 };
  }

  /** The penalised loss; a vector has the weights of one label and its bias, then those of the next. */
  #objective(regularisation: number): Objective {
    const matrix = this.#matrix;
    const weights = this.#weights;
    const wanted = this.#wanted;
    const width = this.#dimension + 1;
    const count = this.#labels.length;
    // Logits, then errors, of the rows of a tile: label by label.
    const errors = new Float64Array(count * tile);
    return (at, gradient) => {
      gradient.fill(0);
      let loss = 0;
      for (let row = 0; row < weights.length; row += tile) {
        const base = row * width;
        for (let label = 0; label < count; label++) {
          dotTiles(matrix, base, width, at, label * width, errors, label * tile);
        }
        for (let each = 0; each < tile; each++) {
          const weight = weights[row + each] ?? 0;
          loss += weight * lossOf(errors, each, count, wanted[row + each] ?? 0, weight);
        }
        for (let label = 0; label < count; label++) {
          addTiles(gradient, label * width, matrix, base, width, errors, label * tile);
        }
      }
      let penalty = 0;
      for (let label = 0; label < count; label++) {
        const end = (label + 1) * width - 1;
        for (let index = label * width; index < end; index++) {
          const value = at[index] ?? 0;
          penalty += value * value;
          gradient[index] = (gradient[index] ?? 0) + regularisation * value;
        }
      }
      return loss + (regularisation / 2) * penalty;
    };
  }
}

/**
 * Negative log-likelihood of the row `each` of a tile. Leaves in the place of its logits the slope of the weighted
 * loss for each of them.
 */
function lossOf(logits: Float64Array, each: number, count: number, wanted: number, weight: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < count; label++) {
    const logit = logits[label * tile + each] ?? 0;
    if (logit > largest) largest = logit;
  }
  const own = logits[wanted * tile + each] ?? 0;
  let sum = 0;
  for (let label = 0; label < count; label++) {
    const power = Math.exp((logits[label * tile + each] ?? 0) - largest);
    logits[label * tile + each] = power;
    sum += power;
  }
  for (let label = 0; label < count; label++) {
    const probability = (logits[label * tile + each] ?? 0) / sum;
    logits[label * tile + each] = weight * (probability - (label === wanted ? 1 : 0));
  }
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
