/**
 * Sentence embeddings of many texts.
 *
 * @module
 */
import type { Encoder } from '../../../runtime/inference/types.js';
import { mapInOrder } from '../lines.js';

/** One unit vector per text, in their order; throws if `signal` stops it. */
export async function embed(
  texts: readonly string[],
  encoder: Encoder,
  concurrency: number,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const embeddings: Float32Array[] = [];
  const results = mapInOrder(texts, concurrency, (text) => encoder.encode(text), signal);
  for await (const { encoded } of results) embeddings.push(encoded.embedding);
  return embeddings;
}
