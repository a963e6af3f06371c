/**
 * Decisions that match but can never win, and catch-alls that keep others from winning.
 *
 * @module
 */
import { competes } from '../../../decision/actions.js';
import { listNames } from '../../../text/suggestions.js';
import { decisionPath, type Policy } from '../policy.js';
import { isCatchAll } from '../precedence.js';
import type { LintFinding, PolicyRule } from '../types.js';

export const unreachable: PolicyRule = {
  scope: 'policy',
  code: 'unreachable-decision',
  summary: 'Whenever a decision matches, another one that matches too wins.',
  severity: 'warning',
  certain: true,
  check(policy) {
    return policy.decisions.flatMap((decision, index): LintFinding[] => {
      const winners = hiddenBy(policy, index);
      if (winners === undefined) return [];
      const names = winners.map((winner) => policy.decisions[winner]?.name ?? '');
      const who =
        names.length === 1
          ? `decision \`${names[0]}\` matches too and comes first`
          : `one of ${listNames(names, 5)} matches too and comes first`;
      return [
        {
          path: [...decisionPath(policy, index)],
          message: `decision \`${decision.name}\` can never win: whenever it matches, ${who}`,
          hint: 'give it a higher `priority` than those, make their conditions narrower, or remove it',
        },
      ];
    });
  },
};

export const catchAllHides: PolicyRule = {
  scope: 'policy',
  code: 'catch-all-hides',
  summary: 'A decision that matches every request comes before others.',
  severity: 'warning',
  certain: true,
  check(policy) {
    return policy.decisions.flatMap(({ name, rules, action }, index): LintFinding[] => {
      if (!competes(action) || policy.logic.canFail(index) !== false) return [];
      const hidden = policy.precedence.below(index).flatMap((other) => policy.decisions[other]?.name ?? []);
      if (hidden.length === 0) return [];
      const why = isCatchAll(rules)
        ? 'matches every request'
        : 'matches every request, whatever its conditions';
      return [
        {
          path: [...decisionPath(policy, index)],
          message: `decision \`${name}\` ${why}, so these never win: ${listNames(hidden, 5)}`,
          hint: 'give it the lowest `priority` of all',
        },
      ];
    });
  },
};

/** Leaving out one by one asks as many questions as there are decisions. */
const mostTried = 60;

/** Decisions that together win over `index` whenever it matches; as few of them as that takes. */
function hiddenBy({ decisions, logic, precedence }: Policy, index: number): readonly number[] | undefined {
  const decision = decisions[index];
  if (decision === undefined || decision.action?.type === 'boost') return undefined;
  const above = precedence.above(index);
  if (above.length === 0 || logic.canMatchWithout(index, above) !== false) return undefined;
  // One that can never match is another finding.
  if (logic.canMatch(index) !== true) return undefined;
  const single = above.slice(0, mostTried).find((other) => logic.canMatchWithout(index, [other]) === false);
  if (single !== undefined) return [single];
  if (above.length > mostTried) return above;
  let winners = above;
  for (const other of above) {
    const without = winners.filter((winner) => winner !== other);
    if (logic.canMatchWithout(index, without) === false) winners = without;
  }
  return winners;
}
