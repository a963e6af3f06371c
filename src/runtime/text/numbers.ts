/**
 * Numbers for people.
 *
 * @module
 */

/** At most four decimals, without trailing zeros: what traces, explanations and evidence show. */
export function shortNumber(value: number): string {
  return String(Number(value.toFixed(4)));
}
