import { describe, expect, it } from 'vitest';
import {
  excerptOf,
  originalOffset,
  scanLimit,
  selectPieces,
} from '../../../src/runtime/inference/text-view.js';
import { toyTokenizer } from './toy.js';

const select = (text: string, capacity = 510) => {
  const excerpt = excerptOf(text);
  return selectPieces(toyTokenizer.pieces(excerpt.text), capacity, excerpt);
};

describe('selectPieces', () => {
  it('takes all pieces that fit', () => {
    expect(select('word '.repeat(510))).toEqual({
      ranges: [{ from: 0, to: 510 }],
      view: 'whole',
      total: 510,
    });
    expect(select('')).toEqual({ ranges: [{ from: 0, to: 0 }], view: 'whole', total: 0 });
  });

  it('takes a third each of the beginning, the middle and the end', () => {
    expect(select('word '.repeat(1000), 30)).toEqual({
      ranges: [
        { from: 0, to: 10 },
        { from: 495, to: 505 },
        { from: 990, to: 1000 },
      ],
      view: 'head-middle-tail',
      total: 1000,
    });
  });

  it.each([510, 511, 512, 6, 7, 8])('takes no piece twice when a text is one too long for %i', (capacity) => {
    const { ranges } = select('word '.repeat(capacity + 1), capacity);
    let end = 0;
    for (const { from, to } of ranges) {
      expect(from).toBeGreaterThanOrEqual(end);
      end = to;
    }
  });
});

describe('excerptOf', () => {
  it('keeps three parts of a huge text, and knows where they come from', () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `${i} `).join('');
    const excerpt = excerptOf(text);
    expect(excerpt.text.length).toBeLessThanOrEqual(scanLimit);
    for (const { at, start } of excerpt.parts) {
      expect(excerpt.text.slice(at, at + 1000)).toBe(text.slice(start, start + 1000));
      expect(originalOffset(excerpt, at + 7)).toBe(start + 7);
    }
    expect(excerpt.text.endsWith(text.slice(-1000))).toBe(true);
  });

  it('estimates the number of pieces of a huge text', () => {
    const { total, view } = select('word '.repeat(100_000));
    expect(view).toBe('head-middle-tail');
    expect(Math.abs(total - 100_000)).toBeLessThan(100);
  });

  it.each([
    ['head', 0],
    ['middle', 1],
    ['tail', 2],
  ])('works when the %s is nothing but white space', (_, blank) => {
    const parts = ['a ', 'b ', 'c '].map((word, i) => (i === blank ? '  ' : word).repeat(50_000));
    const { ranges } = select(parts.join(''));
    expect(ranges.map(({ from, to }) => to - from)).toEqual(
      [170, 170, 170].map((n, i) => (i === blank ? 0 : n)),
    );
  });

  it('is the text itself up to the limit', () => {
    const text = 'a'.repeat(scanLimit);
    expect(excerptOf(text)).toEqual({ text, parts: [{ at: 0, start: 0 }], units: scanLimit });
  });
});
