import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Logic } from '../../../../src/runtime/config/lint/logic.js';
import { isComposite, type Rule } from '../../../../src/runtime/decision/types.js';

const names = ['a', 'b', 'c', 'd', 'e'];

const { rule } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...names).map((name): Rule => ({ type: 'keyword', name })),
    fc.record({
      operator: fc.constantFrom('AND' as const, 'OR' as const),
      conditions: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }),
    }),
    tie('rule').map((inner): Rule => ({ operator: 'NOT', conditions: [inner] })),
  ),
}));

function holds(node: Rule, bits: number): boolean {
  if (!isComposite(node)) return ((bits >> names.indexOf(node.name)) & 1) === 1;
  const parts = node.conditions.map((child) => holds(child, bits));
  if (node.operator === 'NOT') return parts[0] === false;
  return node.operator === 'AND' ? parts.every(Boolean) : parts.some(Boolean);
}

/** Whether some outcome of the signals is as `wanted`. */
function possible(wanted: (bits: number) => boolean): boolean {
  return Array.from({ length: 1 << names.length }, (_, bits) => bits).some(wanted);
}

describe('questions about conditions', () => {
  it('are answered as a table of all outcomes answers them', () => {
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 12 }), (rules) => {
        const logic = new Logic(rules, () => undefined);
        const [first, ...others] = rules;
        if (first === undefined) return;
        const rest = others.map((_, index) => index + 1);
        expect(logic.canMatch(0)).toBe(possible((bits) => holds(first, bits)));
        expect(logic.canFail(0)).toBe(possible((bits) => !holds(first, bits)));
        expect(logic.canMatchWithout(0, rest)).toBe(
          possible((bits) => holds(first, bits) && others.every((other) => !holds(other, bits))),
        );
        const last = rules.at(-1) ?? first;
        expect(logic.canMatchBoth(0, rules.length - 1)).toBe(
          possible((bits) => holds(first, bits) && holds(last, bits)),
        );
        expect(logic.unanswered).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
