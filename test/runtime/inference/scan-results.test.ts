import { describe, expect, it } from 'vitest';
import { mergedSpans } from '../../../src/runtime/inference/scan-results.js';
import type { ScanWindow, TokenSpan } from '../../../src/runtime/inference/types.js';

function window(start: number, spans: readonly TokenSpan[], probabilities: readonly number[]): ScanWindow {
  const head = { model: 'guard', labels: ['benign', 'attack'], probabilities, threshold: 0.5 };
  return {
    start,
    end: start + 100,
    encoded: {
      embedding: new Float32Array(),
      heads: new Map([['guard', head]]),
      spans: new Map([['pii', spans]]),
      tokens: 10,
      truncated: false,
      view: 'whole',
    },
  };
}

const span = (label: string, start: number, end: number, confidence: number): TokenSpan => ({
  label,
  start,
  end,
  confidence,
});

/** Merged spans of two windows at 0 and 80. */
const merge = (first: readonly TokenSpan[], second: readonly TokenSpan[]) =>
  mergedSpans({ windows: [window(0, first, [1, 0]), window(80, second, [1, 0])] }, 'pii');

describe('mergedSpans', () => {
  it('counts what two windows saw once, with the higher confidence', () => {
    expect(merge([span('A', 85, 90, 0.6)], [span('A', 5, 10, 0.8)])).toEqual([span('A', 85, 90, 0.8)]);
    expect(merge([span('A', 85, 90, 0.8)], [span('A', 5, 10, 0.6)])).toEqual([span('A', 85, 90, 0.8)]);
  });

  it('prefers the reading that a border did not cut short', () => {
    expect(merge([span('A', 95, 100, 0.9)], [span('A', 15, 25, 0.6)])).toEqual([span('A', 95, 105, 0.6)]);
    expect(merge([span('A', 70, 85, 0.6)], [span('A', 0, 5, 0.9)])).toEqual([span('A', 70, 85, 0.6)]);
  });

  it('prefers the surer one of two labels', () => {
    expect(merge([span('A', 90, 100, 0.5)], [span('B', 12, 18, 0.9)])).toEqual([span('B', 92, 98, 0.9)]);
  });

  it('keeps neighbours, in the order of the text', () => {
    const first = [span('A', 1, 5, 0.5), span('A', 81, 84, 0.5), span('B', 92, 96, 0.5)];
    const second = [span('A', 5, 9, 0.5), span('B', 12, 16, 0.5), span('C', 30, 40, 0.5)];
    expect(merge(first, second).map(({ label, start }) => `${label}${start}`)).toEqual([
      'A1',
      'A81',
      'A85',
      'B92',
      'C110',
    ]);
  });

  it('replaces several by one that holds them', () => {
    const first = [span('A', 82, 84, 0.5), span('A', 86, 88, 0.5)];
    expect(merge(first, [span('A', 2, 8, 0.4)])).toEqual([span('A', 82, 88, 0.4)]);
  });

  it('is empty for a head that is not there', () => {
    expect(mergedSpans({ windows: [window(0, [span('A', 0, 1, 1)], [1, 0])] }, 'other')).toEqual([]);
  });
});
