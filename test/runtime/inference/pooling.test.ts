import { describe, expect, test } from 'vitest';
import { type EmbeddingOutput, pooled } from '../../../src/runtime/inference/pooling.js';

const output: EmbeddingOutput = {
  model: 'test',
  output: 'last_hidden_state',
  length: 2,
  per: 'token',
  pooling: 'mean',
  dimension: 2,
  normalised: false,
};

/** Three tokens of two floats. */
const tokens = Float32Array.of(3, 4, 0, 0, 6, 0);

describe('one vector of the vectors of tokens', () => {
  test.each([
    ['mean', [9, 4]],
    ['cls', [3, 4]],
    ['last', [6, 0]],
  ] as const)('%s', (pooling, direction) => {
    const length = Math.hypot(...direction);
    const [x = 0, y = 0] = pooled({ ...output, pooling }, tokens);
    expect(x).toBeCloseTo(direction[0] / length, 6);
    expect(y).toBeCloseTo(direction[1] / length, 6);
  });
});

test('the first floats are scaled by themselves', () => {
  expect([
    ...pooled({ ...output, per: 'text', pooling: 'given', dimension: 1 }, Float32Array.of(-3, 4)),
  ]).toEqual([-1]);
});

test('what the graph has scaled is left as it is, in memory of its own', () => {
  const given = Float32Array.of(0.1, 0.2);
  const vector = pooled({ ...output, per: 'text', pooling: 'given', normalised: true }, given);
  expect(vector).toEqual(given);
  expect(vector.buffer).not.toBe(given.buffer);
});

test('a vector of zeros stays one, and what is no number is refused', () => {
  expect([...pooled(output, Float32Array.of(0, 0))]).toEqual([0, 0]);
  expect(() => pooled(output, Float32Array.of(Number.NaN, 0))).toThrow(
    /test gave logits that are not finite/,
  );
});
