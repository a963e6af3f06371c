import { describe, expect, it } from 'vitest';
import { blockersOf } from '../../../src/runtime/decision/blockers.js';
import type { RuleTrace, Truth } from '../../../src/runtime/decision/evaluation.js';

function leaf(name: string, truth: Truth, value?: number): RuleTrace {
  const status = truth === 'true' ? ('matched' as const) : ('not_matched' as const);
  const outcome = { status, ...(value !== undefined && { value, threshold: 0.5 }) };
  return { kind: 'leaf', type: 'embedding', name, truth, confidence: 0, outcome };
}

function composite(operator: 'AND' | 'OR' | 'NOT', truth: Truth, ...children: RuleTrace[]): RuleTrace {
  return { kind: 'composite', operator, truth, confidence: 0, children };
}

const brief = (rule: RuleTrace) =>
  blockersOf(rule).map(({ leaf: { name }, path, needs }) => `${needs} ${name} ${path}`);

describe('what kept a rule from matching', () => {
  it('is nothing for one that matched', () => {
    expect(brief(composite('AND', 'true', leaf('a', 'true')))).toEqual([]);
  });

  it('is everything that an AND misses', () => {
    expect(
      brief(composite('AND', 'false', leaf('a', 'false'), leaf('b', 'true'), leaf('c', 'false'))),
    ).toEqual(['match a rules.conditions[0]', 'match c rules.conditions[2]']);
  });

  it('is the nearest condition of an OR', () => {
    expect(brief(composite('OR', 'false', leaf('far', 'false', 0.1), leaf('near', 'false', 0.4)))).toEqual([
      'match near rules.conditions[1]',
    ]);
  });

  it('is what a NOT forbids: all of an OR, the nearest of an AND', () => {
    const both = [leaf('a', 'true', 0.6), leaf('b', 'true', 0.9)] as const;
    expect(brief(composite('NOT', 'false', composite('OR', 'true', ...both)))).toEqual([
      'no_match a rules.conditions[0].conditions[0]',
      'no_match b rules.conditions[0].conditions[1]',
    ]);
    expect(brief(composite('NOT', 'false', composite('AND', 'true', ...both)))).toEqual([
      'no_match a rules.conditions[0].conditions[0]',
    ]);
  });
});
