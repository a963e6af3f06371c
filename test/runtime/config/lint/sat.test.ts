import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Solver } from '../../../../src/runtime/config/lint/sat.js';

const plenty = () => ({ left: 1_000_000 });

describe('the solver', () => {
  it('agrees with trying out every assignment', () => {
    const literal = fc.integer({ min: 1, max: 7 }).chain((variable) => fc.constantFrom(variable, -variable));
    const clauses = fc.array(fc.array(literal, { minLength: 1, maxLength: 4 }), { maxLength: 40 });
    const assumptions = fc.array(literal, { maxLength: 3 });
    fc.assert(
      fc.property(clauses, assumptions, (given, assumed) => {
        const solver = new Solver();
        for (let variable = 1; variable <= 7; variable++) solver.newVariable();
        for (const clause of given) solver.add(clause);
        const all = [...given, ...assumed.map((one) => [one])];
        let possible = false;
        for (let bits = 0; bits < 128; bits++) {
          const holds = (one: number) => ((bits >> (Math.abs(one) - 1)) & 1) === (one > 0 ? 1 : 0);
          if (all.every((clause) => clause.some(holds))) possible = true;
        }
        // Twice, because a question must leave nothing behind.
        expect(solver.solve(assumed, plenty())).toBe(possible);
        expect(solver.solve(assumed, plenty())).toBe(possible);
        solver.add([...assumed.map((one) => -one), 1, -1]);
        expect(solver.solve(assumed, plenty())).toBe(possible);
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives up when the budget is spent', () => {
    const solver = new Solver();
    const holes = 9;
    // More pigeons than holes: hard without learning.
    const at = Array.from({ length: holes + 1 }, () =>
      Array.from({ length: holes }, () => solver.newVariable()),
    );
    for (const pigeon of at) solver.add(pigeon);
    for (let hole = 0; hole < holes; hole++) {
      for (let a = 0; a <= holes; a++) {
        for (let b = 0; b < a; b++) solver.add([-(at[a]?.[hole] ?? 0), -(at[b]?.[hole] ?? 0)]);
      }
    }
    expect(solver.solve([], { left: 10_000 })).toBeUndefined();
  });
});
