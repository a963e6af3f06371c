/**
 * `embedding`: how near the text is to example phrases, by cosine of sentence embeddings.
 *
 * @module
 */
import { z } from 'zod';
import type { Encoder } from '../inference/types.js';
import { clampToUnit, noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import type { SignalFamily, SignalOutcome } from './types.js';

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description: z.string().optional().describe('For people only.'),
  threshold: z.number().min(0).max(1).describe('Least similarity, 0 to 1.'),
  candidates: z
    .array(z.string().refine((text) => text.trim() !== '', { message: 'A candidate must not be empty.' }))
    .min(1)
    .describe('Example phrases that the text is compared with.'),
  aggregation_method: z
    .enum(['max', 'mean', 'any'])
    .default('max')
    .describe(
      '`max`: the nearest candidate counts; `mean`: the average over all; `any`: one candidate at or above the threshold is enough.',
    ),
  query_modality: z.enum(['text']).default('text').describe('What is compared. Only `text` is supported.'),
});

type EmbeddingRule = z.infer<typeof schema>;

/** Embeds each distinct candidate once. A failed one is tried again by the next request that needs it. */
class CandidateEmbeddings {
  readonly #encoder: Encoder;
  readonly #vectors = new Map<string, Promise<Float32Array>>();

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get(text: string): Promise<Float32Array> {
    const known = this.#vectors.get(text);
    if (known !== undefined) return known;
    const vector = this.#encoder.encode(text).then(({ encoded }) => encoded.embedding);
    this.#vectors.set(text, vector);
    // Keeps a failure from being remembered and from counting as unhandled while nobody waits for it.
    vector.catch(() => this.#vectors.delete(text));
    return vector;
  }
}

/** Cosine similarity; equals the dot product for the unit vectors that the encoder gives. */
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
  return normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
}

function judge(rule: EmbeddingRule, query: Float32Array, candidates: readonly Float32Array[]): SignalOutcome {
  let best = Number.NEGATIVE_INFINITY;
  let nearest = '';
  let total = 0;
  candidates.forEach((candidate, index) => {
    const similarity = cosine(query, candidate);
    total += similarity;
    if (similarity > best) {
      best = similarity;
      nearest = rule.candidates[index] ?? '';
    }
  });
  // `any` and `max` agree on what matches: some candidate reaches the threshold iff the best one does.
  const value = rule.aggregation_method === 'mean' ? total / candidates.length : best;
  return {
    status: value >= rule.threshold ? 'matched' : 'not_matched',
    score: clampToUnit(value),
    value,
    threshold: rule.threshold,
    evidence: [nearest],
  };
}

export const embeddingFamily: SignalFamily<EmbeddingRule> = {
  type: 'embedding',
  configKey: 'embeddings',
  summary: 'Matches texts that mean something similar to one of the example phrases.',
  cost: 'encoder',
  schema,
  compile(rules, { encoder }) {
    if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
    const embeddings = new CandidateEmbeddings(encoder);
    const embed = (rule: EmbeddingRule) => Promise.all(rule.candidates.map((text) => embeddings.get(text)));
    return rules.map((rule) => ({
      name: rule.name,
      warmUp: () => embed(rule),
      evaluate: (request) =>
        outcomeOfEncoded(request, async ({ embedding }) => judge(rule, embedding, await embed(rule))),
    }));
  },
};
