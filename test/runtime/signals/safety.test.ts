import { describe, expect, it } from 'vitest';
import { safetyFamily } from '../../../src/runtime/signals/safety.js';
import { encoded, fakeEncoder, issuesOf, outcome } from './fake-request.js';

const encoder = (unsafe: number, weapons: number) => ({
  ...fakeEncoder(() =>
    encoded(
      [],
      [
        { model: 'guard', labels: ['safe', 'unsafe'], probabilities: [1 - unsafe, unsafe], threshold: 0.5 },
        {
          model: 'kinds',
          labels: ['weapons', 'fraud'],
          probabilities: [weapons, 1 - weapons],
          threshold: 0.5,
        },
      ],
    ),
  ),
  heads: ['guard', 'kinds'],
});
const rule = { name: 's', model: 'guard' };

describe('the safety signal', () => {
  it('sums the unsafe labels of the model it names', async () => {
    expect(await outcome(safetyFamily, rule, 'x', encoder(0.8, 0))).toMatchObject({
      status: 'matched',
      score: 0.8,
      threshold: 0.5,
      evidence: ['messages[0] 0..1'],
    });
    expect((await outcome(safetyFamily, rule, 'x', encoder(0.3, 0))).status).toBe('not_matched');
    expect((await outcome(safetyFamily, { ...rule, threshold: 0.2 }, 'x', encoder(0.3, 0))).status).toBe(
      'matched',
    );
  });

  it('needs one of the kinds of hazard if it names any', async () => {
    const hazard = { model: 'kinds', categories: ['weapons'] };
    expect((await outcome(safetyFamily, { ...rule, hazard }, 'x', encoder(0.9, 0.9))).status).toBe('matched');
    expect((await outcome(safetyFamily, { ...rule, hazard }, 'x', encoder(0.9, 0.1))).status).toBe(
      'not_matched',
    );
  });

  it('is unavailable without its model, never safe', async () => {
    const bare = fakeEncoder(() => encoded([1]));
    expect(await outcome(safetyFamily, rule, 'x', bare)).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('guard'),
    });
    expect((await outcome(safetyFamily, { name: 's' }, 'x', bare)).status).toBe('unavailable');
    expect(issuesOf(safetyFamily, { name: 's' })[0]).toMatch(/unavailable/);
  });
});
