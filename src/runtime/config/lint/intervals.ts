/**
 * Ranges of one number, and which conditions on them can hold together.
 *
 * @module
 */
import type { Solver } from './sat.js';

export interface Interval {
  readonly low: number;
  /** Whether `low` itself is outside. */
  readonly lowOpen: boolean;
  readonly high: number;
  readonly highOpen: boolean;
}

export function contains({ low, lowOpen, high, highOpen }: Interval, value: number): boolean {
  return (lowOpen ? value > low : value >= low) && (highOpen ? value < high : value <= high);
}

/** Conditions on the same number, each true exactly if it lies in the interval. */
export interface RangeLeaf {
  readonly variable: number;
  readonly interval: Interval;
}

/** So many ranges of one number would take too many clauses; nothing is said of them then. */
const mostRanges = 40;

/**
 * States that the number has some value: one of those at which a condition begins or ends to hold, or one between
 * two of them. If it may be missing, all conditions may also be false.
 */
export function addRanges(leaves: readonly RangeLeaf[], mayBeMissing: boolean, solver: Solver): void {
  if (leaves.length < 2 || leaves.length > mostRanges) return;
  const ends = [...new Set(leaves.flatMap(({ interval }) => [interval.low, interval.high]))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const values = ends.flatMap((end, at) => {
    const next = ends[at + 1];
    return next === undefined ? [end, end + 1] : [end, (end + next) / 2];
  });
  const first = ends[0];
  if (first !== undefined) values.unshift(first - 1);
  const cells = values.map((value) => {
    const cell = solver.newVariable();
    for (const { variable, interval } of leaves) {
      solver.add([-cell, contains(interval, value) ? variable : -variable]);
    }
    return cell;
  });
  if (mayBeMissing) {
    const missing = solver.newVariable();
    for (const { variable } of leaves) solver.add([-missing, -variable]);
    cells.push(missing);
  }
  solver.add(cells);
}
