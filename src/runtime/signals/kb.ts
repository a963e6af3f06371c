/**
 * `kb`: which label of a knowledge base the text is nearest to.
 *
 * @module
 */
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { clampToUnit } from '../math/probabilities.js';
import { listNames } from '../text/suggestions.js';
import { noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import { type KnowledgeBase, labelsOf } from './knowledge-base.js';
import { defaultScoring, ExampleSet } from './prototypes.js';
import { description } from './rule-fields.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { CompiledRule, SignalFamily, SignalOutcome } from './types.js';

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  kb: z.string().min(1).describe('Name of a knowledge base under `global.model_catalog.kbs`.'),
  target: z
    .strictObject({
      kind: z.enum(['label', 'group']).describe('Whether `value` names a label or a group of labels.'),
      value: z.string().min(1).describe('Its name.'),
    })
    .describe('What the text must be about.'),
  match: z
    .enum(['best', 'threshold'])
    .default('best')
    .describe(
      '`best`: the nearest label of the knowledge base is the target (or in it) and near enough; `threshold`: the target is near enough, whatever else is nearer.',
    ),
});

type KbRule = z.infer<typeof schema>;

/** How near a text is to one label. */
interface LabelNearness {
  readonly label: string;
  readonly value: number;
  readonly threshold: number;
  readonly example: string;
}

/** A knowledge base, ready to be compared with. */
interface OpenBase {
  readonly base: KnowledgeBase;
  readonly labels: readonly string[];
  load(): Promise<unknown>;
  /** Nearest label first. */
  rank(query: Float32Array): Promise<readonly LabelNearness[]>;
}

function openBase(base: KnowledgeBase, baseDir: string, embeddings: TextEmbeddings): OpenBase {
  const sets = [...labelsOf(base, baseDir)].map(([label, { description, exemplars }]) => ({
    label,
    threshold: base.label_thresholds[label] ?? base.threshold,
    set: new ExampleSet(
      embeddings,
      exemplars.length > 0 ? exemplars : [description ?? label],
      base.prototype_scoring ?? defaultScoring,
    ),
  }));
  return {
    base,
    labels: sets.map(({ label }) => label),
    load: () => Promise.all(sets.map(({ set }) => set.load())),
    async rank(query) {
      const ranked = await Promise.all(
        sets.map(async ({ label, threshold, set }) => {
          const { value, text } = await set.nearness(query);
          return { label, value, threshold, example: text };
        }),
      );
      return ranked.sort((a, b) => b.value - a.value);
    },
  };
}

/** Labels that a rule is about. */
function targetLabels({ target }: KbRule, { groups }: KnowledgeBase): readonly string[] {
  return target.kind === 'label' ? [target.value] : (groups[target.value] ?? []);
}

/** Numbers of a knowledge base for projections. */
function metricsOf(base: KnowledgeBase, ranked: readonly LabelNearness[]): Record<string, number> {
  const best = (labels: readonly string[]) =>
    Math.max(0, ...ranked.filter(({ label }) => labels.includes(label)).map(({ value }) => value));
  const matched = ranked.filter(({ value, threshold }) => value >= threshold);
  const metrics: Record<string, number> = {
    best_score: clampToUnit(ranked[0]?.value ?? 0),
    best_matched_score: clampToUnit(matched[0]?.value ?? 0),
  };
  for (const { name, positive_group, negative_group } of base.metrics) {
    metrics[name] = best(base.groups[positive_group] ?? []) - best(base.groups[negative_group] ?? []);
  }
  return metrics;
}

function judge(rule: KbRule, base: KnowledgeBase, ranked: readonly LabelNearness[]): SignalOutcome {
  const wanted = targetLabels(rule, base);
  const inTarget = ranked.filter(({ label }) => wanted.includes(label));
  // The one with most room above its own threshold speaks for the target.
  const [top] = [...inTarget].sort((a, b) => b.value - b.threshold - (a.value - a.threshold));
  const values = metricsOf(base, ranked);
  if (top === undefined) return { status: 'not_matched', values };
  const [best] = ranked;
  const speaks = rule.match === 'best' && best !== undefined && wanted.includes(best.label) ? best : top;
  const nearEnough = speaks.value >= speaks.threshold;
  const isBest = rule.match === 'threshold' || (best !== undefined && wanted.includes(best.label));
  return {
    status: nearEnough && isBest ? 'matched' : 'not_matched',
    score: clampToUnit(speaks.value),
    value: speaks.value,
    threshold: speaks.threshold,
    evidence: isBest ? [speaks.label, speaks.example] : [speaks.label, `nearer to ${best?.label ?? 'none'}`],
    values,
  };
}

/** Why a rule cannot be answered; undefined if it can. */
function problemOf(rule: KbRule, open: OpenBase): string | undefined {
  const { base, labels } = open;
  if (rule.target.kind === 'label' && !labels.includes(rule.target.value)) {
    return `knowledge base ${base.name} has no label ${rule.target.value}; its labels are ${listNames(labels)}`;
  }
  if (rule.target.kind === 'group' && base.groups[rule.target.value] === undefined) {
    const groups = Object.keys(base.groups);
    return `knowledge base ${base.name} has no group ${rule.target.value}; its groups are ${listNames(groups)}`;
  }
  return undefined;
}

function unavailable({ name }: KbRule, reason: string): CompiledRule {
  return { name, reads: [], evaluate: () => ({ status: 'unavailable', reason }) };
}

export const kbFamily: SignalFamily<KbRule> = {
  type: 'kb',
  configKey: 'kb',
  summary: 'Compares the text with the labels of a knowledge base.',
  cost: 'encoder',
  schema,
  compile(rules, { encoder, knowledgeBases = [], places }) {
    if (encoder === undefined) return rules.map(({ name }) => ({ name, evaluate: () => noEncoder }));
    const embeddings = new TextEmbeddings(encoder);
    const opened = new Map<string, { open: OpenBase; shared: symbol } | { reason: string }>();
    const baseOf = (name: string) => {
      let known = opened.get(name);
      if (known !== undefined) return known;
      const base = knowledgeBases.find((one) => one.name === name);
      try {
        known =
          base === undefined
            ? { reason: `there is no knowledge base ${name} under global.model_catalog.kbs` }
            : { open: openBase(base, places?.baseDir ?? '.', embeddings), shared: Symbol(name) };
      } catch (error) {
        known = { reason: messageOf(error) };
      }
      opened.set(name, known);
      return known;
    };
    return rules.map((rule) => {
      const found = baseOf(rule.kb);
      if ('reason' in found) return unavailable(rule, found.reason);
      const { open, shared } = found;
      const problem = problemOf(rule, open);
      if (problem !== undefined) return unavailable(rule, problem);
      return {
        name: rule.name,
        reads: embeddingWants,
        warmUp: () => open.load(),
        evaluate: (request) =>
          outcomeOfTopic(request, embeddingWants, async ({ embedding }) =>
            judge(rule, open.base, await request.memo(shared, () => open.rank(embedding))),
          ),
      };
    });
  },
};
