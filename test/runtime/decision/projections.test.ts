import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecisionAction } from '../../../src/runtime/decision/actions.js';
import { DecisionEngine } from '../../../src/runtime/decision/engine.js';
import { LeafRun } from '../../../src/runtime/decision/leaf-run.js';
import type { LeafContext } from '../../../src/runtime/decision/leaves.js';
import {
  type Mapping,
  type Projections,
  projectionsSchema,
  type ScoreInput,
} from '../../../src/runtime/decision/projections/types.js';
import type { DecisionSpec, LeafRule, Rule, Strategy } from '../../../src/runtime/decision/types.js';
import type { SignalCost, SignalOutcome } from '../../../src/runtime/signals/types.js';

type Outcomes = ReadonlyMap<string, SignalOutcome>;

/** Signals named by cost in their name: `free-a`, `encoder-b`. */
const costOf = (type: string): SignalCost => (type === 'domain' || type === 'embedding' ? 'encoder' : 'free');
const missed: SignalOutcome = { status: 'not_matched' };
const fact: SignalOutcome = { status: 'matched' };

function measured(score: number, threshold = 0.5): SignalOutcome {
  return { status: score >= threshold ? 'matched' : 'not_matched', score, value: score, threshold };
}

interface Setup {
  readonly decisions: readonly DecisionSpec[];
  readonly strategy?: Strategy;
  readonly context?: LeafContext;
}

/** Decides and tells who won, how surely, and which signals were asked. */
async function decide(
  { decisions, strategy = 'priority', context }: Setup,
  outcomes: Outcomes,
  full = false,
) {
  const engine = new DecisionEngine(decisions, strategy, costOf, context);
  const asked: string[] = [];
  const run = new LeafRun(engine.leaves, (leaf) => {
    const { type = '', name = '' } = engine.leaves[leaf] ?? {};
    const key = `${type}:${name}`;
    expect(asked).not.toContain(key);
    asked.push(key);
    const outcome = outcomes.get(key) ?? missed;
    // Whatever has no answer says so at once, also where an answer would take time.
    return costOf(type) === 'free' || outcome.status === 'unavailable' ? outcome : Promise.resolve(outcome);
  });
  if (full) await engine.askAll(run);
  const choice = await engine.decide(run);
  const leaf = (name: string) => engine.leaves.findIndex((candidate) => candidate.name === name);
  return {
    winner: decisions[choice.winner]?.name,
    confidence: choice.confidence,
    recorded: choice.recorded,
    failed: choice.failed >= 0 ? engine.leaves[choice.failed]?.name : undefined,
    asked,
    outcomeOf: (name: string) => run.outcomes[leaf(name)],
  };
}

const leaf = (type: string, name: string, more: Omit<LeafRule, 'type' | 'name'> = {}): Rule => ({
  type,
  name,
  ...more,
});
const projection = (name: string) => leaf('projection', name);
const decision = (
  name: string,
  priority: number,
  rules: Rule | undefined,
  action?: DecisionAction,
): DecisionSpec => ({ name, priority, tier: 0, rules, action });
const rest = decision('rest', 0, undefined);
const contextOf = (projections: object): LeafContext => ({
  projections: projectionsSchema.parse(projections),
});

