/**
 * `domain`: which field of knowledge the text is about, by the domain head of the shared encoder pass.
 *
 * @module
 */
import { z } from 'zod';
import { clampToUnit } from '../math/probabilities.js';
import { didYouMean } from '../text/suggestions.js';
import { type Category, categoryOf, domainModel } from './domain-category.js';
import { canonicalDomainLabel, categoriesOfRule, type DomainLabel, domainLabels } from './domain-labels.js';
import { remoteDomain } from './domain-remote.js';
import { noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import { description, unitNumber } from './rule-fields.js';
import type { CompiledRule, SignalDependencies, SignalFamily, SignalOutcome } from './types.js';

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule. A label itself if `mmlu_categories` is left out.'),
  description,
  mmlu_categories: z
    .array(z.string())
    .optional()
    .describe(`Labels that belong to this domain: ${domainLabels.join(', ')}.`),
  threshold: unitNumber
    .optional()
    .describe("Least probability of the top label. Default: the model bundle's recommendation."),
  model_scores: z.unknown().optional().describe('Accepted, not used.'),
});

type DomainRule = z.infer<typeof schema>;

/** Labels of a rule; unknown ones are left out, `check` has reported them. */
function labelsOf(rule: DomainRule): ReadonlySet<DomainLabel> {
  return new Set(categoriesOfRule(rule).flatMap((name) => canonicalDomainLabel(name) ?? []));
}

/** The nearest label, or all of them. */
function labelHint(name: string): string {
  return didYouMean(name, domainLabels) || `; labels are ${domainLabels.join(', ')}`;
}

/**
 * Several categories under one rule are one question, so their probabilities are summed: the rule
 * matches if the top label is one of them and probable enough, or if together they are more likely than
 * not. The floor of 0.5 keeps a low threshold from letting leftovers of many labels add up to a match.
 */
function judge(
  labels: ReadonlySet<string>,
  category: Category,
  ruleThreshold: number | undefined,
): SignalOutcome {
  const threshold = ruleThreshold ?? category.threshold;
  let sum = 0;
  for (const [label, probability] of category.probabilities) if (labels.has(label)) sum += probability;
  const topMatches = labels.has(category.label) && category.confidence >= threshold;
  const matched = topMatches || sum >= Math.max(0.5, threshold);
  return {
    status: matched ? 'matched' : 'not_matched',
    score: clampToUnit(sum),
    value: sum,
    threshold,
    evidence: [category.label],
  };
}

/** The rule as the domain model decides it. */
function modelRule(rule: DomainRule, { encoder, thresholds }: SignalDependencies): CompiledRule {
  const labels = labelsOf(rule);
  return {
    name: rule.name,
    reads: [domainModel],
    evaluate(request) {
      if (encoder === undefined) return noEncoder;
      return outcomeOfTopic(request, [domainModel], (encoded) => {
        const category = categoryOf(encoded);
        if (category === undefined)
          return { status: 'unavailable', reason: `the model has no head ${domainModel}` };
        return judge(labels, category, rule.threshold ?? thresholds?.domain);
      });
    },
  };
}

/** The domain model where the servers say nothing: `unavailable` for what only they can tell. */
function modelInstead(rule: DomainRule, dependencies: SignalDependencies): CompiledRule['standIn'] {
  const own = modelRule(rule, dependencies);
  const names = categoriesOfRule(rule);
  const foreign = names.filter((name) => canonicalDomainLabel(name) === undefined);
  const known = names.length > foreign.length;
  return async (request, because) => {
    const outcome = known ? await own.evaluate(request) : undefined;
    if (outcome?.status === 'unavailable')
      return { ...outcome, reason: `${because}; the domain model: ${outcome.reason}` };
    if (outcome === undefined || (outcome.status === 'not_matched' && foreign.length > 0)) {
      const reason = `${because}; the domain model does not know ${foreign.join(', ')}`;
      return { status: 'unavailable', reason };
    }
    return {
      ...outcome,
      evidence: [...(outcome.evidence ?? []), `by ${domainModel} in its place: ${because}`],
      standIn: { by: domainModel, because },
    };
  };
}

export const domainFamily: SignalFamily<DomainRule> = {
  type: 'domain',
  configKey: 'domains',
  summary: 'Classifies the text into 14 fields of knowledge.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      rule.mmlu_categories?.forEach((name, at) => {
        if (canonicalDomainLabel(name) !== undefined) return;
        report(index, ['mmlu_categories', at], `found \`${name}\`, which is no label${labelHint(name)}`);
      });
      if (!rule.mmlu_categories?.length && canonicalDomainLabel(rule.name) === undefined) {
        const message = `\`${rule.name}\` is no label and there are no \`mmlu_categories\`, so the rule never matches${labelHint(rule.name)}`;
        report(index, ['name'], message, 'warning');
      }
      if (rule.model_scores !== undefined) {
        const message = 'not used; list the models under `modelRefs` of the decision';
        report(index, ['model_scores'], message, 'warning');
      }
    });
  },
  costOf: (_name, _rules, remote) => (remote?.categoryServers.length ? 'remote' : 'encoder'),
  compile(rules, dependencies) {
    const { remote } = dependencies;
    if (!remote?.categoryServers.length) return rules.map((rule) => modelRule(rule, dependencies));
    return rules.map((rule) =>
      remoteDomain(
        rule,
        remote.categoryServers,
        remote.domainModelStandsIn ? modelInstead(rule, dependencies) : undefined,
      ),
    );
  },
};
