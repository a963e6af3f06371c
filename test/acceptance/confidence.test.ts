import { describe, expect, it } from 'vitest';
import { encoded, fakeEncoder } from '../runtime/signals/fake-request.js';
import { request, routerFor } from './support.js';

/** Every text has its similarity to the one candidate written at its end, e.g. `… 0.6`. */
const encoder = fakeEncoder((text) => {
  const similarity = text === 'candidate' ? 1 : Number(/(\d\.\d+)$/.exec(text)?.[1] ?? 0);
  return encoded([similarity, Math.sqrt(1 - similarity * similarity)]);
});

const keyword = (name: string) => `{type: keyword, name: ${name}}`;
const similar = '{type: embedding, name: e}';
const and = (...rules: string[]) => `{operator: AND, conditions: [${rules.join(', ')}]}`;
const or = (...rules: string[]) => `{operator: OR, conditions: [${rules.join(', ')}]}`;
const not = (rule: string) => `{operator: NOT, conditions: [${rule}]}`;

const config = (strategy: string, ...decisions: string[]) => `version: v0.3
providers: {defaults: {model: m}, models: [{name: m, backend_refs: [{endpoint: h}]}]}
routing:
  strategy: ${strategy}
  signals:
    keywords: [{name: a, operator: OR, keywords: [aaa]}, {name: b, operator: OR, keywords: [bbb]}]
    embeddings: [{name: e, threshold: 0.5, candidates: [candidate]}]
  decisions:
${decisions.map((rules, index) => `    - {name: d${index}, priority: ${index}, modelRefs: [{model: m}]${rules && `, rules: ${rules}`}}`).join('\n')}
`;

describe('the confidence of a match', () => {
  it.each([
    ['a keyword is certain', keyword('a'), 'aaa', 1],
    ['an embedding is as sure as it is similar', similar, 'x 0.6', 0.6],
    ['AND is the mean', and(keyword('a'), similar), 'aaa 0.6', 0.8],
    ['AND of three', and(keyword('a'), keyword('b'), similar), 'aaa bbb 0.7', 0.9],
    ['OR is the best', or(similar, keyword('a')), 'aaa 0.6', 1],
    ['OR leaves out what does not match', or(similar, keyword('a')), 'x 0.6', 0.6],
    ['NOT is certain', not(similar), 'x 0.1', 1],
    ['AND with NOT', and(similar, not(keyword('a'))), 'x 0.6', 0.8],
    ['AND in OR', or(and(similar, keyword('b')), similar), 'bbb 0.6', 0.8],
    ['an empty AND knows nothing', and(), 'x 0.6', 0],
    ['no rules know nothing', '', 'x 0.6', 0],
  ])('%s', async (_, rules, prompt, expected) => {
    for (const mode of ['lazy', 'full'] as const) {
      const evaluation = await routerFor(config('priority', rules), encoder).evaluate(request(prompt), mode);
      expect(evaluation.decision?.name).toBe('d0');
      expect(evaluation.confidence).toBeCloseTo(expected, 6);
    }
  });

  it.each([
    ['priority', 'aaa 0.6', 'd1'],
    // A fact and a measurement are not compared by number.
    ['confidence', 'aaa 0.6', 'd1'],
    ['confidence', 'x 0.6', 'd1'],
    ['confidence', 'x 0.5', 'd1'],
    ['confidence', 'x 0.4', undefined],
  ])('by %s, "%s" goes to %s', async (strategy, prompt, expected) => {
    const router = routerFor(config(strategy, keyword('a'), similar), encoder);
    expect((await router.evaluate(request(prompt), 'lazy')).decision?.name).toBe(expected);
  });
});
