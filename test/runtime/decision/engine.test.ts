import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecisionEngine, type LeafSource } from '../../../src/runtime/decision/engine.js';
import { LeafRun } from '../../../src/runtime/decision/leaf-run.js';
import { FACT, FALSE, TRUE } from '../../../src/runtime/decision/tree.js';
import type { DecisionSpec, Rule, Strategy } from '../../../src/runtime/decision/types.js';
import type { SignalCost } from '../../../src/runtime/signals/types.js';
import { decideFully, type Facts } from './reference-engine.js';

const costOf = (type: string): SignalCost | undefined =>
  type === 'encoder' || type === 'remote' || type === 'free' ? type : undefined;

/** Answers leaves from facts; encoder and remote ones asynchronously; remembers what was asked. */
class FactSource implements LeafSource {
  readonly truth: Uint8Array;
  readonly score: Float64Array;
  readonly asked: string[] = [];
  readonly #engine: DecisionEngine;
  readonly #facts: Facts;

  constructor(engine: DecisionEngine, facts: Facts) {
    this.#engine = engine;
    this.#facts = facts;
    this.truth = new Uint8Array(engine.leaves.length);
    this.score = new Float64Array(engine.leaves.length);
  }

  ask(leaf: number): Promise<void> | undefined {
    const spec = this.#engine.leaves[leaf];
    const key = `${spec?.type}:${spec?.name}`;
    expect(this.asked).not.toContain(key);
    this.asked.push(key);
    const settle = () => {
      const score = this.#facts.get(key);
      this.truth[leaf] = score === undefined ? FALSE : TRUE;
      this.score[leaf] = score ?? 0;
    };
    if (spec?.type === 'free') {
      settle();
      return undefined;
    }
    return Promise.resolve().then(settle);
  }
}

async function run(decisions: readonly DecisionSpec[], strategy: Strategy, facts: Facts) {
  const engine = new DecisionEngine(decisions, strategy, costOf);
  const source = new FactSource(engine, facts);
  const choice = await engine.decide(source);
  return {
    winner: decisions[choice.winner]?.name,
    confidence: choice.confidence,
    recorded: choice.recorded.map((index) => decisions[index]?.name),
    asked: source.asked,
  };
}

const leaf = (key: string): Rule => {
  const [type = '', name = ''] = key.split(':');
  return { type, name };
};
const all = (...conditions: Rule[]): Rule => ({ operator: 'AND', conditions });
const any = (...conditions: Rule[]): Rule => ({ operator: 'OR', conditions });
const not = (condition: Rule): Rule => ({ operator: 'NOT', conditions: [condition] });
const decision = (name: string, priority: number, rules?: Rule, tier = 0): DecisionSpec => ({
  name,
  priority,
  tier,
  rules,
});

