/**
 * `embedding`: how near the text is to example phrases, by cosine of sentence embeddings.
 *
 * @module
 */
import type { Encoder } from '../inference/types.js';
import { checkEmbeddingRule, type EmbeddingRule, embeddingSchema } from './embedding-rule.js';
import { clampToUnit, noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import type { SignalFamily, SignalOutcome } from './types.js';

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
  schema: embeddingSchema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      checkEmbeddingRule(rule, index, report);
    });
  },
  compile(rules, { encoder }) {
    if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
    const embeddings = new CandidateEmbeddings(encoder);
    const embed = (rule: EmbeddingRule) => Promise.all(rule.candidates.map((text) => embeddings.get(text)));
    return rules.map((rule) => {
      const { name, query_modality: modality } = rule;
      if (modality !== 'text') {
        const reason = `this version compares only text, and the rule asks for ${modality}`;
        return { name, evaluate: () => ({ status: 'unavailable', reason }) };
      }
      return {
        name,
        warmUp: () => embed(rule),
        evaluate: (request) =>
          outcomeOfEncoded(request, async ({ embedding }) => judge(rule, embedding, await embed(rule))),
      };
    });
  },
};
