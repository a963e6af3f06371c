import { describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../../src/runtime/policy/wilson.js';

describe('the interval of a share', () => {
  it('is that of the tables', () => {
    const [low, high] = wilsonInterval(8, 10) ?? [];
    expect(low).toBeCloseTo(0.4902, 4);
    expect(high).toBeCloseTo(0.9433, 4);
  });

  it('does not claim certainty where every row was right', () => {
    expect(wilsonInterval(13, 13)?.[0]).toBeCloseTo(0.7719, 4);
    expect(wilsonInterval(13, 13)?.[1]).toBeCloseTo(1);
    expect(wilsonInterval(0, 0)).toBeUndefined();
  });
});
