/**
 * Conditions that no request can fulfil.
 *
 * @module
 */
import { isComposite, type Rule } from '../../../decision/types.js';
import type { Path } from '../../diagnostics.js';
import { decisionPath, type Policy, ruleText } from '../policy.js';
import type { LintFinding, PolicyRule } from '../types.js';

export const neverMatches: PolicyRule = {
  scope: 'policy',
  code: 'never-matches',
  summary: 'The conditions of a decision contradict each other.',
  severity: 'warning',
  certain: true,
  check(policy) {
    return policy.decisions.flatMap(({ name, rules }, index): LintFinding[] => {
      if (rules === undefined || policy.logic.canMatch(index) !== false) return [];
      const core = contradiction(conjuncts(rules), policy);
      const texts = core.map((rule) => `\`${ruleText(rule, 1)}\``);
      const [only] = texts;
      const reason =
        texts.length === 1 && only !== undefined
          ? `${only} cannot be true`
          : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)} exclude each other`;
      return [
        {
          path: [...decisionPath(policy, index), 'rules'],
          message: `decision \`${name}\` can never match: ${reason}`,
          hint: 'change one of these conditions, or remove the decision',
        },
      ];
    });
  },
};

export const deadAlternative: PolicyRule = {
  scope: 'policy',
  code: 'dead-alternative',
  summary: 'One of the alternatives of an OR can never be true.',
  severity: 'warning',
  certain: true,
  check(policy) {
    return policy.decisions.flatMap(({ name, rules }, index): LintFinding[] => {
      // Of a decision that cannot match at all that is said already.
      if (rules === undefined || !mayHaveAlternatives(rules)) return [];
      if (policy.logic.canMatch(index) === false) return [];
      const found: LintFinding[] = [];
      forAlternatives(rules, [...decisionPath(policy, index), 'rules'], (alternative, path) => {
        if (policy.logic.canHold([alternative]) !== false) return;
        found.push({
          path,
          message: `\`${ruleText(alternative)}\` in decision \`${name}\` can never be true`,
          hint: 'change its conditions, or remove it: the other alternatives decide without it',
        });
      });
      return found;
    });
  },
};

/** The parts that must all hold. */
function conjuncts(rule: Rule): readonly Rule[] {
  if (!isComposite(rule) || rule.operator !== 'AND') return [rule];
  return rule.conditions.flatMap(conjuncts);
}

/** As few of `rules` as contradict each other, by leaving out what is not needed. */
function contradiction(rules: readonly Rule[], { logic }: Policy): readonly Rule[] {
  let core = rules;
  for (const rule of rules) {
    const without = core.filter((other) => other !== rule);
    if (without.length > 0 && logic.canHold(without) === false) core = without;
  }
  return core;
}

function mayHaveAlternatives(rule: Rule): boolean {
  return isComposite(rule) && (rule.operator === 'OR' || rule.conditions.some(mayHaveAlternatives));
}

/** Composite alternatives below OR; a single condition that never matches is told by its family. */
function forAlternatives(rule: Rule, path: Path, visit: (alternative: Rule, path: Path) => void): void {
  if (!isComposite(rule) || rule.operator === 'NOT') return;
  rule.conditions.forEach((child, index) => {
    const place = [...path, 'conditions', index];
    if (rule.operator === 'OR' && isComposite(child)) visit(child, place);
    forAlternatives(child, place, visit);
  });
}
