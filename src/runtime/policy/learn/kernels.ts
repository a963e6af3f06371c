/**
 * The two loops that fitting spends its time in. Four rows at a time: what is read of the weights serves four of
 * them, and four sums need not wait for each other.
 *
 * @module
 */

/** Rows at a time. */
export const tile = 4;

/** Products of four rows of `matrix` from `base`, each `width` long, with `vector` from `from`; into `sums` from `to`. */
export function dotTiles(
  matrix: Float64Array,
  base: number,
  width: number,
  vector: Float64Array,
  from: number,
  sums: Float64Array,
  to: number,
): void {
  const second = base + width;
  const third = second + width;
  const fourth = third + width;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let at = 0; at < width; at++) {
    const value = vector[from + at] ?? 0;
    a += value * (matrix[base + at] ?? 0);
    b += value * (matrix[second + at] ?? 0);
    c += value * (matrix[third + at] ?? 0);
    d += value * (matrix[fourth + at] ?? 0);
  }
  sums[to] = a;
  sums[to + 1] = b;
  sums[to + 2] = c;
  sums[to + 3] = d;
}

/** Adds four rows of `matrix` from `base`, times the four numbers of `factors` from `first`, to `vector` from `to`. */
export function addTiles(
  vector: Float64Array,
  to: number,
  matrix: Float64Array,
  base: number,
  width: number,
  factors: Float64Array,
  first: number,
): void {
  const second = base + width;
  const third = second + width;
  const fourth = third + width;
  const a = factors[first] ?? 0;
  const b = factors[first + 1] ?? 0;
  const c = factors[first + 2] ?? 0;
  const d = factors[first + 3] ?? 0;
  for (let at = 0; at < width; at++) {
    vector[to + at] =
      (vector[to + at] ?? 0) +
      a * (matrix[base + at] ?? 0) +
      b * (matrix[second + at] ?? 0) +
      c * (matrix[third + at] ?? 0) +
      d * (matrix[fourth + at] ?? 0);
  }
}
