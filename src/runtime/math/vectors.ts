/**
 * Vectors of embeddings.
 *
 * @module
 */

/** Cosine similarity: 0 for a vector of zeros; rounding never takes it out of [-1, 1]. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let normA = 0;
  let normB = 0;
  const size = Math.min(a.length, b.length);
  for (let i = 0; i < size; i += 1) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    dot += x * y;
    normA += x * x;
    normB += y * y;
  }
  return normA === 0 || normB === 0 ? 0 : Math.min(1, Math.max(-1, dot / Math.sqrt(normA * normB)));
}
