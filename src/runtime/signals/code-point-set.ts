/**
 * Sets of code points as sorted ranges that neither overlap nor touch.
 *
 * @module
 */

export type CodePointRange = readonly [first: number, last: number];
export type CodePointSet = readonly CodePointRange[];

const last = 0x10ffff;

export function setOf(ranges: Iterable<CodePointRange>): CodePointSet {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const previous = merged.at(-1);
    if (previous !== undefined && from <= previous[1] + 1) previous[1] = Math.max(previous[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function complement(set: CodePointSet): CodePointSet {
  const ranges: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) ranges.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) ranges.push([next, last]);
  return ranges;
}

export function areDisjoint(a: CodePointSet, b: CodePointSet): boolean {
  return a.every(([from, to]) => b.every(([low, high]) => to < low || high < from));
}

export function isSubset(a: CodePointSet, b: CodePointSet): boolean {
  return areDisjoint(a, complement(b));
}
