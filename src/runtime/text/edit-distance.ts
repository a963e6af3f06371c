/**
 * Edit distance between words.
 *
 * @module
 */

/**
 * Damerau–Levenshtein distance in its optimal-string-alignment form (insert, delete, substitute, swap of
 * neighbours; no substring edited twice), in UTF-16 units. Returns `limit + 1` for anything above `limit`
 * and computes only the diagonal band that can stay within it: O(limit · length).
 *
 * F. J. Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964;
 * the band is E. Ukkonen's, "Algorithms for approximate string matching", 1985.
 */
export function editDistance(a: string, b: string, limit: number): number {
  const above = limit + 1;
  if (limit < 0 || Math.abs(a.length - b.length) > limit) return above;
  if (a === b) return 0;
  if (limit === 0) return above;
  const width = b.length + 1;
  let twoBack = new Int32Array(width).fill(above);
  let back = new Int32Array(width).fill(above);
  let row = new Int32Array(width).fill(above);
  for (let j = 0; j <= Math.min(b.length, limit); j += 1) back[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    const from = Math.max(1, i - limit);
    const to = Math.min(b.length, i + limit);
    row.fill(above);
    if (i <= limit) row[0] = i;
    let smallest = row[0] ?? above;
    for (let j = from; j <= to; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(
        (back[j - 1] ?? above) + (same ? 0 : 1),
        (back[j] ?? above) + 1,
        (row[j - 1] ?? above) + 1,
      );
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        cost = Math.min(cost, (twoBack[j - 2] ?? above) + 1);
      }
      row[j] = Math.min(cost, above);
      smallest = Math.min(smallest, cost);
    }
    // A swap reaches over one row, so the row before this one must be out of reach too.
    if (smallest > limit && Math.min(...back.subarray(Math.max(0, from - 2), to + 1)) > limit) return above;
    [twoBack, back, row] = [back, row, twoBack];
  }
  return back[b.length] ?? above;
}
