import { describe, expect, it } from 'vitest';
import { promptRequest } from '../../../src/commands/support/requests.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { withThreshold } from '../../../src/runtime/policy/edits.js';
import { explainRequest } from '../../../src/runtime/policy/explanation.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import { fakeEncoder } from '../classify/fake-models.js';

const loaded = loadConfigText(
  `version: v0.3
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:1"}]}
    - {name: large, backend_refs: [{endpoint: "127.0.0.1:1"}]}
routing:
  signals:
    keywords:
      - {name: code, operator: OR, keywords: [loop, array]}
      - {name: pattern, operator: OR, method: regex, keywords: ["x+"]}
    embeddings: [{name: steps, threshold: 0.8, candidates: [step by step]}]
    context: [{name: long, min_tokens: 1K}]
  decisions:
    - name: careful
      priority: 10
      rules: {operator: AND, conditions: [{type: embedding, name: steps}, {operator: NOT, conditions: [{type: keyword, name: code}]}]}
      modelRefs: [{model: large}]
    - {name: coding, priority: 5, rules: {type: keyword, name: code}, modelRefs: [{model: large}]}
    - {name: matching, priority: 4, rules: {type: keyword, name: pattern}, modelRefs: [{model: large}]}`,
  'test',
  {},
);

/** Texts with `patient` in them are at cosine 0.6 from the candidate. */
const encoder = () =>
  fakeEncoder((text) => ({
    embedding: text === 'step by step' ? [1, 0] : text.includes('patient') ? [0.6, 0.8] : [0, 1],
  }));

async function explain(prompt: string) {
  const router = createRouter(loaded, encoder());
  const request = promptRequest(prompt, 'auto');
  const { explanation } = await explainRequest(router, request, await router.evaluate(request, 'full'));
  return explanation;
}

describe('an explanation', () => {
  it('tries out the threshold and the words that would have given another decision', async () => {
    const { counterfactuals } = await explain('Be patient');
    expect(counterfactuals[0]).toMatchObject({
      decision: 'careful',
      model: 'large',
      changes: [{ condition: 'embedding:steps', change: 'match' }],
      edits: [{ kind: 'threshold', type: 'embedding', name: 'steps', from: 0.8, to: 0.6 }],
    });
    expect(counterfactuals.find(({ decision }) => decision === 'coding')?.edits).toEqual([
      { kind: 'add_words', words: ['loop'] },
    ]);
  });

  it('names no words for a regular expression', async () => {
    const { counterfactuals } = await explain('Be patient');
    expect(counterfactuals.find(({ decision }) => decision === 'matching')).toMatchObject({
      changes: [{ condition: 'keyword:pattern' }],
      edits: undefined,
    });
  });

  it('takes words away where they are what decided', async () => {
    const { counterfactuals } = await explain('A Loop over an array');
    expect(counterfactuals.find(({ decision }) => decision === null)).toMatchObject({
      model: 'small',
      changes: [{ condition: 'keyword:code', change: 'unmatch' }],
      edits: [{ kind: 'remove_words', words: ['loop', 'array'] }],
    });
  });

  it('has a margin for every measured signal and the conditions that lost each decision', async () => {
    const { signals, decisions } = await explain('A patient loop');
    expect(signals.find(({ name }) => name === 'steps')?.margin).toBeCloseTo(-0.2);
    expect(
      decisions.map(({ name, result, lost_by }) => [
        name,
        result,
        lost_by.map(({ condition, needs }) => `${needs} ${condition}`),
      ]),
    ).toEqual([
      ['careful', 'lost', ['match embedding:steps', 'no_match keyword:code']],
      ['coding', 'won', []],
      ['matching', 'lost', ['match keyword:pattern']],
    ]);
  });
});

describe('another threshold', () => {
  it('is given only to rules that have one', () => {
    expect(withThreshold(loaded.config, 'embedding', 'steps', 0.5)?.signals.embeddings).toMatchObject([
      { name: 'steps', threshold: 0.5 },
    ]);
    expect(withThreshold(loaded.config, 'context', 'long', 0.5)).toBeUndefined();
    expect(withThreshold(loaded.config, 'embedding', 'other', 0.5)).toBeUndefined();
    expect(withThreshold(loaded.config, 'embedding', 'steps', 2)).toBeUndefined();
  });
});
