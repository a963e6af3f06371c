/**
 * Numbers of 16 bits, in which graphs for other devices compute.
 *
 * @module
 */

/** What `bits` stand for (IEEE 754 binary16). */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Whole numbers from 0 to 2048, which binary16 holds exactly, as its bits. */
export function toFloat16(whole: number): number {
  if (whole === 0) return 0;
  const exponent = Math.floor(Math.log2(whole));
  return ((exponent + 15) << 10) | Math.round((whole / 2 ** exponent - 1) * 1024);
}
