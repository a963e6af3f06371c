/**
 * Guards that a sender can get around.
 *
 * @module
 */
import { isComposite, type Rule } from '../../../decision/types.js';
import { limitsFor } from '../../../signals/limits.js';
import type { Decision } from '../../types.js';
import { decisionPath, leafName, leavesOf } from '../policy.js';
import type { FileRule, LintFinding, PolicyRule } from '../types.js';

/** Families that look for what must not pass. */
const guards: readonly string[] = ['jailbreak', 'pii', 'safety'];

function refuses({ action, plugins }: Decision): boolean {
  return action?.type === 'block' || plugins.some(({ type }) => type === 'fast_response');
}

/** Whether a rule can be true (or, if `negated`, false) for a request that has no metadata at all. */
function holdsWithoutMetadata(rule: Rule, negated: boolean): boolean {
  if (!isComposite(rule)) return negated || rule.type !== 'metadata';
  const each = (child: Rule) => holdsWithoutMetadata(child, rule.operator === 'NOT' ? !negated : negated);
  // A negated AND is an OR of negations, and the other way round.
  const all = (rule.operator === 'AND') !== negated;
  return rule.operator === 'NOT' || all ? rule.conditions.every(each) : rule.conditions.some(each);
}

export const guardOnMetadata: PolicyRule = {
  scope: 'policy',
  code: 'guard-on-metadata',
  summary: 'A decision refuses requests only by metadata, which their senders can leave out.',
  severity: 'warning',
  certain: false,
  check(policy) {
    return policy.decisions.flatMap((decision, index): LintFinding[] => {
      const { name, rules } = decision;
      if (rules === undefined || !refuses(decision) || holdsWithoutMetadata(rules, false)) return [];
      return [
        {
          path: [...decisionPath(policy, index), 'rules'],
          message: `decision \`${name}\` refuses only requests that say something of themselves in \`metadata\`, which their senders write`,
          hint: 'ask for a role (`authz`) or for something in the text',
        },
      ];
    });
  },
};

export const guardMayBeCut: FileRule = {
  scope: 'file',
  code: 'guard-may-be-cut',
  summary: 'A guard has a deadline and counts as harmless when it is over: a long text gets past it.',
  severity: 'warning',
  certain: false,
  check({ config, policies }) {
    return policies.flatMap((policy) =>
      policy.decisions.flatMap((decision, index) => {
        if (!refuses(decision)) return [];
        const leaves = leavesOf(decision.rules, [...decisionPath(policy, index), 'rules']);
        return leaves.flatMap(({ leaf, path, negated }): LintFinding[] => {
          if (negated || !guards.includes(leaf.type)) return [];
          const { deadlineMs, onUnavailable } = limitsFor(leaf.type, leaf.name, config.router.signalLimits);
          const decided = leaf.on_error !== undefined || leaf.on_unknown !== undefined;
          if (deadlineMs === undefined || onUnavailable === 'match' || decided) return [];
          return [
            {
              path,
              message: `decision \`${decision.name}\`: \`${leafName(leaf)}\` is cut after ${deadlineMs} ms and then counts as harmless, so a text that takes long to read gets past it`,
              hint: 'add `on_error: match`, or `on_unavailable: match` for it under `global.router.signals`',
            },
          ];
        });
      }),
    );
  },
};
