/**
 * Whether the chosen model reasons, and how hard.
 *
 * @module
 */
import type { Decision, ModelRef, Routing } from '../config/types.js';
import { categoriesOfDomains, plainCategory } from '../decision/context.js';
import type { Evaluation } from '../decision/evaluation.js';
import { isComposite, type Rule } from '../decision/types.js';
import { type CategoryNeeds, chooseByEntropy } from './entropy.js';
import { suggestionFor } from './suggestion.js';

/** Which categories want reasoning, as far as decisions say so. */
export type ReasoningNeeds = CategoryNeeds;

export interface Reasoning {
  readonly enabled: boolean;
  readonly effort: string;
  /** Why, where it does not simply follow from the model reference. */
  readonly why?: string;
}

/**
 * What the decisions of a recipe say about categories: one that asks for a domain says for its labels what
 * its first model reference does. Of several the one with the highest priority counts.
 */
export function reasoningNeeds(routing: Routing): ReasoningNeeds {
  const { decisions } = routing;
  const labels = categoriesOfDomains(routing);
  const needs = new Map<string, boolean>();
  const ordered = [...decisions].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
  for (const { rules, modelRefs } of ordered) {
    const reasons = modelRefs[0]?.useReasoning;
    if (rules === undefined || reasons === undefined) continue;
    for (const domain of domainsIn(rules)) {
      for (const label of labels.get(domain) ?? [domain]) {
        const key = plainCategory(label);
        if (!needs.has(key)) needs.set(key, reasons);
      }
    }
  }
  return needs;
}

/** Domains that a rule asks for; a negated one is not what the decision is about. */
function domainsIn(rule: Rule): string[] {
  if (!isComposite(rule)) return rule.type === 'domain' ? [rule.name] : [];
  return rule.operator === 'NOT' ? [] : rule.conditions.flatMap(domainsIn);
}

/** Reasoning for a model reference of the winning decision. */
export function reasoningFor(
  ref: ModelRef,
  decision: Decision | undefined,
  evaluation: Evaluation,
  needs: ReasoningNeeds,
  defaultEffort: string,
): Reasoning {
  const effort = ref.reasoningEffort ?? defaultEffort;
  const { domain } = evaluation;
  if (decision?.reasoning === undefined) {
    const suggestion = suggestionFor(evaluation);
    if (suggestion?.useReasoning === undefined) return { enabled: ref.useReasoning, effort };
    return { enabled: suggestion.useReasoning, effort, why: `server \`${suggestion.server}\` suggests it` };
  }
  if (domain === undefined) {
    return { enabled: ref.useReasoning, effort, why: 'the category could not be read' };
  }
  const { categories, threshold = domain.threshold } = decision.reasoning;
  const known =
    categories === undefined
      ? needs
      : new Map(Object.entries(categories).map(([category, reasons]) => [plainCategory(category), reasons]));
  const { reason, why } = chooseByEntropy(domain.probabilities, known, threshold);
  return { enabled: reason, effort, why };
}
