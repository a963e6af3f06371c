import { describe, expect, it } from 'vitest';
import { batchTexts, batchTokens, takeBatch } from '../../../src/runtime/inference/batching.js';

/** Lengths of the batches in which texts of these lengths run. */
function batches(...lengths: number[]): number[][] {
  const waiting = lengths.map((length) => ({ length }));
  const taken: number[][] = [];
  while (waiting.length > 0) taken.push(takeBatch(waiting).map(({ length }) => length));
  return taken;
}

describe('takeBatch', () => {
  it('takes nothing from nothing', () => {
    expect(takeBatch([])).toEqual([]);
  });

  it('puts short texts of similar length together, whatever stands between them', () => {
    expect(batches(10, 300, 12, 3, 20)).toEqual([[10, 12, 20], [300], [3]]);
  });

  it('runs long texts alone', () => {
    expect(batches(100, 100, 512)).toEqual([[100], [100], [512]]);
  });

  it('counts padding into the token limit', () => {
    expect(batches(30, 60, 30, 30)).toEqual([
      [30, 60],
      [30, 30],
    ]);
    expect(60 * 3).toBeGreaterThan(batchTokens);
  });

  it('limits the number of texts', () => {
    expect(batches(...Array.from({ length: batchTexts + 1 }, () => 2)).map((b) => b.length)).toEqual([
      batchTexts,
      1,
    ]);
  });

  it('always takes the oldest', () => {
    expect(batches(512, 2, 2)[0]).toEqual([512]);
  });
});
