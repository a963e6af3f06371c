/**
 * Parts of a data set for cross-validation: every class is spread evenly over all parts.
 *
 * @module
 */
import { seededRandom, shuffled } from './random.js';

/** Fold of each row, from 0; the same rows always get the same folds. */
export function stratifiedFolds(classes: readonly (number | string)[], folds: number, seed = 1): number[] {
  const rowsOf = new Map<number | string, number[]>();
  classes.forEach((each, row) => {
    const rows = rowsOf.get(each);
    if (rows === undefined) rowsOf.set(each, [row]);
    else rows.push(row);
  });
  const random = seededRandom(seed);
  const assigned = new Array<number>(classes.length).fill(0);
  // Goes on where the class before ended, so that small classes do not all fill the first part.
  let next = 0;
  for (const rows of rowsOf.values()) {
    for (const row of shuffled(rows, random)) assigned[row] = next++ % folds;
  }
  return assigned;
}
