/**
 * The decision semantics written down as plainly as possible, with every signal known: what the lazy
 * engine is compared with.
 */
import { compareNames } from '../../../src/runtime/decision/ranking.js';
import { FACT, NOTHING } from '../../../src/runtime/decision/tree.js';
import {
  type DecisionSpec,
  isComposite,
  type Rule,
  type Strategy,
} from '../../../src/runtime/decision/types.js';

/** Score of each matched leaf by `type:name`, or FACT; a missing key did not match. */
export type Facts = ReadonlyMap<string, number>;

interface Match {
  readonly decision: DecisionSpec;
  readonly value: number;
}

const isMeasured = (value: number) => value >= 0 && value <= 1;

/** Value of a rule that matches, undefined for one that does not. */
export function matchRule(rule: Rule | undefined, facts: Facts): number | undefined {
  if (rule === undefined) return NOTHING;
  if (!isComposite(rule)) return facts.get(`${rule.type}:${rule.name}`);
  const results = rule.conditions.map((condition) => matchRule(condition, facts));
  const matched = results.filter((result) => result !== undefined);
  switch (rule.operator) {
    case 'AND': {
      if (matched.length < results.length) return undefined;
      const measured = matched.filter(isMeasured);
      if (measured.length === 0) return matched.includes(FACT) ? FACT : NOTHING;
      return measured.reduce((sum, value) => sum + value, 0) / measured.length;
    }
    case 'OR':
      return matched.length === 0 ? undefined : Math.max(...matched);
    case 'NOT':
      return results.length === 1 && matched.length === 0 ? FACT : undefined;
  }
}

/** Winner among matches of one level, which are in order of priority and name. */
function bestOf(level: readonly Match[]): Match | undefined {
  const measured = level
    .filter(({ value }) => isMeasured(value))
    .reduce<Match | undefined>((best, next) => (best && best.value >= next.value ? best : next), undefined);
  const fact = level.find(({ value }) => value === FACT);
  if (measured && fact) return fact.decision.priority > measured.decision.priority ? fact : measured;
  return measured ?? fact ?? level[0];
}

/** Winner with its confidence after evaluating everything, and who recorded a match on the way. */
export function decideFully(
  decisions: readonly DecisionSpec[],
  strategy: Strategy,
  facts: Facts,
): { name: string | undefined; confidence: number; recorded: string[] } {
  const matches = decisions
    .flatMap((decision): Match[] => {
      const value = matchRule(decision.rules, facts);
      return value === undefined ? [] : [{ decision, value }];
    })
    .sort(
      (a, b) => b.decision.priority - a.decision.priority || compareNames(a.decision.name, b.decision.name),
    );
  const records = ({ decision }: Match) => decision.action?.type === 'fallthrough';
  const tiered = matches.some((match) => match.decision.tier > 0 && !records(match));
  const levelOf = ({ decision }: Match) =>
    tiered ? decision.tier : strategy === 'priority' ? -decision.priority : 0;
  const recorded: string[] = [];
  for (const level of [...new Set(matches.map(levelOf))].sort((a, b) => a - b)) {
    const members = matches.filter((match) => levelOf(match) === level);
    recorded.push(...members.filter(records).map(({ decision }) => decision.name));
    const winner = bestOf(members.filter((match) => !records(match)));
    if (winner !== undefined) {
      const confidence = Math.min(1, Math.max(0, winner.value));
      return { name: winner.decision.name, confidence, recorded };
    }
  }
  return { name: undefined, confidence: 0, recorded };
}
