/**
 * `embedding`: how near the text is to example phrases, by cosine of sentence embeddings.
 *
 * @module
 */
import { checkEmbeddingRule, type EmbeddingRule, embeddingSchema } from './embedding-rule.js';
import { clampToUnit, noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import { ExampleSet } from './prototypes.js';
import { cosine, embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { SignalFamily, SignalOutcome } from './types.js';

/** Similarity to the candidates, and the nearest of them. */
interface Similarity {
  readonly value: number;
  readonly text: string;
}

/**
 * The nearest candidate, or for `mean` the average over all. `any` and `max` agree on what matches: some
 * candidate reaches the threshold iff the best one does.
 */
async function similarityTo(
  rule: EmbeddingRule,
  embeddings: TextEmbeddings,
  query: Float32Array,
): Promise<Similarity> {
  const vectors = await embeddings.all(rule.candidates);
  let best = { value: -1, text: '' };
  let total = 0;
  vectors.forEach((vector, index) => {
    const value = cosine(query, vector);
    total += value;
    if (value > best.value || index === 0) best = { value, text: rule.candidates[index] ?? '' };
  });
  return rule.aggregation_method === 'mean' ? { ...best, value: total / vectors.length } : best;
}

/** A text that is nearer to a negative candidate has a value of at most 0, whatever it is near to besides. */
function judge(
  { threshold }: EmbeddingRule,
  near: Similarity,
  against: Similarity | undefined,
): SignalOutcome {
  const heldBack = against !== undefined && against.value >= near.value;
  const value = heldBack ? Math.min(0, near.value - against.value) : near.value;
  return {
    status: value >= threshold && !heldBack ? 'matched' : 'not_matched',
    score: clampToUnit(value),
    value,
    threshold,
    evidence: heldBack ? [near.text, `nearer to the negative candidate: ${against.text}`] : [near.text],
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
    const embeddings = new TextEmbeddings(encoder);
    return rules.map((rule) => {
      const { name, query_modality: modality, prototype_scoring: scoring, negative_candidates } = rule;
      if (modality !== 'text') {
        const reason = `this version compares only text, and the rule asks for ${modality}`;
        return { name, evaluate: () => ({ status: 'unavailable', reason }) };
      }
      const set = scoring?.enabled ? new ExampleSet(embeddings, rule.candidates, scoring) : undefined;
      const negatives = new ExampleSet(embeddings, negative_candidates ?? [], scoring);
      return {
        name,
        warmUp: () => Promise.all([set?.load() ?? embeddings.all(rule.candidates), negatives.load()]),
        evaluate: (request) =>
          outcomeOfTopic(request, embeddingWants, async ({ embedding }) => {
            const near = await (set?.nearness(embedding) ?? similarityTo(rule, embeddings, embedding));
            if (!negative_candidates?.length) return judge(rule, near, undefined);
            return judge(rule, near, await negatives.nearness(embedding));
          }),
      };
    });
  },
};
