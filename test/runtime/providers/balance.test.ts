import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SmoothRoundRobin } from '../../../src/runtime/providers/balance.js';

test('turns of a heavy endpoint are spread, as nginx does it', () => {
  const rotation = new SmoothRoundRobin([5, 1, 1]);
  expect(Array.from({ length: 7 }, () => rotation.next())).toEqual([0, 0, 1, 0, 2, 0, 0]);
});

test('over one cycle everyone gets exactly their weight', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const rotation = new SmoothRoundRobin(weights);
      const counts = weights.map(() => 0);
      for (let turn = 0; turn < total; turn++) {
        const index = rotation.next();
        counts[index] = (counts[index] ?? 0) + 1;
      }
      expect(counts).toEqual(weights);
    }),
  );
});

test('weight 0 and excluded endpoints get nothing', () => {
  expect(new SmoothRoundRobin([0, 0]).next()).toBe(-1);
  const rotation = new SmoothRoundRobin([1, 0, 1]);
  expect(rotation.next((index) => index === 0)).toBe(2);
  expect(rotation.next((index) => index !== 1)).toBe(-1);
});