describe('a score', () => {
  const context = contextOf({
    scores: [
      {
        name: 'load',
        inputs: [
          { type: 'keyword', name: 'urgent', weight: 0.4 },
          { type: 'keyword', name: 'calm', weight: 1, match: -0.5, miss: 0.1 },
          { type: 'domain', name: 'math', weight: 0.5, value_source: 'confidence' },
          { type: 'structure', name: 'lines', weight: 0.01, value_source: 'raw' },
        ],
      },
    ],
    mappings: [
      {
        name: 'band',
        source: 'load',
        outputs: [
          { name: 'heavy', gte: 0.8 },
          { name: 'some', gt: 0.2, lt: 0.9 },
          { name: 'light', lte: 0.2 },
        ],
      },
    ],
  });
  const decisions = [
    decision('heavy', 30, projection('heavy')),
    decision('some', 20, projection('some')),
    decision('light', 10, projection('light')),
  ];

  it('adds up matches, misses, confidences and measured numbers, and picks the first band', async () => {
    const outcomes: Outcomes = new Map([
      ['keyword:urgent', fact],
      ['domain:math', measured(0.8)],
      ['structure:lines', { status: 'not_matched', value: 7 }],
    ]);
    // 0.4 + 0.1 + 0.5 × 0.8 + 0.01 × 7
    const result = await decide({ decisions, context }, outcomes);
    expect(result.winner).toBe('heavy');
    expect(result.confidence).toBeCloseTo(1 / (1 + Math.exp(-12 * 0.17)), 9);
    expect(result.outcomeOf('load')).toMatchObject({ value: expect.closeTo(0.97, 9) });
    expect(result.outcomeOf('some')).toBeUndefined();
    const full = await decide({ decisions, context }, outcomes, true);
    expect(full.outcomeOf('some')).toMatchObject({ status: 'not_matched' });
    expect((await decide({ decisions, context }, new Map())).winner).toBe('light');
  });

  it('is unavailable only if no input has an answer', async () => {
    const lost: SignalOutcome = { status: 'unavailable', reason: 'down' };
    const some = await decide({ decisions, context }, new Map([['domain:math', lost]]), true);
    expect(some.winner).toBe('light');
    expect(some.outcomeOf('light')).toMatchObject({ evidence: ['load = 0.1', 'without domain:math'] });
    const keys = ['keyword:urgent', 'keyword:calm', 'domain:math', 'structure:lines'];
    const none = await decide({ decisions, context }, new Map(keys.map((key) => [key, lost])), true);
    expect(none.winner).toBeUndefined();
    expect(none.outcomeOf('light')).toMatchObject({ status: 'unavailable' });
  });

  it('takes what fails closed for a match', async () => {
    const lost: SignalOutcome = { status: 'unavailable', reason: 'down' };
    const closed: SignalOutcome = { ...lost, countsAs: 'match' };
    const keys = ['keyword:urgent', 'domain:math', 'structure:lines'];
    const open = await decide({ decisions, context }, new Map(keys.map((key) => [key, lost])), true);
    expect(open.outcomeOf('load')).toMatchObject({ value: expect.closeTo(0.1, 9) });
    const guarded = await decide({ decisions, context }, new Map(keys.map((key) => [key, closed])), true);
    // 0.4 + 0.1 + 0.5 × 1, and no number of lines
    expect(guarded.outcomeOf('load')).toMatchObject({
      value: expect.closeTo(1, 9),
      evidence: ['without keyword:urgent, domain:math, structure:lines'],
    });
    expect(guarded.winner).toBe('heavy');
  });

  it('asks nothing before a condition that needs it, and then only its own inputs', async () => {
    const set = [decision('word', 99, leaf('keyword', 'stop')), ...decisions];
    const stopped = await decide({ decisions: set, context }, new Map([['keyword:stop', fact]]));
    expect(stopped.asked).toEqual(['keyword:stop']);
    const went = await decide(
      { decisions: [...set, decision('other', 1, leaf('domain', 'law'))], context },
      new Map(),
    );
    expect(went.asked).not.toContain('domain:law');
  });

  it('reads other scores and outputs', async () => {
    const chained = contextOf({
      scores: [
        { name: 'base', inputs: [{ type: 'keyword', name: 'urgent', weight: 2 }] },
        {
          name: 'top',
          inputs: [
            { type: 'projection', name: 'base', weight: 1 },
            { type: 'projection', name: 'hot', weight: 10 },
            { type: 'projection', name: 'hot', weight: 100, value_source: 'confidence' },
          ],
        },
      ],
      mappings: [
        { name: 'm', source: 'base', calibration: { slope: 1 }, outputs: [{ name: 'hot', gte: 1 }] },
        { name: 'n', source: 'top', outputs: [{ name: 'over', gt: 80 }] },
      ],
    });
    const result = await decide(
      { decisions: [decision('over', 1, projection('over'))], context: chained },
      new Map([['keyword:urgent', fact]]),
    );
    const confidence = 1 / (1 + Math.exp(-1));
    expect(result.outcomeOf('top')).toMatchObject({ value: expect.closeTo(2 + 10 + 100 * confidence, 9) });
    expect(result.winner).toBe('over');
  });
});

