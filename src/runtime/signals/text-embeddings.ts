/**
 * Embeddings of the example texts that a configuration holds.
 *
 * @module
 */
import { modelNames } from '../classify/models.js';
import type { Encoder } from '../inference/types.js';

/** What families that compare embeddings want of the encoder. */
export const embeddingWants: readonly string[] = [modelNames.embedding];

/** Embeds each distinct text once. A failed one is tried again by the next request that needs it. */
export class TextEmbeddings {
  readonly #encoder: Encoder;
  readonly #vectors = new Map<string, Promise<Float32Array>>();

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get(text: string): Promise<Float32Array> {
    const known = this.#vectors.get(text);
    if (known !== undefined) return known;
    const vector = this.#encoder
      .encode(text, { wants: embeddingWants })
      .then(({ encoded }) => encoded.embedding);
    this.#vectors.set(text, vector);
    // Keeps a failure from being remembered and from counting as unhandled while nobody waits for it.
    vector.catch(() => this.#vectors.delete(text));
    return vector;
  }

  all(texts: readonly string[]): Promise<Float32Array[]> {
    return Promise.all(texts.map((text) => this.get(text)));
  }
}
