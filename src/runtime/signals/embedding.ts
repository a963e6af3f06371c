/**
 * `embedding`: how near the text is to example phrases, by cosine of sentence embeddings.
 *
 * @module
 */
import { clampToUnit } from '../math/probabilities.js';
import { cosine } from '../math/vectors.js';
import { checkEmbeddingRule, type EmbeddingRule, embeddingSchema } from './embedding-rule.js';
import { type EmbeddingMatching, matchTogether } from './embedding-together.js';
import { noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import { ExampleSet } from './prototypes.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
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

/** A rule by itself, ready to be asked. */
interface RuleJudge {
  load(): Promise<unknown>;
  judge(query: Float32Array): Promise<SignalOutcome>;
}

function judgeOf(rule: EmbeddingRule, embeddings: TextEmbeddings): RuleJudge {
  const { prototype_scoring: scoring, negative_candidates: negative = [] } = rule;
  const set = scoring?.enabled ? new ExampleSet(embeddings, rule.candidates, scoring) : undefined;
  const negatives = new ExampleSet(embeddings, negative, scoring);
  return {
    load: () => Promise.all([set?.load() ?? embeddings.all(rule.candidates), negatives.load()]),
    async judge(query) {
      if (rule.query_modality !== 'text') return { status: 'unavailable', reason: 'it compares no text' };
      const near = await (set?.nearness(query) ?? similarityTo(rule, embeddings, query));
      return judge(rule, near, negative.length === 0 ? undefined : await negatives.nearness(query));
    },
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
  compile(rules, { encoder, embeddingMatching }) {
    if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
    const embeddings = new TextEmbeddings(encoder);
    const judges = rules.map((rule) => judgeOf(rule, embeddings));
    const shared = Symbol('embedding rules');
    const judgeAll = async (query: Float32Array, matching: EmbeddingMatching) =>
      matchTogether(await Promise.all(judges.map(({ judge }) => judge(query))), matching);
    return rules.map(({ name, query_modality: modality }, index) => {
      const own = judges[index];
      if (own === undefined || modality !== 'text') {
        const reason = `this version compares only text, and the rule asks for ${modality}`;
        return { name, reads: [], evaluate: () => ({ status: 'unavailable', reason }) };
      }
      return {
        name,
        reads: embeddingWants,
        warmUp: own.load,
        evaluate: (request) =>
          outcomeOfTopic(request, embeddingWants, async ({ embedding }) => {
            if (embeddingMatching === undefined) return own.judge(embedding);
            const all = await request.memo(shared, () => judgeAll(embedding, embeddingMatching));
            return all[index] ?? noEncoder;
          }),
      };
    });
  },
};
