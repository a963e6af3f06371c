/**
 * What makes fitting many rows quick: an estimate of the second derivatives of the loss.
 *
 * Those of one label are about `p · (1 − p) · M + regularisation`, with `M` the second moments of the embeddings
 * (Böhning 1992 bounds them so). Steps that are scaled by their inverse go straight to the minimum. It is an aid on
 * the way and has no influence on where the way ends.
 *
 * @module
 */
import { cholesky, solve } from './cholesky.js';

export class Preconditioner {
  readonly #width: number;
  /** Second moments of the embeddings with a 1 behind each; the lower triangle. */
  readonly #moments: Float64Array;
  readonly #factors = new Map<string, Float64Array>();

  constructor(embeddings: readonly Float32Array[], dimension: number) {
    const width = dimension + 1;
    this.#width = width;
    this.#moments = new Float64Array(width * width);
    const row = new Float64Array(width);
    for (const embedding of embeddings) {
      row.set(embedding.subarray(0, dimension));
      row[dimension] = 1;
      for (let at = 0; at < width; at++) {
        const value = (row[at] ?? 0) / embeddings.length;
        const base = at * width;
        for (let other = 0; other <= at; other++) {
          this.#moments[base + other] = (this.#moments[base + other] ?? 0) + value * (row[other] ?? 0);
        }
      }
    }
  }

  /** Applies the inverse to a vector of weights and biases, label by label, in place. */
  of(regularisation: number, labels: number): (vector: Float64Array) => void {
    const lower = this.#factor(regularisation, labels);
    return (vector) => {
      for (let label = 0; label < labels; label++) solve(lower, this.#width, vector, label * this.#width);
    };
  }

  #factor(regularisation: number, labels: number): Float64Array {
    const key = `${regularisation} ${labels}`;
    const known = this.#factors.get(key);
    if (known !== undefined) return known;
    const width = this.#width;
    // As long as all labels are as probable as each other, p (1 − p) is this.
    const share = (labels - 1) / labels ** 2;
    const matrix = this.#moments.map((moment) => share * moment);
    for (let at = 0; at < width - 1; at++) {
      matrix[at * width + at] = (matrix[at * width + at] ?? 0) + regularisation;
    }
    const factor = cholesky(matrix, width);
    this.#factors.set(key, factor);
    return factor;
  }
}
