import { describe, expect, it } from 'vitest';
import { factCheckFamily } from '../../../src/runtime/signals/fact-check.js';
import { encoded, fakeEncoder, issuesOf, outcome } from './fake-request.js';

const says = (needed: number, threshold = 0.4) =>
  fakeEncoder(() =>
    encoded(
      [1],
      [
        {
          model: 'mom-halugate-sentinel',
          labels: ['NO_FACT_CHECK_NEEDED', 'FACT_CHECK_NEEDED'],
          probabilities: [1 - needed, needed],
          threshold,
        },
      ],
    ),
  );
const needs = { name: 'needs_fact_check' };
const none = { name: 'no_fact_check_needed' };

describe('the fact-check signal', () => {
  it.each([
    [0.7, 'matched', 'not_matched'],
    [0.4, 'matched', 'not_matched'],
    [0.3, 'not_matched', 'matched'],
  ])('with probability %d matches exactly one of its names', async (needed, needsStatus, noneStatus) => {
    const first = await outcome(factCheckFamily, needs, 'x', says(needed));
    const second = await outcome(factCheckFamily, none, 'x', says(needed));
    expect(first).toMatchObject({ status: needsStatus, score: needed, threshold: 0.4 });
    expect(second).toMatchObject({ status: noneStatus, score: 1 - needed });
  });

  it("takes the rule's threshold before the configured one before the model's", async () => {
    const thresholds = { 'fact-check': 0.85 };
    expect(await outcome(factCheckFamily, needs, 'x', says(0.8), { thresholds })).toMatchObject({
      status: 'not_matched',
      threshold: 0.85,
    });
    const own = { ...needs, threshold: 0.75 };
    expect(await outcome(factCheckFamily, own, 'x', says(0.8), { thresholds })).toMatchObject({
      status: 'matched',
      threshold: 0.75,
    });
  });

  it('is unavailable without the model or its head, and costs nothing for an empty text', async () => {
    expect((await outcome(factCheckFamily, needs, 'x')).status).toBe('unavailable');
    const bare = fakeEncoder(() => encoded([1]));
    expect(await outcome(factCheckFamily, needs, 'x', bare)).toMatchObject({ status: 'unavailable' });
    const encoder = says(1);
    expect((await outcome(factCheckFamily, needs, ' ', encoder)).status).toBe('not_matched');
    expect(encoder.texts).toEqual([]);
  });

  it('says which names there are', () => {
    expect(issuesOf(factCheckFamily, { name: 'needs_factcheck' })[0]).toMatch(/needs_fact_check/);
    expect(issuesOf(factCheckFamily, needs, none)).toEqual([]);
  });
});
