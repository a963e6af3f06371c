import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import type { Decision, RouterConfig } from '../../../src/runtime/config/types.js';
import { alternatives, type SearchOptions } from '../../../src/runtime/decision/counterfactual-search.js';
import { DecisionEngine } from '../../../src/runtime/decision/engine.js';
import { FACT } from '../../../src/runtime/decision/tree.js';
import type { Rule } from '../../../src/runtime/decision/types.js';
import type { SignalOutcome } from '../../../src/runtime/signals/types.js';
import { evaluateWith, type Outcomes } from './keyword-outcomes.js';

const names = ['a', 'b', 'c', 'd', 'e'] as const;

const { config: base } = loadConfigText(
  `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]}
routing:
  signals: {keywords: [${names.map((name) => `{name: ${name}, operator: OR, keywords: [${name}]}`)}]}
  decisions: [{name: only, rules: {type: keyword, name: a}, modelRefs: [{model: m}]}]`,
  'test',
  {},
);

interface Spec {
  readonly name: string;
  readonly priority: number;
  readonly tier?: number;
  readonly rules: Rule;
}

function configOf(strategy: 'priority' | 'confidence', specs: readonly Spec[]): RouterConfig {
  const decisions = specs.map(
    ({ name, priority, tier = 0, rules }): Decision => ({
      name,
      priority,
      tier,
      rules,
      description: '',
      modelRefs: [],
      algorithm: 'static',
      plugins: [],
    }),
  );
  return { ...base, strategy, decisions };
}

async function search(config: RouterConfig, outcomes: Outcomes, options: SearchOptions = {}) {
  const evaluation = await evaluateWith(config, outcomes);
  return { evaluation, ...alternatives(config, evaluation, options) };
}

/** Winner and changes, for comparison: `strong: +a -b`. */
function brief(found: Awaited<ReturnType<typeof search>>): string[] {
  const marks = { match: '+', unmatch: '-', score: '=' } as const;
  return found.alternatives.map(
    ({ changes, winner }) =>
      `${winner?.name ?? 'none'}: ${changes
        .map(({ kind, name, to }) => `${marks[kind]}${name}${to === undefined ? '' : to}`)
        .join(' ')}`,
  );
}

const leaf = (name: string): Rule => ({ type: 'keyword', name });
const and = (...conditions: Rule[]): Rule => ({ operator: 'AND', conditions });
const or = (...conditions: Rule[]): Rule => ({ operator: 'OR', conditions });
const not = (condition: Rule): Rule => ({ operator: 'NOT', conditions: [condition] });
const matched: SignalOutcome = { status: 'matched' };
const missed: SignalOutcome = { status: 'not_matched' };
const measured = (value: number, threshold: number): SignalOutcome => ({
  status: value >= threshold ? 'matched' : 'not_matched',
  score: value,
  value,
  threshold,
});

