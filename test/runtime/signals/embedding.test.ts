import { describe, expect, it } from 'vitest';
import { embeddingFamily } from '../../../src/runtime/signals/embedding.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { encoded, fakeEncoder, issuesOf, outcome, userSays } from './fake-request.js';

const vectors: Record<string, readonly number[]> = {
  query: [1, 0],
  near: [0.8, 0.6],
  far: [0, 1],
  opposite: [-1, 0],
};
const encoder = () => fakeEncoder((text) => encoded(vectors[text] ?? [0, 0]));
const rule = (candidates: string[], more: Record<string, unknown> = {}) => ({
  name: 'e',
  threshold: 0.7,
  candidates,
  ...more,
});

describe('the embedding signal', () => {
  it.each([
    [undefined, 0.8, 'matched'],
    ['max', 0.8, 'matched'],
    ['any', 0.8, 'matched'],
    ['mean', 0.4, 'not_matched'],
  ])('aggregates by %s', async (method, score, status) => {
    const more = method === undefined ? {} : { aggregation_method: method };
    const found = await outcome(embeddingFamily, rule(['far', 'near'], more), 'query', encoder());
    expect(found).toMatchObject({ status, threshold: 0.7, evidence: ['near'] });
    expect(found.status !== 'unavailable' && found.score).toBeCloseTo(score);
  });

  it('clips the score but not the value', async () => {
    expect(await outcome(embeddingFamily, rule(['opposite']), 'query', encoder())).toMatchObject({
      status: 'not_matched',
      score: 0,
      value: -1,
    });
  });

  it('embeds each candidate once for all rules and requests', async () => {
    const fake = encoder();
    const rules = embeddingFamily.compile(
      [rule(['near', 'far']), rule(['near'])].map((raw) => embeddingFamily.schema.parse(raw)),
      { encoder: fake },
    );
    for (let round = 0; round < 2; round += 1) {
      const request = createSignalRequest(userSays('query'), fake);
      const found = await Promise.all(rules.map((compiled) => compiled.evaluate(request)));
      expect(found.map(({ status }) => status)).toEqual(['matched', 'matched']);
    }
    expect(fake.texts.sort()).toEqual(['far', 'near', 'query', 'query']);
  });

  it('tries a candidate again that could not be embedded', async () => {
    let failing = true;
    const fake = fakeEncoder((text) => {
      if (text === 'near' && failing) throw new Error('busy');
      return encoded(vectors[text] ?? []);
    });
    const [compiled] = embeddingFamily.compile([embeddingFamily.schema.parse(rule(['near']))], {
      encoder: fake,
    });
    const ask = () => compiled?.evaluate(createSignalRequest(userSays('query'), fake));
    expect(await ask()).toEqual({ status: 'unavailable', reason: 'busy' });
    failing = false;
    expect(await ask()).toMatchObject({ status: 'matched' });
  });

  it('is unavailable without a model', async () => {
    expect(await outcome(embeddingFamily, rule(['near']), 'query')).toMatchObject({ status: 'unavailable' });
  });

  it('reports what the schema does not allow', () => {
    expect(issuesOf(embeddingFamily, rule([]))).toHaveLength(1);
    expect(issuesOf(embeddingFamily, rule(['a', ' ']))).toHaveLength(1);
    expect(issuesOf(embeddingFamily, rule(['a'], { threshold: 1.5 }))).toHaveLength(1);
    expect(issuesOf(embeddingFamily, rule(['a'], { query_modality: 'image' }))).toHaveLength(1);
  });
});

describe('embedding rules with more than candidates', () => {
  it('hold back a text that is nearer to a negative candidate', async () => {
    const found = await outcome(
      embeddingFamily,
      rule(['near'], { negative_candidates: ['query'] }),
      'query',
      encoder(),
    );
    expect(found).toMatchObject({ status: 'not_matched', value: expect.closeTo(-0.2) });
    expect(
      (await outcome(embeddingFamily, rule(['near'], { negative_candidates: ['far'] }), 'query', encoder()))
        .status,
    ).toBe('matched');
  });

  it('blend candidates if asked to', async () => {
    const scoring = { prototype_scoring: { best_weight: 0.5 } };
    const found = await outcome(embeddingFamily, rule(['near', 'far'], scoring), 'query', encoder());
    expect(found).toMatchObject({ status: 'not_matched', value: expect.closeTo(0.6), evidence: ['near'] });
  });
});

describe('embedding rules judged together', () => {
  const judge = async (embeddingMatching: { softThreshold?: number; topK?: number }) => {
    const fake = encoder();
    const raw = [
      rule(['near'], { name: 'a', threshold: 0.9 }),
      rule(['far'], { name: 'b', threshold: 0.9 }),
      rule(['near', 'far'], { name: 'c', threshold: 0.95 }),
    ];
    const rules = embeddingFamily.compile(
      raw.map((one) => embeddingFamily.schema.parse(one)),
      {
        encoder: fake,
        embeddingMatching: { softThreshold: embeddingMatching.softThreshold, topK: embeddingMatching.topK },
      },
    );
    const request = createSignalRequest(userSays('query'), fake);
    const found = await Promise.all(rules.map((one) => one.evaluate(request)));
    return found.map(({ status }) => status);
  };

  it('match from a lower threshold on if none reaches its own', async () => {
    expect(await judge({})).toEqual(['not_matched', 'not_matched', 'not_matched']);
    expect(await judge({ softThreshold: 0.5 })).toEqual(['matched', 'not_matched', 'matched']);
    expect(await judge({ softThreshold: 0.85 })).toEqual(['not_matched', 'not_matched', 'not_matched']);
  });

  it('are as many as asked for', async () => {
    expect(await judge({ softThreshold: 0.5, topK: 1 })).toEqual(['matched', 'not_matched', 'not_matched']);
  });
});
