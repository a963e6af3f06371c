/**
 * Negations of what cannot be answered.
 *
 * @module
 */
import { plannedFamilies } from '../../not-yet-available.js';
import { textAt } from '../../raw.js';
import { decisionPath, leafName, leavesOf, type Policy } from '../policy.js';
import type { LintFinding, PolicyRule } from '../types.js';

export const negatedUnavailable: PolicyRule = {
  scope: 'policy',
  code: 'negated-unavailable',
  summary: 'A negated condition asks for a signal that is not available, and so always holds.',
  severity: 'warning',
  certain: true,
  check(policy) {
    const isUnavailable = unavailableIn(policy);
    return policy.decisions.flatMap(({ name, rules }, index) =>
      leavesOf(rules, [...decisionPath(policy, index), 'rules']).flatMap(
        ({ leaf, path, negated }): LintFinding[] => {
          const refuses = leaf.on_unknown === 'fail_request' || leaf.on_unknown === 'match';
          if (!negated || refuses || !isUnavailable(leaf.type, leaf.name)) return [];
          return [
            {
              path,
              message: `decision \`${name}\`: NOT \`${leafName(leaf)}\` always holds, because that signal is not available in this version`,
              hint: 'remove the condition; a guard must not rely on it',
            },
          ];
        },
      ),
    );
  },
};

function unavailableIn({ signals }: Policy): (type: string, name: string) => boolean {
  const families = new Set(plannedFamilies.map(({ type }) => type));
  const rules = new Set(
    signals.flatMap(({ type, name, rule }) => {
      const modality = textAt(rule, 'query_modality');
      return modality !== undefined && modality !== 'text' ? [`${type}:${name}`] : [];
    }),
  );
  return (type, name) => families.has(type) || rules.has(`${type}:${name}`);
}
