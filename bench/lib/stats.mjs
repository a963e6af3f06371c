/**
 * Medians, percentiles and the order of interleaved runs.
 *
 * @module
 */

/**
 * @param {readonly number[] | Float64Array} values
 * @param {number} fraction 0 to 1
 */
export function percentile(values, fraction) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const position = Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1));
  return /** @type {number} */ (sorted[position]);
}

/** @param {readonly number[] | Float64Array} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : /** @type {number} */ (sorted[middle - 1] + upper) / 2;
}

/**
 * Runs every variant once per round, each round starting with another one: what the machine's other
 * load does to a run is then spread over all variants instead of falling on one of them.
 *
 * @template V, R
 * @param {readonly V[]} variants
 * @param {number} rounds
 * @param {(variant: V, round: number) => Promise<R> | R} run
 * @returns {Promise<Map<V, R[]>>}
 */
export async function interleave(variants, rounds, run) {
  /** @type {Map<V, R[]>} */
  const results = new Map(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    for (let step = 0; step < variants.length; step++) {
      const variant = /** @type {V} */ (variants[(round + step) % variants.length]);
      results.get(variant)?.push(await run(variant, round));
    }
  }
  return results;
}

/**
 * @param {number} value
 * @param {number} digits Significant digits.
 */
export function round(value, digits = 4) {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}
