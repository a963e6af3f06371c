import { describe, expect, it } from 'vitest';
import {
  overlapPieces,
  pieceSegments,
  pieceWindows,
  planChunk,
} from '../../../src/runtime/inference/windows.js';
import { toyTokenizer } from './toy.js';

const capacity = 510;

/** Windows of a text that is planned in stretches of `size` units. */
function plan(text: string, size: number, room = capacity): string[] {
  const windows: string[] = [];
  let covered = 0;
  for (let start = 0; ; ) {
    const end = Math.min(text.length, start + size);
    const chunk = text.slice(start, end);
    const { windows: found, next } = planChunk(chunk, toyTokenizer.pieces(chunk), room, end === text.length);
    for (const window of found) {
      const from = start + window.start;
      expect(from).toBeLessThanOrEqual(covered);
      covered = Math.max(covered, start + window.end);
      windows.push(text.slice(from, start + window.end));
    }
    if (end === text.length) break;
    expect(next).toBeGreaterThan(0);
    start += next;
  }
  expect(covered).toBe(text.length);
  for (const window of windows) expect(toyTokenizer.pieces(window).ids.length).toBeLessThanOrEqual(room);
  return windows;
}

describe('planChunk', () => {
  it('gives one window for a text that fits, to its very ends', () => {
    expect(plan(' word word. ', 1000)).toEqual([' word word. ']);
    expect(plan('', 1000)).toEqual(['']);
    expect(plan('word '.repeat(capacity), 5000)).toHaveLength(1);
  });

  it('covers a long text with windows that overlap', () => {
    const text = 'john smith meets the x-ray corp, alpha.omega! '.repeat(400);
    const windows = plan(text, 6000);
    let at = 0;
    for (const [i, window] of windows.entries()) {
      const start = text.indexOf(window, i === 0 ? 0 : at - 1500);
      if (i > 0) {
        const shared = text.slice(text.indexOf(window, at - 700), at);
        expect(toyTokenizer.pieces(shared).ids.length).toBeGreaterThanOrEqual(overlapPieces);
      }
      at = start + window.length;
    }
  });

  it('cuts where white space is, if there is some near', () => {
    const windows = plan('un.able-corp@acme '.repeat(500), 4000);
    for (const window of windows) expect(window).toMatch(/^un.*acme $/s);
  });

  it('cuts between words where no white space is', () => {
    for (const window of plan('john.'.repeat(800), 100_000))
      expect(window).toMatch(/^(\.?)(john\.)*(john)?$/);
  });

  it.each([
    ['nothing but white space', ' '.repeat(5000)],
    ['one endless word', 'z'.repeat(5000)],
    ['emoji without end', '😀'.repeat(2500)],
    ['long words', `${'ab'.repeat(50)} `.repeat(60)],
    ['text of ideographs', '中文'.repeat(1500)],
    ['a short word and a long gap', `a${' '.repeat(3000)}b${' '.repeat(3000)}`],
  ])('makes progress through %s', (_, text) => {
    for (const size of [333, 1000, 100_000]) plan(text, size);
  });

  it('works with very small windows', () => {
    plan('word word, word '.repeat(30), 64, 6);
    plan('ababababab '.repeat(30), 64, 6);
  });

  it('does not cut a pair of surrogates', () => {
    expect(plan('😀'.repeat(50), 33).every((window) => !/^[\udc00-\udfff]/.test(window))).toBe(true);
  });
});

describe('pieceWindows and pieceSegments', () => {
  const pieces = toyTokenizer.pieces('johnson smith '.repeat(300));

  it.each([192, 300])('overlap, or follow on one another, without splitting words: %i', (room) => {
    const windows = pieceWindows(pieces, room);
    expect(windows[0]?.from).toBe(0);
    expect(windows.at(-1)?.to).toBe(pieces.ids.length);
    for (const [i, { from, to }] of windows.entries()) {
      expect(to - from).toBeLessThanOrEqual(room);
      expect(pieces.continues[from]).toBe(0);
      const next = windows[i + 1];
      if (next !== undefined) expect(to - next.from).toBeGreaterThanOrEqual(overlapPieces);
    }
    const segments = pieceSegments(pieces, 160);
    expect(segments.map(({ from }) => from)).toEqual([0, ...segments.slice(0, -1).map(({ to }) => to)]);
    expect(segments.every(({ from, to }) => to - from <= 160 && pieces.continues[from] === 0)).toBe(true);
  });

  it('give an empty window, and no segment, for no pieces', () => {
    const none = toyTokenizer.pieces('');
    expect(pieceWindows(none, 300)).toEqual([{ from: 0, to: 0 }]);
    expect(pieceSegments(none, 300)).toEqual([]);
  });
});
