/**
 * Confidence intervals of figures by drawing the rows again, with repetition (Efron 1979).
 *
 * @module
 */
import { seededRandom } from './random.js';

export type Interval = readonly [low: number, high: number];

export interface BootstrapOptions {
  /** Default 1000. */
  readonly samples?: number;
  /** Share of the samples inside the interval. Default 0.95. */
  readonly level?: number;
  /** Default 1. */
  readonly seed?: number;
}

/**
 * Percentile interval of `figure`, which gets row numbers, some of them several times. Samples for which it
 * is undefined do not count; undefined if that are all.
 */
export function bootstrapInterval(
  rows: number,
  figure: (sample: Uint32Array) => number | undefined,
  { samples = 1000, level = 0.95, seed = 1 }: BootstrapOptions = {},
): Interval | undefined {
  const random = seededRandom(seed);
  const sample = new Uint32Array(rows);
  const values: number[] = [];
  for (let round = 0; round < samples; round++) {
    for (let at = 0; at < rows; at++) sample[at] = Math.floor(random() * rows);
    const value = figure(sample);
    if (value !== undefined) values.push(value);
  }
  if (values.length === 0) return undefined;
  values.sort((a, b) => a - b);
  const rank = (share: number) => values[Math.round(share * (values.length - 1))] ?? 0;
  return [rank((1 - level) / 2), rank((1 + level) / 2)];
}
