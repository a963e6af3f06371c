import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { alternatives } from '../../../src/runtime/decision/counterfactual-search.js';
import type { SignalOutcome } from '../../../src/runtime/signals/types.js';
import { evaluateWith } from './keyword-outcomes.js';

/** Changes of one signal alone. */
function single(...[config, evaluation]: Parameters<typeof alternatives>) {
  return alternatives(config, evaluation, { maxChanges: 1, most: 10 }).alternatives;
}

type Measured = readonly [value: number, threshold: number];

const measured = ([value, threshold]: Measured): SignalOutcome => ({
  status: value >= threshold ? 'matched' : 'not_matched',
  score: value,
  value,
  threshold,
});

async function changes(
  strategy: 'priority' | 'confidence',
  decisions: string,
  outcomes: Readonly<Record<string, SignalOutcome>>,
) {
  const keywords = ['a', 'b', 'c'].map((name) => `{name: ${name}, operator: OR, keywords: [${name}]}`);
  const text = `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]}
routing:
  strategy: ${strategy}
  signals: {keywords: [${keywords}]}
  decisions:
${decisions}`;
  const { config } = loadConfigText(text, 'test', {});
  const evaluation = await evaluateWith(config, outcomes);
  return single(config, evaluation).map(({ changes: [change], winner }) => [
    change?.name,
    change?.distance,
    winner?.name,
  ]);
}

const leaf = (name: string) => `{type: keyword, name: ${name}}`;
const decision = (name: string, priority: number, rules: string) =>
  `    - {name: ${name}, priority: ${priority}, rules: ${rules}, modelRefs: [{model: m}]}\n`;

const matched: SignalOutcome = { status: 'matched' };
const missed: SignalOutcome = { status: 'not_matched' };

describe('changes of one signal', () => {
  it('names the signals that alone would have let another decision win, nearest first', async () => {
    const decisions =
      decision('far', 300, leaf('a')) + decision('near', 200, leaf('b')) + decision('won', 100, leaf('c'));
    expect(
      await changes('priority', decisions, { a: measured([0.2, 0.8]), b: measured([0.6, 0.75]), c: matched }),
    ).toEqual([
      ['b', expect.closeTo(0.2), 'near'],
      ['a', expect.closeTo(0.75), 'far'],
      ['c', undefined, undefined],
    ]);
  });

  it('leaves out signals whose change would change nothing', async () => {
    const both = `{operator: AND, conditions: [${leaf('a')}, ${leaf('b')}]}`;
    const decisions =
      decision('needs_two', 300, both) + decision('low', 1, leaf('b')) + decision('won', 100, leaf('c'));
    expect(await changes('priority', decisions, { a: missed, b: missed, c: matched })).toEqual([
      ['c', undefined, undefined],
    ]);
  });

  it('compares confidences as the engine does: reaching the threshold may not be enough', async () => {
    const decisions = decision('other', 1, leaf('a')) + decision('won', 1, leaf('c'));
    const strong = { a: measured([0.4, 0.5]), c: measured([0.9, 0.5]) };
    expect(await changes('confidence', decisions, strong)).toEqual([['c', expect.closeTo(0.8), undefined]]);
    const weak = { a: measured([0.4, 0.7]), c: measured([0.6, 0.5]) };
    expect(await changes('confidence', decisions, weak)).toEqual([
      ['c', expect.closeTo(0.2), undefined],
      ['a', expect.closeTo(3 / 7), 'other'],
    ]);
  });
});

describe('a signal behind a projection', () => {
  it('is named with the decision that the projection leads to', async () => {
    const keywords = ['a', 'b', 'c'].map((name) => `{name: ${name}, operator: OR, keywords: [${name}]}`);
    const { config } = loadConfigText(
      `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:1"}]}]}
routing:
  signals: {keywords: [${keywords}]}
  projections:
    scores: [{name: s, inputs: [{type: keyword, name: a, weight: 0.6}, {type: keyword, name: b, weight: 0.3}]}]
    mappings: [{name: m, source: s, outputs: [{name: high, gte: 0.5}]}]
  decisions:
    - {name: high, priority: 9, rules: {type: projection, name: high}, modelRefs: [{model: m}]}
    - {name: rest, modelRefs: [{model: m}]}
`,
      'test',
      {},
    );
    const outcomes = { a: missed, b: missed, c: missed };
    const evaluation = await evaluateWith(config, outcomes);
    const found = single(config, evaluation).map(({ changes: [change], winner }) => [
      change?.type,
      change?.name,
      winner?.name,
    ]);
    expect(found).toEqual([
      ['projection', 'high', 'high'],
      ['keyword', 'a', 'high'],
    ]);
  });
});
