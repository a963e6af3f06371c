/**
 * Preferences by examples: the route whose description and examples are nearest, if it is near enough.
 *
 * @module
 */
import type { Encoder } from '../inference/types.js';
import { logistic } from '../math/probabilities.js';
import { noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import type { PreferenceRule } from './preference-rule.js';
import { defaultScoring, ExampleSet, type Nearness } from './prototypes.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { CompiledRule, SignalOutcome } from './types.js';

/**
 * Least similarity for rules that set none: of own requests for none of the routes, none reaches it. Figures in
 * `docs/signals.md`.
 */
export const defaultPreferenceThreshold = 0.26;
/** How far behind the best route another one may be and still match. */
const defaultMargin = -0.05;
/** How fast a similarity beyond its threshold becomes certain: 0.1 beyond is 88 %. */
const slope = 20;

/** What a rule is compared by: its examples, and its description or else its name in words. */
function textsOf({ name, description, examples }: PreferenceRule): readonly string[] {
  return [...examples, description ?? name.replaceAll(/[_-]+/g, ' ')];
}

function judge(rule: PreferenceRule, near: Nearness, others: readonly Nearness[]): SignalOutcome {
  const threshold = rule.threshold || defaultPreferenceThreshold;
  const lead = near.value - Math.max(-1, ...others.map(({ value }) => value));
  const least = rule.prototype_scoring?.margin_threshold ?? defaultMargin;
  const matched = near.value >= threshold && lead >= least;
  const score = logistic(slope * (near.value - threshold));
  const behind =
    near.value >= threshold && !matched ? [`another route is nearer by ${(-lead).toFixed(3)}`] : [];
  return {
    status: matched ? 'matched' : 'not_matched',
    score,
    value: near.value,
    threshold,
    evidence: [near.text, ...behind],
  };
}

/** Compiles all rules; they are compared with each other. */
export function contrastiveRules(
  rules: readonly PreferenceRule[],
  encoder: Encoder | undefined,
): readonly CompiledRule[] {
  if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
  const embeddings = new TextEmbeddings(encoder);
  const sets = rules.map(
    (rule) => new ExampleSet(embeddings, textsOf(rule), rule.prototype_scoring ?? defaultScoring),
  );
  const shared = Symbol('preferences');
  return rules.map((rule, index) => ({
    name: rule.name,
    reads: embeddingWants,
    warmUp: () => Promise.all(sets.map((set) => set.load())),
    evaluate: (request) =>
      outcomeOfTopic(request, embeddingWants, async ({ embedding }) => {
        const all = await request.memo(shared, () => Promise.all(sets.map((set) => set.nearness(embedding))));
        const near = all[index] ?? { value: -1, text: '' };
        return judge(
          rule,
          near,
          all.filter((_, other) => other !== index),
        );
      }),
  }));
}