describe('a mapping', () => {
  it('emits every output whose bounds hold, if told so', async () => {
    const context = contextOf({
      scores: [{ name: 's', inputs: [{ type: 'keyword', name: 'a', weight: 1 }] }],
      mappings: [
        {
          name: 'm',
          source: 's',
          method: 'multi_emit',
          outputs: [{ name: 'one', gte: 0.5 }, { name: 'two', gte: 0.9 }, { name: 'always' }],
        },
      ],
    });
    const both: Rule = {
      operator: 'AND',
      conditions: ['one', 'two', 'always'].map(projection),
    };
    const result = await decide(
      { decisions: [decision('d', 1, both)], context },
      new Map([['keyword:a', fact]]),
    );
    expect(result.winner).toBe('d');
  });
});

describe('a partition', () => {
  const members = ['law', 'health', 'math'];
  const decisions = members.map((name, index) => decision(name, 30 - index, leaf('domain', name)));

  it('leaves only the strongest of several matches', async () => {
    const context = contextOf({ partitions: [{ name: 'p', members }] });
    const outcomes: Outcomes = new Map([
      ['domain:law', measured(0.5)],
      ['domain:math', measured(0.7)],
    ]);
    expect((await decide({ decisions }, outcomes)).winner).toBe('law');
    expect(await decide({ decisions, context }, outcomes)).toMatchObject({ winner: 'math', confidence: 0.7 });
  });

  it('gives the strongest its share of the softmax', async () => {
    const context = contextOf({
      partitions: [{ name: 'p', semantics: 'softmax_exclusive', temperature: 0.1, members }],
    });
    const outcomes: Outcomes = new Map([
      ['domain:law', measured(0.5)],
      ['domain:health', measured(0.1)],
      ['domain:math', measured(0.7)],
    ]);
    const share = Math.exp(7) / (Math.exp(7) + Math.exp(5) + Math.exp(1));
    const result = await decide({ decisions, context }, outcomes);
    expect(result.confidence).toBeCloseTo(share, 5);
  });

  it('falls back to its default, but not if nothing could be computed', async () => {
    const context = contextOf({ partitions: [{ name: 'p', members, default: 'health' }] });
    expect((await decide({ decisions, context }, new Map())).winner).toBe('health');
    const lost: SignalOutcome = { status: 'unavailable', reason: 'no model' };
    const blind = new Map(members.map((name) => [`domain:${name}`, lost]));
    expect((await decide({ decisions, context }, blind)).winner).toBeUndefined();
  });

  it('leaves its default the number that it measures', async () => {
    const context = contextOf({
      partitions: [{ name: 'p', members, default: 'health' }],
      scores: [{ name: 's', inputs: [{ type: 'domain', name: 'health', weight: 1, value_source: 'raw' }] }],
      mappings: [{ name: 'm', source: 's', outputs: [{ name: 'sure', gte: 0.5 }, { name: 'unsure' }] }],
    });
    const bands = ['sure', 'unsure'].map((name) => decision(name, 1, leaf('projection', name)));
    const below: SignalOutcome = { status: 'not_matched', value: 0.2, score: 0.2 };
    const outcomes: Outcomes = new Map([['domain:health', below]]);
    expect((await decide({ decisions: bands, context }, outcomes)).winner).toBe('unsure');
  });
});

describe('a level of complexity with a composer', () => {
  it('counts only if the composer holds', async () => {
    const context: LeafContext = { composers: new Map([['hardness', leaf('keyword', 'proof')]]) };
    const decisions = [decision('hard', 1, leaf('complexity', 'hardness:hard'))];
    const hard: Outcomes = new Map([['complexity:hardness:hard', measured(0.9)]]);
    expect((await decide({ decisions, context }, hard)).winner).toBeUndefined();
    const proof = new Map([...hard, ['keyword:proof', fact] as const]);
    expect(await decide({ decisions, context }, proof)).toMatchObject({ winner: 'hard', confidence: 0.9 });
  });
});

