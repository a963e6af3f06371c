/**
 * The decision semantics written down as plainly as possible, with every signal known: what the lazy
 * engine is compared with.
 */
import { compareNames } from '../../../src/runtime/decision/ranking.js';
import {
  type DecisionSpec,
  isComposite,
  type Rule,
  type Strategy,
} from '../../../src/runtime/decision/types.js';

/** Score of each matched leaf by `type:name`; a missing key did not match. */
export type Facts = ReadonlyMap<string, number>;

interface Match {
  readonly decision: DecisionSpec;
  readonly confidence: number;
}

/** Confidence of a rule that matches, undefined for one that does not. */
export function matchRule(rule: Rule | undefined, facts: Facts): number | undefined {
  if (rule === undefined) return 0;
  if (!isComposite(rule)) return facts.get(`${rule.type}:${rule.name}`);
  const results = rule.conditions.map((condition) => matchRule(condition, facts));
  const matched = results.filter((result) => result !== undefined);
  switch (rule.operator) {
    case 'AND':
      if (matched.length < results.length) return undefined;
      return matched.length === 0 ? 0 : matched.reduce((sum, value) => sum + value, 0) / matched.length;
    case 'OR':
      return matched.length === 0 ? undefined : Math.max(...matched);
    case 'NOT':
      return results.length === 1 && matched.length === 0 ? 1 : undefined;
  }
}

/** Winner with its confidence after evaluating everything; undefined if nothing matches. */
export function decideFully(
  decisions: readonly DecisionSpec[],
  strategy: Strategy,
  facts: Facts,
): { name: string; confidence: number } | undefined {
  const matches = decisions.flatMap((decision): Match[] => {
    const confidence = matchRule(decision.rules, facts);
    return confidence === undefined ? [] : [{ decision, confidence }];
  });
  const byName = (a: Match, b: Match) => compareNames(a.decision.name, b.decision.name);
  const byPriority = (a: Match, b: Match) => b.decision.priority - a.decision.priority;
  const byConfidence = (a: Match, b: Match) => b.confidence - a.confidence;
  const byTier = (a: Match, b: Match) => a.decision.tier - b.decision.tier;
  const tiered = matches.some(({ decision }) => decision.tier > 0);
  matches.sort((a, b) => {
    if (tiered) return byTier(a, b) || byConfidence(a, b) || byPriority(a, b) || byName(a, b);
    return strategy === 'priority'
      ? byPriority(a, b) || byConfidence(a, b) || byName(a, b)
      : byConfidence(a, b) || byPriority(a, b) || byName(a, b);
  });
  const first = matches[0];
  return first && { name: first.decision.name, confidence: first.confidence };
}
