/**
 * Decisions of equal rank that can match the same request.
 *
 * @module
 */
import { competes } from '../../../decision/actions.js';
import { listNames } from '../../../text/suggestions.js';
import type { Decision } from '../../types.js';
import { decisionPath, leavesOf, type Policy } from '../policy.js';
import { isCatchAll } from '../precedence.js';
import type { LintFinding, PolicyRule } from '../types.js';

/** Pairs that are compared in one group; in larger groups some ties may not be named. */
const mostPairs = 400;

/** Families whose signals measure a confidence, which then decides. */
const measuring: ReadonlySet<string> = new Set([
  ...['embedding', 'domain', 'language', 'preference', 'complexity', 'jailbreak', 'pii', 'fact_check'],
  ...['user_feedback', 'reask', 'kb', 'modality', 'safety', 'classifier', 'projection', 'structure'],
]);

export const ties: PolicyRule = {
  scope: 'policy',
  code: 'equal-priority',
  summary: 'Decisions of the same priority can match the same request, and only their names tell who wins.',
  severity: 'warning',
  certain: false,
  check(policy) {
    return [...groupsOf(policy)].flatMap((group): LintFinding[] => {
      const tied = tiedIn(group, policy);
      const [first] = tied;
      const decision = first === undefined ? undefined : policy.decisions[first];
      if (first === undefined || decision === undefined) return [];
      const names = tied.map((index) => policy.decisions[index]?.name ?? '');
      const measured = tied.every((index) => isMeasured(policy.decisions[index]));
      const same = `have the same priority (${decision.priority}) and can match the same request`;
      return [
        {
          path: [...decisionPath(policy, first), 'priority'],
          message: measured
            ? `${listNames(names, 6)} ${same}: the higher confidence wins`
            : `${listNames(names, 6)} ${same}: the first by name wins`,
          hint: 'give each a `priority` of its own, if one of them should go first',
          severity: measured ? 'note' : 'warning',
        },
      ];
    });
  },
};

/** Indices of competing decisions with the same priority, tier included. */
function groupsOf({ decisions }: Policy): Iterable<readonly number[]> {
  const groups = new Map<string, number[]>();
  decisions.forEach(({ priority, tier, action, rules }, index) => {
    if (!competes(action) || isCatchAll(rules)) return;
    const key = `${tier} ${priority}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  return groups.values();
}

function tiedIn(group: readonly number[], { decisions, logic }: Policy): readonly number[] {
  const tied = new Set<number>();
  let pairs = 0;
  for (const [at, first] of group.entries()) {
    for (const second of group.slice(at + 1)) {
      if (pairs >= mostPairs) break;
      if (tied.has(first) && tied.has(second)) continue;
      if (answersAlike(decisions[first], decisions[second])) continue;
      pairs++;
      if (logic.canMatchBoth(first, second) !== true) continue;
      tied.add(first);
      tied.add(second);
    }
  }
  return group.filter((index) => tied.has(index));
}

/** Who wins does not matter if the outcome is the same. */
function answersAlike(a: Decision | undefined, b: Decision | undefined): boolean {
  const outcome = (decision: Decision | undefined) =>
    JSON.stringify([decision?.modelRefs, decision?.algorithm, decision?.plugins, decision?.action]);
  return outcome(a) === outcome(b);
}

function isMeasured(decision: Decision | undefined): boolean {
  return leavesOf(decision?.rules, []).some(({ leaf, negated }) => !negated && measuring.has(leaf.type));
}
