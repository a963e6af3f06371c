/**
 * Sentence embeddings of many texts.
 *
 * @module
 */
import type { Encoder } from '../../../runtime/inference/types.js';
import { mapInOrder } from '../lines.js';

/** One unit vector per text, in their order; fewer if `signal` stops it. */
export async function embed(
  texts: readonly string[],
  encoder: Encoder,
  concurrency: number,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const embeddings: Float32Array[] = [];
  const results = mapInOrder(untilAborted(texts, signal), concurrency, (text) => encoder.encode(text));
  for await (const { encoded } of results) embeddings.push(encoded.embedding);
  return embeddings;
}

async function* untilAborted(texts: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  for (const text of texts) {
    if (signal.aborted) return;
    yield text;
  }
}
