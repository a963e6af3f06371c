import { describe, expect, test } from 'vitest';
import {
  clampToUnit,
  logistic,
  mostProbable,
  sigmoid,
  softmax,
} from '../../../src/runtime/math/probabilities.js';

describe('probabilities', () => {
  test('of labels that exclude each other sum to 1, however large the logits', () => {
    const [first = 0, second = 0, third = 0] = softmax(Float32Array.of(1000, 999, -1000), 1);
    expect(first + second + third).toBeCloseTo(1);
    expect(first / second).toBeCloseTo(Math.E);
    expect(third).toBe(0);
  });

  test('come nearer to each other with the temperature', () => {
    expect(softmax(Float32Array.of(2, 0), 2)).toEqual(softmax(Float32Array.of(1, 0), 1));
    expect(sigmoid(Float32Array.of(2), 2)).toEqual([logistic(1)]);
  });

  test('stay in [0, 1]', () => {
    expect([-1e-9, 0.5, 1.0000001, Number.NaN].map(clampToUnit)).toEqual([0, 0.5, 1, 0]);
    expect([logistic(-1000), logistic(0), logistic(1000)]).toEqual([0, 0.5, 1]);
  });
});

describe('mostProbable', () => {
  test('takes the greatest, of equals the first', () => {
    expect(
      mostProbable([
        ['a', 0.2],
        ['b', 0.4],
        ['c', 0.4],
      ]),
    ).toEqual(['b', 0.4]);
  });

  test('has nothing to take of nothing', () => {
    expect(mostProbable([])).toBeUndefined();
  });
});
