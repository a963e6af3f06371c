/**
 * Numbers in what other services say: some write them in quotes.
 *
 * @module
 */

/** The number that `value` is or spells; undefined for anything else, NaN and infinities among them. */
export function finiteNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The same for numbers from 0 to 1; undefined for others. */
export function shareOfOne(value: unknown): number | undefined {
  const number = finiteNumber(value);
  return number !== undefined && number >= 0 && number <= 1 ? number : undefined;
}
