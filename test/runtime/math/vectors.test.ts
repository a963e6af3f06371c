import { describe, expect, test } from 'vitest';
import { cosine } from '../../../src/runtime/math/vectors.js';

describe('cosine', () => {
  test('goes by direction alone', () => {
    expect(cosine(Float32Array.of(3, 4), Float32Array.of(6, 8))).toBe(1);
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(0, 2))).toBe(0);
    expect(cosine(Float32Array.of(1, 0), Float32Array.of(-2, 0))).toBe(-1);
  });

  test('is 0 for a zero vector', () => {
    expect(cosine(new Float32Array(2), Float32Array.of(1, 0))).toBe(0);
  });

  test('is never above 1 by rounding', () => {
    expect(cosine(Float32Array.from([1.0001]), Float32Array.from([1.0001]))).toBe(1);
    const vector = Float32Array.from({ length: 384 }, (_, at) => Math.sin(at + 1));
    expect(cosine(vector, vector)).toBeLessThanOrEqual(1);
  });
});