describe('a condition', () => {
  const tone: SignalOutcome = { status: 'not_matched', values: { angry: 0.7, calm: 0.3 }, threshold: 0.8 };
  const lost: SignalOutcome = { status: 'unavailable', reason: 'timeout' };
  const winnerOf = async (rules: Rule, outcome: SignalOutcome) => {
    const name = 'name' in rules ? rules.name : '';
    return decide({ decisions: [decision('d', 1, rules), rest] }, new Map([[`classifier:${name}`, outcome]]));
  };
  const condition = (more: Omit<LeafRule, 'type' | 'name'>) => leaf('classifier', 'tone', more);

  it('compares the value of a label, and has it as confidence', async () => {
    const angry = condition({ label: 'angry', predicate: { gte: 0.6, lt: 0.9 } });
    expect(await winnerOf(angry, tone)).toMatchObject({ winner: 'd', confidence: 0.7 });
    expect((await winnerOf(condition({ label: 'angry', predicate: { gt: 0.7 } }), tone)).winner).toBe('rest');
    expect((await winnerOf(condition({ label: 'angry' }), tone)).winner).toBe('rest');
    expect((await winnerOf(condition({ label: 'sad', predicate: { lt: 1 } }), tone)).winner).toBe('rest');
  });

  it('compares the number a signal measures; what is no number satisfies nothing', async () => {
    const count: SignalOutcome = { status: 'matched', value: 12 };
    expect(await winnerOf(condition({ predicate: { lte: 12 } }), count)).toMatchObject({
      winner: 'd',
      confidence: 1,
    });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const bounds = condition({ predicate: { gte: -5 } });
      expect((await winnerOf(bounds, { status: 'matched', value })).winner).toBe('rest');
      const open = condition({ predicate: { lt: 5 } });
      expect((await winnerOf(open, { status: 'matched', value })).winner).toBe('rest');
    }
  });

  it('follows on_error and on_unknown where there is no answer', async () => {
    expect((await winnerOf(condition({ on_error: 'match' }), lost)).winner).toBe('d');
    expect((await winnerOf(condition({ on_unknown: 'match' }), lost)).winner).toBe('d');
    expect((await winnerOf(condition({ on_unknown: 'match', on_error: 'no_match' }), lost)).winner).toBe(
      'rest',
    );
    expect((await winnerOf(condition({ label: 'sad', on_unknown: 'match' }), tone)).winner).toBe('d');
    expect((await winnerOf(condition({ on_error: 'match' }), missed)).winner).toBe('rest');
  });

  it('fails the request only where its answer would matter', async () => {
    const strict = condition({ on_unknown: 'fail_request' });
    expect(await winnerOf(strict, lost)).toMatchObject({
      winner: undefined,
      failed: 'tone (on_unknown fail_request)',
    });
    const dead: Rule = { operator: 'AND', conditions: [strict, leaf('keyword', 'never')] };
    expect(await winnerOf(dead, lost)).toMatchObject({ winner: 'rest', failed: undefined });
    const held: Rule = { operator: 'OR', conditions: [strict, { operator: 'AND', conditions: [] }] };
    expect(
      (await decide({ decisions: [decision('d', 1, held)] }, new Map([['classifier:tone', lost]]))).winner,
    ).toBe('d');
    const outranked = [decision('sure', 2, undefined), decision('d', 1, strict)];
    expect(await decide({ decisions: outranked }, new Map([['classifier:tone', lost]]), true)).toMatchObject({
      winner: 'sure',
      failed: undefined,
    });
  });
});

