import { describe, expect, it } from 'vitest';
import { wordSpans } from '../../../src/runtime/inference/word-spans.js';

/** Spans of the words of `text` (separated by spaces or commas) with these probabilities. */
function spans(text: string, probabilities: readonly number[]): string[] {
  const words = [...text.matchAll(/[^ ,]+/g)].map((match, i) => ({
    start: match.index,
    end: match.index + match[0].length,
    probability: probabilities[i] ?? 0,
  }));
  return wordSpans(text, words, 0.5).map(
    ({ start, end, probability }) => `${text.slice(start, end)} ${probability}`,
  );
}

describe('wordSpans', () => {
  it('joins flagged neighbours over white space, with the highest probability', () => {
    expect(spans('it is  very red', [0.1, 0.5, 0.9, 0.6])).toEqual(['is  very red 0.9']);
  });

  it('does not join over a word that is not flagged, or over other characters', () => {
    expect(spans('a b c', [0.9, 0.1, 0.8])).toEqual(['a 0.9', 'c 0.8']);
    expect(spans('a, b', [0.9, 0.8])).toEqual(['a 0.9', 'b 0.8']);
  });

  it('gives nothing for nothing', () => {
    expect(spans('a b', [0.4, 0.1])).toEqual([]);
    expect(wordSpans('', [], 0.5)).toEqual([]);
  });
});
