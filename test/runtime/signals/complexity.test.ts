import { describe, expect, it } from 'vitest';
import { complexityFamily } from '../../../src/runtime/signals/complexity.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { encoded, fakeEncoder, issuesOf, outcome, userSays } from './fake-request.js';

const vectors: Record<string, readonly number[]> = {
  prove: [1, 0],
  greet: [0, 1],
  proof: [0.9, 0.4],
  hello: [0.3, 0.95],
  letter: [0.71, 0.7],
};
const encoder = () => fakeEncoder((text) => encoded(vectors[text] ?? [0, 0]));
const rule = {
  name: 'load',
  hard: { candidates: ['prove'] },
  easy: { candidates: ['greet'] },
};

async function levels(raw: unknown, text: string) {
  const fake = encoder();
  const request = createSignalRequest(userSays(text), fake);
  const rules = complexityFamily.compile([complexityFamily.schema.parse(raw)], { encoder: fake });
  const found = await Promise.all(
    rules.map(async ({ name, evaluate }) => [name, await evaluate(request)] as const),
  );
  return new Map(found);
}

describe('the complexity signal', () => {
  it.each([
    ['proof', 'load:hard'],
    ['letter', 'load:medium'],
    ['hello', 'load:easy'],
  ])('of %j is just %s', async (text, level) => {
    const found = await levels(rule, text);
    expect([...found].filter(([, { status }]) => status === 'matched').map(([name]) => name)).toEqual([
      level,
    ]);
    const scores = [...found.values()].map((one) => (one.status === 'unavailable' ? 0 : (one.score ?? 0)));
    expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1);
  });

  it('compares the margin with its bounds', async () => {
    expect((await levels({ ...rule, threshold: 0.6 }, 'proof')).get('load:medium')).toMatchObject({
      status: 'matched',
      value: expect.closeTo(0.508, 2),
    });
    expect(
      (await levels({ ...rule, hard_above: 0, easy_below: -0.7 }, 'letter')).get('load:hard'),
    ).toMatchObject({
      status: 'matched',
      threshold: 0,
    });
    expect(
      (await levels({ ...rule, hard_above: 0, easy_below: -0.7 }, 'hello')).get('load:medium'),
    ).toMatchObject({ status: 'matched', threshold: -0.7 });
  });

  it('can be told that a low margin means hard', async () => {
    const turned = { ...rule, hard_below: -0.3, easy_above: 0.3 };
    expect((await levels(turned, 'hello')).get('load:hard')).toMatchObject({
      status: 'matched',
      value: expect.closeTo(-0.65, 1),
      threshold: -0.3,
    });
    expect((await levels(turned, 'proof')).get('load:easy')).toMatchObject({
      status: 'matched',
      threshold: 0.3,
    });
    expect((await levels(turned, 'letter')).get('load:medium')?.status).toBe('matched');
  });

  it('is named with a level in conditions', () => {
    expect(complexityFamily.conditionNames?.(complexityFamily.schema.parse(rule))).toEqual([
      'load:hard',
      'load:medium',
      'load:easy',
    ]);
  });

  it('is unavailable without a model', async () => {
    expect((await outcome(complexityFamily, rule, 'proof')).status).toBe('unavailable');
  });

  it('reports what cannot work', () => {
    expect(issuesOf(complexityFamily, { ...rule, easy: {} })[0]).toMatch(/easy counts as 0/);
    expect(issuesOf(complexityFamily, { ...rule, name: 'a:b' })[0]).toMatch(/colon/);
    expect(issuesOf(complexityFamily, { ...rule, threshold: 0.75 })[0]).toMatch(/hardly any text/);
    expect(issuesOf(complexityFamily, { ...rule, hard_above: 0.1, easy_below: 0.2 })[0]).toMatch(
      /easy_below/,
    );
    expect(issuesOf(complexityFamily, { ...rule, hard_below: 0, easy_below: 0 })[0]).toMatch(/one pair/);
    expect(issuesOf(complexityFamily, { ...rule, threshold: 0.1 })).toEqual([]);
  });
});
