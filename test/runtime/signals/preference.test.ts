import { describe, expect, it } from 'vitest';
import { preferenceFamily } from '../../../src/runtime/signals/preference.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { encoded, fakeEncoder, issuesOf, userSays } from './fake-request.js';

const vectors: Record<string, readonly number[]> = {
  'about code': [1, 0, 0],
  'fix it': [1, 0, 0],
  'about prose': [0, 1, 0],
  'tell me': [0, 1, 0],
  debug: [0.8, 0.1, 0.59],
  both: [0.7, 0.69, 0.19],
  weather: [0.1, 0.1, 0.99],
};
const code = { name: 'code', description: 'about code', examples: ['fix it'] };
const prose = { name: 'prose', description: 'about prose', examples: ['tell me'] };

async function judge(text: string, ...raw: unknown[]) {
  const fake = fakeEncoder((each) => encoded(vectors[each] ?? [0, 0, 1]));
  const rules = preferenceFamily.compile(
    raw.map((rule) => preferenceFamily.schema.parse(rule)),
    { encoder: fake },
  );
  const request = createSignalRequest(userSays(text), fake);
  return Promise.all(rules.map((rule) => rule.evaluate(request)));
}
const statuses = async (text: string, ...raw: unknown[]) =>
  (await judge(text, ...raw)).map(({ status }) => status);

describe('the preference signal', () => {
  it('matches the nearest route if it is near enough, also without a threshold', async () => {
    expect(await statuses('debug', code, prose)).toEqual(['matched', 'not_matched']);
    expect(await statuses('weather', code, prose)).toEqual(['not_matched', 'not_matched']);
    expect(await statuses('weather', { ...code, threshold: 0 })).toEqual(['not_matched']);
  });

  it('matches every route that is about as near as the best one', async () => {
    expect(await statuses('both', code, prose)).toEqual(['matched', 'matched']);
    const strict = { prototype_scoring: { margin_threshold: 0.05 } };
    expect(await statuses('both', { ...code, ...strict }, { ...prose, ...strict })).toEqual([
      'not_matched',
      'not_matched',
    ]);
  });

  it('has a score that is one half at the threshold', async () => {
    const [found] = await judge('debug', { ...code, threshold: 0.8 });
    expect(found).toMatchObject({ threshold: 0.8, score: expect.closeTo(0.5, 1) });
  });

  it('is unavailable without a model, and asks for something to compare with', () => {
    const [rule] = preferenceFamily.compile([preferenceFamily.schema.parse(code)], { encoder: undefined });
    expect(rule?.evaluate(createSignalRequest(userSays('x'), undefined))).toMatchObject({
      status: 'unavailable',
    });
    expect(issuesOf(preferenceFamily, { name: 'code' })[0]).toMatch(/examples/);
  });
});
