/**
 * Solving linear equations with a symmetric positive definite matrix.
 *
 * @module
 */

/** `matrix` as `lower · lowerᵀ` (Cholesky); both by rows, of which only the lower triangle is read and written. */
export function cholesky(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column] ?? 0;
      for (let at = 0; at < column; at++) {
        rest -= (lower[row * size + at] ?? 0) * (lower[column * size + at] ?? 0);
      }
      // Rounding may leave next to nothing, or less.
      lower[row * size + column] =
        row === column ? Math.sqrt(Math.max(rest, 1e-12)) : rest / (lower[column * size + column] ?? 1);
    }
  }
  return lower;
}

/** Replaces `size` numbers of `vector` from `from` by the solution of `lower · lowerᵀ · x = vector`. */
export function solve(lower: Float64Array, size: number, vector: Float64Array, from: number): void {
  for (let row = 0; row < size; row++) {
    let rest = vector[from + row] ?? 0;
    for (let at = 0; at < row; at++) rest -= (lower[row * size + at] ?? 0) * (vector[from + at] ?? 0);
    vector[from + row] = rest / (lower[row * size + row] ?? 1);
  }
  for (let row = size - 1; row >= 0; row--) {
    const value = (vector[from + row] ?? 0) / (lower[row * size + row] ?? 1);
    vector[from + row] = value;
    // By rows, as they lie in memory.
    for (let at = 0; at < row; at++) {
      vector[from + at] = (vector[from + at] ?? 0) - value * (lower[row * size + at] ?? 0);
    }
  }
}