describe('winner', () => {
  it('is the highest priority among matches', async () => {
    const result = await run(
      [
        decision('low', 1, leaf('free:a')),
        decision('high', 9, leaf('free:a')),
        decision('miss', 99, leaf('free:b')),
      ],
      'priority',
      new Map([['free:a', 1]]),
    );
    expect(result.winner).toBe('high');
  });

  it('breaks equal priority by confidence, then by name', async () => {
    const decisions = [
      decision('b', 5, leaf('free:x')),
      decision('a', 5, leaf('free:x')),
      decision('sure', 5, leaf('free:y')),
    ];
    const facts = new Map([['free:x', 0.6]]);
    expect((await run(decisions, 'priority', facts)).winner).toBe('a');
    expect((await run(decisions, 'priority', new Map([...facts, ['free:y', 0.7]]))).winner).toBe('sure');
  });

  it('compares a measured confidence with a fact by priority, never by the 1 of the fact', async () => {
    const facts = new Map([
      ['free:word', FACT],
      ['encoder:x', 0.6],
    ]);
    const decisions = (priority: number) => [
      decision('a-word', priority, leaf('free:word')),
      decision('measured', 5, leaf('encoder:x')),
      decision('rest', 9, all()),
    ];
    for (const [priority, winner] of [
      [4, 'measured'],
      [5, 'measured'],
      [6, 'a-word'],
    ] as const) {
      expect(await run(decisions(priority), 'confidence', facts)).toMatchObject({ winner });
    }
  });

  it('needs no measurement when a fact goes before all that could be measured', async () => {
    const decisions = [decision('word', 9, leaf('free:word')), decision('measured', 5, leaf('encoder:x'))];
    const result = await run(decisions, 'confidence', new Map([['free:word', FACT]]));
    expect(result).toMatchObject({ winner: 'word', confidence: 1, asked: ['free:word'] });
  });

  it('is the most confident with the confidence strategy, whatever the priority', async () => {
    const decisions = [decision('a', 100, leaf('encoder:x')), decision('b', 1, leaf('encoder:y'))];
    const facts = new Map([
      ['encoder:x', 0.8],
      ['encoder:y', 0.9],
    ]);
    const result = await run(decisions, 'confidence', facts);
    expect(result).toMatchObject({ winner: 'b', confidence: 0.9 });
  });

  it('follows tiers as soon as a decision with a tier matches', async () => {
    const decisions = [
      decision('second', 100, leaf('free:a'), 2),
      decision('first', 1, leaf('free:a'), 1),
      decision('untiered', 50, leaf('free:b')),
    ];
    expect((await run(decisions, 'priority', new Map([['free:a', 1]]))).winner).toBe('first');
    expect(
      (
        await run(
          decisions,
          'priority',
          new Map([
            ['free:a', 1],
            ['free:b', 1],
          ]),
        )
      ).winner,
    ).toBe('untiered');
  });

  it('is the catch-all when nothing else matches, with confidence 0', async () => {
    const decisions = [decision('rest', 0, all()), decision('math', 10, leaf('free:a'))];
    expect(await run(decisions, 'priority', new Map())).toMatchObject({ winner: 'rest', confidence: 0 });
  });

  it('is nobody when nothing matches; an OR or NOT without conditions never does', async () => {
    const decisions = [decision('or', 1, any()), decision('not', 1, { operator: 'NOT', conditions: [] })];
    expect((await run(decisions, 'priority', new Map())).winner).toBeUndefined();
  });
});

describe('confidence', () => {
  it('tells of the mean with facts as 1, and lets measurements alone decide who wins', async () => {
    const facts = new Map([
      ['encoder:a', 0.5],
      ['free:b', FACT],
    ]);
    const rules = all(leaf('encoder:a'), leaf('free:b'), not(leaf('free:c')), leaf('free:b'));
    const measured = decision('d', 9, rules);
    expect((await run([measured], 'priority', facts)).confidence).toBe(0.875);
    const surer = decision('e', 1, leaf('encoder:b'));
    const winner = await run([measured, surer], 'confidence', new Map([...facts, ['encoder:b', 0.6]]));
    expect(winner).toMatchObject({ winner: 'e', confidence: 0.6 });
    const alone = all(leaf('free:b'), not(leaf('free:c')));
    expect((await run([decision('d', 1, alone)], 'priority', facts)).confidence).toBe(1);
  });

  it('is the mean of an AND, the best of an OR and 1 for a NOT', async () => {
    const facts = new Map([
      ['encoder:a', 0.5],
      ['encoder:b', 0.9],
    ]);
    const and = await run([decision('d', 1, all(leaf('encoder:a'), leaf('encoder:b')))], 'priority', facts);
    expect(and.confidence).toBeCloseTo(0.7);
    const or = await run([decision('d', 1, any(leaf('encoder:a'), leaf('encoder:b')))], 'priority', facts);
    expect(or.confidence).toBe(0.9);
    const negation = await run([decision('d', 1, not(leaf('encoder:c')))], 'priority', facts);
    expect(negation.confidence).toBe(1);
  });
});