describe('the search for alternatives', () => {
  it('finds sets of changes where no single one is enough', async () => {
    const config = configOf('priority', [
      { name: 'strong', priority: 2, rules: and(leaf('a'), or(leaf('b'), leaf('c')), not(leaf('d'))) },
      { name: 'rest', priority: 1, rules: and() },
    ]);
    const outcomes = { a: missed, b: measured(0.1, 0.5), c: measured(0.4, 0.5), d: missed };
    const found = await search(config, outcomes);
    expect(brief(found)).toEqual(['strong: +a +c', 'strong: +a +b']);
    expect(found.complete).toBe(true);
  });

  it('turns the winner off when a lower decision is wanted', async () => {
    const config = configOf('priority', [
      { name: 'strong', priority: 2, rules: or(leaf('a'), leaf('b')) },
      { name: 'weak', priority: 1, rules: leaf('c') },
    ]);
    const outcomes = { a: matched, b: matched, c: missed };
    expect(brief(await search(config, outcomes, { target: 'weak' }))).toEqual(['weak: -a -b +c']);
    expect(brief(await search(config, outcomes, { target: null }))).toEqual(['none: -a -b']);
  });

  it('ranks what is near its threshold first, and what is unavailable last', async () => {
    const config = configOf('priority', [
      { name: 'far', priority: 4, rules: leaf('a') },
      { name: 'near', priority: 3, rules: leaf('b') },
      { name: 'word', priority: 2, rules: leaf('c') },
      { name: 'gone', priority: 1, rules: leaf('e') },
    ]);
    const outcomes = { a: measured(0.3, 0.6), b: measured(0.58, 0.6), c: missed };
    const found = await search(config, outcomes);
    expect(brief(found)).toEqual(['near: +b', 'far: +a', 'word: +c', 'gone: +e']);
    expect(found.alternatives[0]?.changes[0]?.distance).toBeCloseTo(1 / 30);
  });

  it('says which confidence would have outranked the winner', async () => {
    const config = configOf('confidence', [
      { name: 'first', priority: 1, rules: leaf('a') },
      { name: 'second', priority: 1, rules: leaf('b') },
    ]);
    const found = await search(
      config,
      { a: measured(0.8, 0.5), b: measured(0.7, 0.6) },
      { target: 'second' },
    );
    // By name, `first` wins a tie: the other needs a little more, or it a little less.
    expect(brief(found)[0]).toBe('second: =b0.8001');
    expect(brief(found)).toContain('second: -a');
  });

  it('sees that a tier changes the order of all others', async () => {
    const config = configOf('priority', [
      { name: 'high', priority: 9, rules: leaf('a'), tier: 2 },
      { name: 'low', priority: 1, rules: leaf('b'), tier: 1 },
    ]);
    expect(brief(await search(config, { a: matched, b: missed }))).toEqual(['low: +b', 'none: -a']);
  });

  it('follows a changed signal through projections', async () => {
    const { config: projected } = loadConfigText(
      `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]}
routing:
  signals: {keywords: [${names.map((name) => `{name: ${name}, operator: OR, keywords: [${name}]}`)}]}
  projections:
    scores: [{name: effort, method: weighted_sum, inputs: [{type: keyword, name: a, weight: 1}, {type: keyword, name: b, weight: 1}]}]
    mappings: [{name: band, source: effort, method: threshold_bands, outputs: [{name: much, gte: 2}, {name: little, lt: 2}]}]
  decisions:
    - {name: strong, priority: 2, rules: {type: projection, name: much}, modelRefs: [{model: m}]}
    - {name: weak, priority: 1, rules: {type: projection, name: little}, modelRefs: [{model: m}]}`,
      'test',
      {},
    );
    const outcomes = { a: matched, b: missed };
    const found = brief(await search(projected, outcomes, { target: 'strong' }));
    expect(found).toContain('strong: +b');
    // `a` is in already, and without it the score would be lower still.
    expect(found.some((each) => each.includes('a'))).toBe(false);
  });

  it('turns a signal once, though conditions differ in what counts without its answer', async () => {
    const config = configOf('priority', [
      { name: 'strong', priority: 9, rules: { type: 'keyword', name: 'a', on_unknown: 'match' } },
      { name: 'weak', priority: 5, rules: { type: 'keyword', name: 'b', on_error: 'no_match' } },
      { name: 'rest', priority: 1, rules: { type: 'keyword', name: 'a' } },
    ]);
    expect(brief(await search(config, { a: { status: 'matched' }, b: { status: 'not_matched' } }))).toEqual([
      'none: -a',
      'weak: -a +b',
    ]);
  });

  it('has nothing to say where nothing can change', async () => {
    const config = configOf('priority', [{ name: 'all', priority: 1, rules: and() }]);
    expect(brief(await search(config, {}))).toEqual([]);
  });

  it('says so when it gives up', async () => {
    const rules = and(...names.map(leaf));
    const config = configOf('priority', [{ name: 'all', priority: 1, rules }]);
    const outcomes = Object.fromEntries(names.map((name) => [name, missed]));
    const found = await search(config, outcomes, { budget: 10, maxChanges: 5 });
    expect(found.complete).toBe(false);
  });
});

