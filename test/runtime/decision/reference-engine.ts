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
      if (measured.length === 0) {
        const facts = matched.reduce((sum, value) => sum + Math.max(0, value - 1), 0);
        return facts > 0 ? 1 + facts / matched.length : NOTHING;
      }
      return measured.reduce((sum, value) => sum + value, 0) / measured.length;
    }
    case 'OR':
      return matched.length === 0 ? undefined : Math.max(...matched);
    case 'NOT':
      return results.length === 1 && matched.length === 0 ? FACT : undefined;
  }
}

/** Confidence that is told of a rule that matches; 0 for one that does not. */
function stated(rule: Rule | undefined, facts: Facts): number {
  if (rule === undefined || matchRule(rule, facts) === undefined) return 0;
  if (!isComposite(rule)) return Math.min(1, facts.get(`${rule.type}:${rule.name}`) ?? 0);
  const parts = rule.conditions.map((condition) => stated(condition, facts));
  switch (rule.operator) {
    case 'AND':
      return parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + part, 0) / parts.length;
    case 'OR':
      return Math.max(...parts);
    case 'NOT':
      return 1;
  }
}

/** Winner among matches of one level, which are in order of priority and name. */
function bestOf(level: readonly Match[]): Match | undefined {
  const highest = (matches: readonly Match[]) =>
    matches.reduce<Match | undefined>(
      (best, next) => (best && best.value >= next.value ? best : next),
      undefined,
    );
  const measured = highest(level.filter(({ value }) => isMeasured(value)));
  const fact = highest(level.filter(({ value }) => value > 1));
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
      return { name: winner.decision.name, confidence: stated(winner.decision.rules, facts), recorded };
    }
  }
  return { name: undefined, confidence: 0, recorded };
}
