import { describe, expect, test } from 'vitest';
import { meanOf, nearestRank } from '../../../src/runtime/math/quantiles.js';

describe('quantiles', () => {
  test('are values that were measured', () => {
    const sorted = [1, 2, 3, 10];
    expect([0, 0.5, 0.75, 0.9, 1].map((share) => nearestRank(sorted, share))).toEqual([1, 2, 3, 10, 10]);
    expect(nearestRank([7, 8, 9], 0.5)).toBe(8);
  });

  test('of nothing are nothing, and the mean is 0', () => {
    expect(nearestRank([], 0.5)).toBeUndefined();
    expect(meanOf([])).toBe(0);
    expect(meanOf([1, 2, 6])).toBe(3);
  });
});
