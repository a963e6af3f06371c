/**
 * Quantiles of measured values.
 *
 * @module
 */

/** The value below which a `share` of `sorted` (ascending) lies, by nearest rank; undefined if there is none. */
export function nearestRank(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Arithmetic mean; 0 of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0) / Math.max(1, values.length);
}
