import { describe, expect, it } from 'vitest';
import { reaskFamily } from '../../../src/runtime/signals/reask.js';
import { encoded, fakeEncoder, issuesOf, outcome, routingRequest, userSays } from './fake-request.js';

/** Similarity of each text to the axis. */
const angles: Record<string, number> = {
  'how do I bake bread': 1,
  'how can bread be baked': 0.95,
  'bread recipe': 0.85,
  'what is a comet': 0,
  'bake for 20 minutes': 1,
  'bake for 30 minutes': 1,
};
const encoder = () =>
  fakeEncoder((text) => {
    const x = angles[text] ?? 0;
    return encoded([x, Math.sqrt(1 - x * x)]);
  });
const said = (...turns: string[]) =>
  routingRequest(
    turns
      .flatMap((text) => [
        { role: 'user', text },
        { role: 'assistant', text: 'ok' },
      ])
      .slice(0, -1),
  );

describe('the reask signal', () => {
  it('matches the same question in other words', async () => {
    const request = said('how do I bake bread', 'how can bread be baked');
    expect(await outcome(reaskFamily, { name: 'r' }, request, encoder())).toMatchObject({
      status: 'matched',
      value: expect.closeTo(0.95),
      threshold: 0.8,
      evidence: ['messages[0]'],
    });
    expect((await outcome(reaskFamily, { name: 'r', threshold: 0.97 }, request, encoder())).status).toBe(
      'not_matched',
    );
  });

  it('does not match other numbers, however similar', async () => {
    const request = said('bake for 20 minutes', 'bake for 30 minutes');
    expect(await outcome(reaskFamily, { name: 'r' }, request, encoder())).toMatchObject({
      status: 'not_matched',
      value: 0,
      evidence: ['messages[0]: differs (numbers)'],
    });
  });

  it('looks back over as many turns as it says, without a gap', async () => {
    const rule = { name: 'r', lookback_turns: 2 };
    const thrice = said('how can bread be baked', 'bread recipe', 'how do I bake bread');
    const gap = said('how can bread be baked', 'what is a comet', 'how do I bake bread');
    expect(await outcome(reaskFamily, rule, thrice, encoder())).toMatchObject({
      status: 'matched',
      value: expect.closeTo(0.85),
    });
    expect((await outcome(reaskFamily, rule, gap, encoder())).status).toBe('not_matched');
    expect((await outcome(reaskFamily, rule, said('bread recipe', 'bread recipe'), encoder())).status).toBe(
      'not_matched',
    );
  });

  it('needs an earlier turn, and no model before there is one', async () => {
    const fake = encoder();
    expect((await outcome(reaskFamily, { name: 'r' }, userSays('bread recipe'), fake)).status).toBe(
      'not_matched',
    );
    expect(fake.texts).toEqual([]);
    expect((await outcome(reaskFamily, { name: 'r' }, said('bread recipe', 'bread recipe'))).status).toBe(
      'unavailable',
    );
  });

  it('reads 0 as what it is by default', async () => {
    const request = said('bread recipe', 'what is a comet');
    expect(
      await outcome(reaskFamily, { name: 'r', threshold: 0, lookback_turns: 0 }, request, encoder()),
    ).toMatchObject({ status: 'not_matched', threshold: 0.8 });
  });

  it('refuses what makes no sense', () => {
    expect(issuesOf(reaskFamily, { name: 'r', lookback_turns: -1 })).toHaveLength(1);
    expect(issuesOf(reaskFamily, { name: 'r', threshold: 2 })).toHaveLength(1);
  });
});
