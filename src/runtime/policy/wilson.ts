/**
 * Confidence intervals of shares. Unlike drawing rows again they stay honest where every row was right.
 *
 * @module
 */
import type { Interval } from './bootstrap.js';

/** 97.5 % quantile of the normal distribution. */
const quantile = 1.959964;

/** 95 % score interval of `part` out of `whole` (Wilson 1927); undefined for nothing. */
export function wilsonInterval(part: number, whole: number): Interval | undefined {
  if (whole === 0) return undefined;
  const share = part / whole;
  const square = (quantile * quantile) / whole;
  const centre = (share + square / 2) / (1 + square);
  const half = (quantile / (1 + square)) * Math.sqrt((share * (1 - share)) / whole + square / (4 * whole));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
