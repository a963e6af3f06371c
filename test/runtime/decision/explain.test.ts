import { describe, expect, it } from 'vitest';
import { explainDecisions } from '../../../src/runtime/decision/explain.js';
import { rankByStrategy } from '../../../src/runtime/decision/ranking.js';
import { compileTree, FACT, FALSE, LeafTable, TRUE, UNKNOWN } from '../../../src/runtime/decision/tree.js';
import type { DecisionSpec, Rule, Strategy } from '../../../src/runtime/decision/types.js';
import type { SignalOutcome } from '../../../src/runtime/signals/types.js';

type Outcomes = Readonly<Record<string, SignalOutcome>>;

/** Verdicts by decision name; leaves without an outcome were never asked. */
function verdicts(
  decisions: readonly DecisionSpec[],
  outcomes: Outcomes,
  winner: string | undefined,
  strategy: Strategy = 'priority',
) {
  const table = new LeafTable();
  const trees = decisions.map((decision) => compileTree(decision.rules, table));
  const byLeaf = table.leaves.map(({ type, name }) => outcomes[`${type}:${name}`]);
  const truth = Uint8Array.from(byLeaf, (outcome) =>
    outcome === undefined ? UNKNOWN : outcome.status === 'matched' ? TRUE : FALSE,
  );
  const score = Float64Array.from(byLeaf, (outcome) =>
    outcome?.status === 'matched' ? (outcome.score ?? FACT) : 0,
  );
  const traces = explainDecisions({
    decisions,
    trees,
    leaves: table.leaves,
    states: { truth, score },
    outcomes: byLeaf,
    ranking: rankByStrategy(decisions, strategy),
    winner: decisions.findIndex(({ name }) => name === winner),
  });
  return Object.fromEntries(traces.map(({ name, verdict }) => [name, verdict]));
}

const urgent: Rule = { type: 'keyword', name: 'urgent' };
const deep: Rule = { type: 'embedding', name: 'deep' };
const math: Rule = { type: 'domain', name: 'math' };
const decision = (name: string, priority: number, rules?: Rule): DecisionSpec => ({
  name,
  priority,
  tier: 0,
  rules,
});

const matched = (score?: number): SignalOutcome =>
  score === undefined ? { status: 'matched' } : { status: 'matched', score };
const below = (value: number, threshold: number): SignalOutcome => ({
  status: 'not_matched',
  value,
  threshold,
});

describe('a decision that did not match', () => {
  it('names the condition that lost it and by how much', () => {
    const rules: Rule = { operator: 'AND', conditions: [urgent, deep] };
    const result = verdicts(
      [decision('thinking', 100, rules), decision('rest', 0)],
      { 'keyword:urgent': matched(), 'embedding:deep': below(0.61, 0.75) },
      'rest',
    );
    expect(result.thinking).toBe(
      'did not match: embedding `deep` has 0.61 of the 0.75 it needs (short by 0.14)',
    );
    expect(result.rest).toBe('won: it matches every request and nothing ahead of it matched');
  });

  it('names the nearest of several alternatives', () => {
    const rules: Rule = { operator: 'OR', conditions: [urgent, deep, math] };
    const result = verdicts(
      [decision('any', 1, rules)],
      {
        'keyword:urgent': { status: 'not_matched' },
        'embedding:deep': below(0.2, 0.8),
        'domain:math': below(0.4, 0.5),
      },
      undefined,
    );
    expect(result.any).toBe(
      'did not match: none of 3 conditions matched; nearest: domain `math` has 0.4 of the 0.5 it needs (short by 0.1)',
    );
  });

  it('says what a NOT ran into and why a signal is unavailable', () => {
    const result = verdicts(
      [
        decision('calm', 2, { operator: 'NOT', conditions: [urgent] }),
        decision('private', 1, { type: 'pii', name: 'cards' }),
      ],
      { 'keyword:urgent': matched(), 'pii:cards': { status: 'unavailable', reason: 'not built' } },
      undefined,
    );
    expect(result.calm).toBe('did not match: NOT failed: keyword `urgent` matched');
    expect(result.private).toBe('did not match: pii `cards` is unavailable (not built)');
  });
});

describe('a decision that matched and lost', () => {
  it('is told apart by priority, by confidence or by name', () => {
    const outcomes: Outcomes = {
      'domain:math': matched(0.8),
      'embedding:deep': matched(0.9),
      'keyword:urgent': matched(),
    };
    expect(verdicts([decision('a', 1, math), decision('b', 5, math)], outcomes, 'b').a).toBe(
      'matched, but `b` has priority 5 over 1',
    );
    expect(verdicts([decision('a', 9, math), decision('b', 5, deep)], outcomes, 'b', 'confidence').a).toBe(
      'matched, but `b` has a measured confidence of 0.9 over 0.8 (ahead by 0.1)',
    );
    expect(verdicts([decision('a', 5, math), decision('b', 5, math)], outcomes, 'a').b).toBe(
      'matched, but ties with `a`, which comes first by name',
    );
  });
});

it('says when a decision was never needed', () => {
  const result = verdicts(
    [decision('top', 9, urgent), decision('low', 1, deep)],
    { 'keyword:urgent': matched() },
    'top',
  );
  expect(result).toEqual({ top: 'won', low: 'not needed: `top` had already won' });
});