describe('a boost', () => {
  const boost = (name: string, target: object, weight: number, rules: Rule) =>
    decision(name, 100, rules, { type: 'boost', weight, ...target });
  const word = leaf('keyword', 'word');

  it('adds to the probability of a category, whichever order boosts stand in', async () => {
    const boosts = [
      boost('one', { category: 'math' }, 0.15, word),
      boost('two', { category: 'math' }, 0.1, word),
      boost('off', { category: 'math' }, 0.5, leaf('keyword', 'absent')),
    ];
    const math = decision('math', 10, leaf('domain', 'math'));
    const outcomes: Outcomes = new Map([
      ['keyword:word', fact],
      ['domain:math', measured(0.3)],
    ]);
    const first = await decide({ decisions: [...boosts, math, rest] }, outcomes);
    expect(first).toMatchObject({ winner: 'math', confidence: 0.55 });
    const second = await decide({ decisions: [rest, math, ...boosts.toReversed()] }, outcomes);
    expect(second).toMatchObject({ winner: 'math', confidence: first.confidence });
    const without: Outcomes = new Map([['domain:math', measured(0.3)]]);
    expect((await decide({ decisions: [...boosts, math, rest] }, without)).winner).toBe('rest');
  });

  it('raises the measured conditions of one decision, and stays within 1', async () => {
    const decisions = [
      boost('favour', { decision: 'b' }, 0.9, word),
      decision('a', 1, leaf('domain', 'x')),
      decision('b', 1, leaf('domain', 'x')),
    ];
    const outcomes: Outcomes = new Map([
      ['keyword:word', fact],
      ['domain:x', measured(0.8)],
    ]);
    expect(await decide({ decisions, strategy: 'confidence' }, outcomes)).toMatchObject({
      winner: 'b',
      confidence: 1,
    });
  });

  it('can take away, and never wins', async () => {
    const decisions = [boost('doubt', { category: 'x' }, -0.4, word), decision('a', 1, leaf('domain', 'x'))];
    const outcomes: Outcomes = new Map([
      ['keyword:word', fact],
      ['domain:x', measured(0.8)],
    ]);
    expect((await decide({ decisions }, outcomes)).winner).toBeUndefined();
  });
});

