/**
 * What a classifying server suggests, where the configuration lets it and the decision allows it.
 *
 * @module
 */
import type { Decision, ModelRef } from '../config/types.js';
import type { Evaluation } from '../decision/evaluation.js';
import type { CategorySuggestion } from '../signals/domain-category.js';

/** The suggestion, if the winning decision is about the domain that the server named; else it is not about it. */
export function suggestionFor({ domain, matchedRules }: Evaluation): CategorySuggestion | undefined {
  if (domain?.suggestion === undefined) return undefined;
  return matchedRules.some((rule) => rule.startsWith('domain:')) ? domain.suggestion : undefined;
}

/** The model reference of the decision that the server suggests: no other model can come of it. */
export function suggestedRef(decision: Decision, evaluation: Evaluation): ModelRef | undefined {
  const model = suggestionFor(evaluation)?.model;
  if (model === undefined) return undefined;
  return decision.modelRefs.find((ref) => ref.loraName === model || ref.model === model);
}
