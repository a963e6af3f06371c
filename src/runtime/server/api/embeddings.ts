/**
 * `POST /api/v1/embeddings`, `/api/v1/similarity` and `/api/v1/similarity/batch`.
 *
 * @module
 */
import { embed, embeddingModels, nearest } from '../../classify/embeddings.js';
import { modelNames } from '../../classify/models.js';
import { cosine } from '../../math/vectors.js';
import { Options, refused, shown, textOf, textsOf } from './input.js';
import { type Fields, modelsOf, post } from './route.js';

const mostTexts = 1_000;
const mostCandidates = 10_000;

/** The length of the vectors if one is asked for, after the check of everything that chooses a model. */
function dimensionOf(fields: Fields): number | undefined {
  const options = new Options(fields, '');
  options.choice('model', embeddingModels);
  options.fraction('quality_priority');
  options.fraction('latency_priority');
  if (options.has('target_layer')) {
    const fix = `Leave it out: ${modelNames.embedding} has no exits at inner layers.`;
    throw refused('target_layer', `is ${shown(fields.target_layer)}`, fix);
  }
  const { dimension } = fields;
  if (dimension === undefined || dimension === null) return undefined;
  // Which lengths there are is up to the model that answers.
  if (typeof dimension === 'number' && Number.isSafeInteger(dimension) && dimension > 0) return dimension;
  throw refused('dimension', `is ${shown(dimension)}`, 'Send a whole number, or leave it out.');
}

export const embeddingsRoute = post(
  '/api/v1/embeddings',
  'Embeddings of {texts}; {dimension} is their length, by default that of the model.',
  async ({ context, fields, signal }) => {
    const { images } = fields;
    if (new Options(fields, '').has('images') && !(Array.isArray(images) && images.length === 0)) {
      const fix = `Leave it out: ${modelNames.embedding} reads text only.`;
      throw refused('images', `is ${shown(images)}`, fix);
    }
    const dimension = dimensionOf(fields);
    const texts = textsOf(fields, 'texts', { most: mostTexts, empty: false });
    const start = performance.now();
    const embedded = await embed(texts, dimension, modelsOf(context), { signal });
    const milliseconds = performance.now() - start;
    return {
      embeddings: embedded.map(({ vector, view }, index) => ({
        text: texts[index],
        embedding: Array.from(vector),
        dimension: vector.length,
        model_used: modelNames.embedding,
        truncated: view !== 'whole',
        // They share runs, so no text has a time of its own.
        processing_time_ms: milliseconds / texts.length,
      })),
      total_count: texts.length,
      total_processing_time_ms: milliseconds,
      avg_processing_time_ms: milliseconds / texts.length,
    };
  },
);

export const similarityRoute = post(
  '/api/v1/similarity',
  'Cosine of the embeddings of {text1} and {text2}.',
  async ({ context, fields, signal }) => {
    const dimension = dimensionOf(fields);
    const texts = [textOf(fields, 'text1'), textOf(fields, 'text2')];
    const start = performance.now();
    const embedded = await embed(texts, dimension, modelsOf(context), { signal });
    const none = new Float32Array();
    return {
      model_used: modelNames.embedding,
      similarity: cosine(embedded[0]?.vector ?? none, embedded[1]?.vector ?? none),
      dimension: embedded[0]?.vector.length,
      truncated: embedded.some(({ view }) => view !== 'whole'),
      processing_time_ms: performance.now() - start,
    };
  },
);

export const similarityBatchRoute = post(
  '/api/v1/similarity/batch',
  'The {candidates} most similar to {query}; {top_k} of them, 0 for all.',
  async ({ context, fields, signal }) => {
    const dimension = dimensionOf(fields);
    const query = textOf(fields, 'query');
    const candidates = textsOf(fields, 'candidates', { most: mostCandidates, empty: false });
    const topK = new Options(fields, '').count('top_k', 0);
    const start = performance.now();
    const [asked, ...others] = await embed([query, ...candidates], dimension, modelsOf(context), { signal });
    const matches = nearest(
      asked?.vector ?? new Float32Array(),
      others.map(({ vector }) => vector),
      topK,
    );
    return {
      matches: matches.map(({ index, similarity }) => ({ index, similarity, text: candidates[index] })),
      total_candidates: candidates.length,
      model_used: modelNames.embedding,
      dimension: asked?.vector.length,
      processing_time_ms: performance.now() - start,
    };
  },
);