describe('compared with trying every set', () => {
  const rule: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...names).map(leaf),
      fc
        .tuple(
          fc.constantFrom('AND' as const, 'OR' as const),
          fc.array(tie('rule'), { minLength: 1, maxLength: 3 }),
        )
        .map(([operator, conditions]): Rule => ({ operator, conditions })),
      tie('rule').map(not),
    ),
  })).rule;
  const outcome = fc.oneof(
    fc.constantFrom(matched, missed),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
      .map(([value, threshold]) => measured(value / 10, threshold / 10)),
  );
  const scenario = fc.record({
    strategy: fc.constantFrom('priority' as const, 'confidence' as const),
    specs: fc
      .array(
        fc.record({
          priority: fc.integer({ min: 0, max: 3 }),
          tier: fc.constantFrom(0, 0, 0, 1),
          rules: rule,
        }),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((list) => list.map((spec, index): Spec => ({ ...spec, name: `d${index}` }))),
    outcomes: fc.record({ a: outcome, b: outcome, c: outcome, d: outcome, e: outcome }),
  });

  /** Cheapest set of up to three turned signals after which `target` wins, by trying all of them. */
  function cheapest(config: RouterConfig, outcomes: Outcomes, target: string | null): number | undefined {
    const engine = new DecisionEngine(config.decisions, config.strategy, () => 'free');
    const used = engine.leaves.map(({ name }) => name);
    const costOf = (name: string) => {
      const given = outcomes[name];
      if (given === undefined || given.status === 'unavailable') return 2;
      const { value, threshold } = given;
      return value === undefined || threshold === undefined ? 1 : Math.abs(value - threshold) / threshold;
    };
    let best: number | undefined;
    for (let bits = 1; bits < 1 << used.length; bits++) {
      const turned = used.filter((_, index) => (bits >> index) & 1);
      if (turned.length > 3) continue;
      const cost = turned.reduce((sum, name) => sum + costOf(name), 0) + 0.5 * (turned.length - 1);
      if (best !== undefined && cost >= best) continue;
      const states = used.map((name) => {
        const given = outcomes[name];
        const was = given?.status === 'matched';
        const is = turned.includes(name) ? !was : was;
        const score = given === undefined || given.status === 'unavailable' ? undefined : given.score;
        const least = given === undefined || given.status === 'unavailable' ? 0 : (given.threshold ?? 0);
        return {
          is,
          score: turned.includes(name) && score !== undefined ? Math.max(score, least) : (score ?? FACT),
        };
      });
      const choice = engine.decide({
        truth: Uint8Array.from(states, ({ is }) => (is ? 2 : 1)),
        score: Float64Array.from(states, ({ is, score }) => (is ? score : 0)),
        ask: () => undefined,
      });
      if (choice instanceof Promise) throw new Error('nothing to wait for');
      if ((config.decisions[choice.winner]?.name ?? null) === target) best = cost;
    }
    return best;
  }

  it('finds the cheapest set for every outcome', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ strategy, specs, outcomes }) => {
        const config = configOf(strategy, specs);
        const { evaluation } = await search(config, outcomes);
        for (const target of [...specs.map(({ name }) => name), null]) {
          if ((evaluation.decision?.name ?? null) === target) continue;
          const found = await search(config, outcomes, { target });
          const flips = found.alternatives.filter(({ changes }) =>
            changes.every(({ kind }) => kind !== 'score'),
          );
          const expected = cheapest(config, outcomes, target);
          const scored = found.alternatives[0]?.changes.some(({ kind }) => kind === 'score') === true;
          // A change of confidence may be cheaper and take the first place, never a dearer one.
          if (expected === undefined) expect(flips).toEqual([]);
          else if (scored) expect(found.alternatives[0]?.cost).toBeLessThanOrEqual(expected + 1e-9);
          else expect(flips[0]?.cost).toBeCloseTo(expected, 9);
        }
      }),
      { numRuns: 300 },
    );
  });
});
