/**
 * One vector of unit length for a text.
 *
 * @module
 */
import { assertFinite } from './finite.js';

export type Pooling = 'given' | 'cls' | 'mean' | 'last';

/** Where a graph has its sentence embedding, and what is left to do. */
export interface EmbeddingOutput {
  readonly model: string;
  readonly output: string;
  /** Floats per text or token. */
  readonly length: number;
  /** `token`: the vectors of the tokens still have to be made one. */
  readonly per: 'text' | 'token';
  /** `given`: the graph does it. `last`: the last token has read all before it. */
  readonly pooling: Pooling;
  /** Floats of the result: the first ones of the graph's. */
  readonly dimension: number;
  /** True if the graph gives it with length 1 already. */
  readonly normalised: boolean;
}

/**
 * The sentence embedding, L2-normalised, in memory of its own.
 *
 * @param values A vector, or one per token of the text, without padding.
 * @throws if a number is not finite.
 */
export function pooled(
  { model, length, pooling, dimension, normalised }: EmbeddingOutput,
  values: Float32Array,
): Float32Array<ArrayBuffer> {
  assertFinite(model, values);
  if (normalised) return new Float32Array(values);
  const last = values.length - length;
  const from = pooling === 'last' ? last : 0;
  const to = pooling === 'mean' ? last : from;
  const sums = new Float64Array(dimension);
  for (let at = from; at <= to; at += length) {
    for (let i = 0; i < dimension; i++) sums[i] = (sums[i] ?? 0) + (values[at + i] ?? 0);
  }
  // The mean has the same direction as the sum.
  const norm = Math.hypot(...sums);
  return Float32Array.from(sums, (value) => (norm === 0 ? 0 : value / norm));
}