describe('lazy evaluation', () => {
  const types = ['keyword', 'domain', 'embedding', 'complexity'];
  const names = ['a', 'b', 'c'];
  const signals = types.flatMap((type) => names.map((name) => ({ type, name })));
  const number = fc.constantFrom(0, 0.25, 0.5, 0.75, 1);
  const outcome: fc.Arbitrary<SignalOutcome> = fc.oneof(
    fc.constantFrom(fact, missed, { status: 'unavailable', reason: 'down' } satisfies SignalOutcome),
    number.map((score) => measured(score)),
    number.map((value): SignalOutcome => ({ status: 'matched', value, values: { x: value } })),
  );
  const outputs = ['o0', 'o1', 'o2', 'o3'];
  const signal = fc.constantFrom(...signals);
  const plain: fc.Arbitrary<Rule> = fc.oneof(
    { weight: 4, arbitrary: signal },
    { weight: 3, arbitrary: fc.constantFrom(...outputs).map(projection) },
    {
      weight: 2,
      arbitrary: fc
        .record({
          signal,
          more: fc.record(
            {
              label: fc.constant('x'),
              predicate: fc.record({ gte: number }),
              on_error: fc.constantFrom('match' as const, 'no_match' as const),
              on_unknown: fc.constantFrom('match' as const, 'fail_request' as const),
            },
            { requiredKeys: [] },
          ),
        })
        .map(({ signal: { type, name }, more }) => leaf(type, name, more)),
    },
  );
  const { rule } = fc.letrec<{ rule: Rule }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      plain,
      fc
        .tuple(fc.constantFrom('AND' as const, 'OR' as const), fc.array(tie('rule'), { maxLength: 3 }))
        .map(([operator, conditions]): Rule => ({ operator, conditions })),
      tie('rule').map((inner): Rule => ({ operator: 'NOT', conditions: [inner] })),
    ),
  }));
  const input = (score: number): fc.Arbitrary<ScoreInput> => {
    const weight = fc.constantFrom(-1, 0.5, 1, 2);
    const ofSignal = fc
      .tuple(signal, weight, fc.constantFrom(undefined, 'confidence' as const, 'raw' as const))
      .map(([{ type, name }, factor, value_source]) => ({ type, name, weight: factor, value_source }));
    if (score === 0) return ofSignal;
    const ofScore = fc
      .tuple(fc.constantFrom('s0', 'o0', 'o1'), weight)
      .map(([name, factor]) => ({ type: 'projection', name, weight: factor }));
    return fc.oneof(ofSignal, ofScore);
  };
  const mapping = (name: string, source: string, named: readonly string[]): fc.Arbitrary<Mapping> =>
    fc
      .tuple(fc.constantFrom('threshold_bands' as const, 'multi_emit' as const), number, number)
      .map(([method, low, high]) => ({
        name,
        source,
        method,
        outputs: named.map((output, at) => ({ name: output, ...(at === 0 ? { gte: low } : { lt: high }) })),
      }));
  const projections: fc.Arbitrary<Projections> = fc
    .tuple(
      fc.array(input(0), { minLength: 1, maxLength: 3 }),
      fc.array(input(1), { minLength: 1, maxLength: 3 }),
      mapping('m0', 's0', ['o0', 'o1']),
      mapping('m1', 's1', ['o2', 'o3']),
      fc.boolean(),
      fc.constantFrom(undefined, 'a', 'b'),
      fc.boolean(),
    )
    .map(([first, second, m0, m1, partitioned, standard, soft]) => ({
      scores: [
        { name: 's0', method: 'weighted_sum', inputs: first },
        { name: 's1', method: 'weighted_sum', inputs: second },
      ],
      mappings: [m0, m1],
      partitions: partitioned
        ? [
            {
              name: 'p',
              semantics: soft ? 'softmax_exclusive' : 'exclusive',
              temperature: soft ? 0.2 : undefined,
              members: names,
              default: standard,
            },
          ]
        : [],
    }));
  const action: fc.Arbitrary<DecisionAction | undefined> = fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant<DecisionAction>({ type: 'fallthrough' }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(-0.5, 0.25, 0.5),
          fc.constantFrom({ category: 'a' }, { category: 'b' }, { decision: 'd0' }),
        )
        .map(([weight, target]): DecisionAction => ({ type: 'boost', weight, ...target })),
    },
  );
  const decisions = fc
    .array(
      fc.record({
        priority: fc.integer({ min: 0, max: 2 }),
        tier: fc.constantFrom(0, 0, 0, 0, 1, 2),
        rules: fc.option(rule, { nil: undefined, freq: 8 }),
        action,
      }),
      { maxLength: 6 },
    )
    .map((list) => list.map((fields, at): DecisionSpec => ({ ...fields, name: `d${at}` })));
  const facts = fc
    .array(outcome, { minLength: signals.length, maxLength: signals.length })
    .map(
      (list): Outcomes =>
        new Map(signals.map(({ type, name }, at) => [`${type}:${name}`, list[at] ?? missed])),
    );

  it('gives what full evaluation gives, on 10 000 random trees with projections, conditions and boosts', async () => {
    await fc.assert(
      fc.asyncProperty(
        decisions,
        projections,
        fc.option(rule, { nil: undefined }),
        fc.constantFrom('priority' as const, 'confidence' as const),
        facts,
        async (set, projected, composer, strategy, known) => {
          const context: LeafContext = {
            projections: projected,
            ...(composer && { composers: new Map([['a', composer]]) }),
          };
          const lazy = await decide({ decisions: set, strategy, context }, known);
          const full = await decide({ decisions: set, strategy, context }, known, true);
          expect(lazy.winner).toBe(full.winner);
          expect(lazy.confidence).toBeCloseTo(full.confidence, 12);
          expect(lazy.failed === undefined).toBe(full.failed === undefined);
          if (full.failed === undefined) expect(lazy.recorded).toEqual(full.recorded);
        },
      ),
      { numRuns: 10_000 },
    );
  }, 240_000);
});
