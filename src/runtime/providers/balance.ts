/**
 * Smooth weighted round-robin, as nginx does it: over any stretch of requests each endpoint gets its
 * share, and the turns of a heavy one are spread instead of bunched.
 *
 * @module
 */

export class SmoothRoundRobin {
  readonly #weights: readonly number[];
  readonly #current: number[];

  /** A weight of 0 (or less) takes its index out of rotation. */
  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#current = weights.map(() => 0);
  }

  /** The next index that `isExcluded` lets pass; -1 if there is none. */
  next(isExcluded?: (index: number) => boolean): number {
    const weights = this.#weights;
    const current = this.#current;
    let best = -1;
    let bestValue = 0;
    let total = 0;
    for (let index = 0; index < weights.length; index++) {
      const weight = weights[index] ?? 0;
      if (!(weight > 0) || isExcluded?.(index) === true) continue;
      const value = (current[index] ?? 0) + weight;
      current[index] = value;
      total += weight;
      if (best === -1 || value > bestValue) {
        best = index;
        bestValue = value;
      }
    }
    if (best !== -1) current[best] = bestValue - total;
    return best;
  }
}