describe('laziness', () => {
  it('asks no expensive signal when a free one settles the decision', async () => {
    const decisions = [
      decision('code', 100, any(leaf('encoder:code'), leaf('free:code'))),
      decision('deep', 50, all(leaf('encoder:deep'), leaf('free:deep'))),
      decision('rest', 0, all()),
    ];
    const result = await run(decisions, 'priority', new Map([['free:code', FACT]]));
    expect(result).toMatchObject({ winner: 'code', asked: ['free:code'] });
  });

  it('rules an AND out by its free condition before running the encoder', async () => {
    const decisions = [
      decision('deep', 50, all(leaf('encoder:deep'), leaf('free:deep'))),
      decision('rest', 0, all()),
    ];
    const result = await run(decisions, 'priority', new Map([['encoder:deep', 1]]));
    expect(result).toMatchObject({ winner: 'rest', asked: ['free:deep'] });
  });

  it('asks nothing of decisions that can no longer win', async () => {
    const decisions = [decision('top', 9, leaf('free:a')), decision('low', 1, leaf('remote:b'))];
    const result = await run(decisions, 'priority', new Map([['free:a', 1]]));
    expect(result.asked).toEqual(['free:a']);
  });

  it('stays synchronous when no signal has to be waited for', () => {
    const engine = new DecisionEngine([decision('d', 1, leaf('free:a'))], 'priority', costOf);
    const choice = engine.decide(new FactSource(engine, new Map([['free:a', 1]])));
    expect(choice).not.toBeInstanceOf(Promise);
  });
});

describe('what was asked for one decision', () => {
  it('is waited for when another one needs it, though the first was decided without it', async () => {
    // `encoder:now` answers at once and decides `first` while `encoder:later` is under way.
    const decisions = [
      decision('first', 9, not(any(leaf('encoder:later'), not(leaf('encoder:now'))))),
      decision('second', 5, not(leaf('encoder:later'))),
      decision('rest', 0, all()),
    ];
    for (const strategy of ['priority', 'confidence'] as const) {
      const engine = new DecisionEngine(decisions, strategy, costOf);
      const source = new LeafRun(engine.leaves, (index) => {
        const outcome = { status: 'not_matched' } as const;
        return engine.leaves[index]?.name === 'now' ? outcome : Promise.resolve(outcome);
      });
      const choice = await engine.decide(source);
      expect(decisions[choice.winner]?.name).toBe('second');
    }
  });
});

describe('lazy evaluation', () => {
  const leafKeys = ['free', 'encoder', 'remote'].flatMap((cost) =>
    ['a', 'b', 'c', 'd'].map((name) => `${cost}:${name}`),
  );
  const { rule } = fc.letrec<{ rule: Rule; leaf: Rule; composite: Rule; negation: Rule }>((tie) => ({
    rule: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('composite'), tie('negation')),
    leaf: fc.constantFrom(...leafKeys).map(leaf),
    composite: fc.record({
      operator: fc.constantFrom('AND' as const, 'OR' as const),
      conditions: fc.array(tie('rule'), { maxLength: 4 }),
    }),
    negation: tie('rule').map(not),
  }));
  const facts = fc
    .uniqueArray(fc.constantFrom(...leafKeys), { maxLength: leafKeys.length })
    .chain((keys) =>
      fc
        .array(fc.constantFrom(0.25, 0.5, 0.75, 1, FACT), { minLength: keys.length, maxLength: keys.length })
        .map((scores) => new Map(keys.map((key, index) => [key, scores[index] ?? 1]))),
    );
  const decisions = fc
    .array(
      fc.record({
        priority: fc.integer({ min: 0, max: 3 }),
        tier: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
        ),
        rules: fc.option(rule, { nil: undefined, freq: 8 }),
        records: fc.integer({ min: 0, max: 7 }).map((number) => number === 0),
      }),
      { maxLength: 6 },
    )
    .map((list) =>
      list.map(
        ({ records, ...fields }, index): DecisionSpec => ({
          ...fields,
          name: `d${index}`,
          ...(records && { action: { type: 'fallthrough' } }),
        }),
      ),
    );

  it('gives the decision and the confidence of full evaluation, on 10 000 random decision sets', async () => {
    await fc.assert(
      fc.asyncProperty(
        decisions,
        fc.constantFrom('priority' as const, 'confidence' as const),
        facts,
        async (set, strategy, known) => {
          const expected = decideFully(set, strategy, known);
          const actual = await run(set, strategy, known);
          expect(actual.winner).toBe(expected.name);
          expect(actual.recorded).toEqual(expected.recorded);
          expect(actual.confidence).toBeCloseTo(expected.confidence, 12);
        },
      ),
      { numRuns: 10_000 },
    );
  }, 120_000);
});
