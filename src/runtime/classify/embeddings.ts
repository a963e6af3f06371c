/**
 * Sentence embeddings and what is computed from them.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { TextView } from '../inference/types.js';
import { cosine } from '../math/vectors.js';
import { mapLimited } from './limited.js';
import { type ClassifierModels, type ClassifyOptions, encoderFor, modelNames } from './models.js';

/**
 * Lengths that can be asked for beside the model's own, as far as they are shorter: the first floats, scaled to
 * length 1 again. The embedded model was not trained for that, so 128 and 64 lose some of what 384 tells apart.
 */
const shorterDimensions = [768, 512, 384, 256, 128, 64];

/** Lengths that a model of `own` floats gives, its own first. */
export function embeddingDimensions(own: number): number[] {
  return [own, ...shorterDimensions.filter((length) => length < own)];
}

/** Names under which the embedding model can be asked for. */
export const embeddingModels: readonly string[] = ['auto', modelNames.embedding, 'all-MiniLM-L6-v2'];

/** Enough to fill batches; more would only wait. */
const concurrency = 16;

export interface Embedding {
  /** L2-normalised. */
  readonly vector: Float32Array;
  readonly view: TextView;
  readonly passes: number;
}

/** The first `dimension` floats, scaled to length 1. */
export function shortened(vector: Float32Array, dimension: number): Float32Array {
  if (vector.length <= dimension) return vector;
  const head = vector.slice(0, dimension);
  let sum = 0;
  for (const value of head) sum += value * value;
  if (sum === 0) return head;
  const scale = 1 / Math.sqrt(sum);
  return head.map((value) => value * scale);
}

/**
 * Embeddings of texts, in their order; an aborted `signal` stops between two of them.
 *
 * @param dimension length of the vectors; undefined: the model's own.
 * @throws VsrError `VSR_INPUT_INVALID` for a length that the model does not give, `VSR_INFERENCE_UNAVAILABLE`
 *   if it cannot run.
 */
export function embed(
  texts: readonly string[],
  dimension: number | undefined,
  models: ClassifierModels,
  { signal }: ClassifyOptions = {},
): Promise<Embedding[]> {
  const encoder = encoderFor(models, modelNames.embedding);
  const embedOne = async (text: string): Promise<Embedding> => {
    const { encoded, passes } = await encoder.encode(text, { wants: [modelNames.embedding] });
    const { embedding, view } = encoded;
    if (dimension === undefined) return { vector: embedding, view, passes };
    const lengths = embeddingDimensions(embedding.length);
    if (!lengths.includes(dimension)) {
      throw new VsrError(
        'VSR_INPUT_INVALID',
        `\`dimension\` is ${dimension}, which the embedding model cannot give.`,
        {
          param: 'dimension',
          hint: `The embedding model gives ${lengths.join(', ')}.`,
        },
      );
    }
    return { vector: shortened(embedding, dimension), view, passes };
  };
  return mapLimited(texts, concurrency, embedOne, signal);
}

export interface Match {
  /** Place among the candidates. */
  readonly index: number;
  readonly similarity: number;
}

/** The `topK` candidates most similar to `query` (0: all), most similar first, equals in their order. */
export function nearest(query: Float32Array, candidates: readonly Float32Array[], topK: number): Match[] {
  const matches = candidates
    .map((candidate, index) => ({ index, similarity: cosine(query, candidate) }))
    .sort((a, b) => b.similarity - a.similarity || a.index - b.index);
  return topK > 0 ? matches.slice(0, topK) : matches;
}
