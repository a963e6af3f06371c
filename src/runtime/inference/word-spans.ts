/**
 * From judged words to stretches of text.
 *
 * @module
 */
import type { WordProbability } from './types.js';

/**
 * Stretches of words with at least `threshold`; neighbours with nothing but white space between them are
 * one. A stretch has the highest probability of its words.
 *
 * @param text The text that the words are of.
 */
export function wordSpans(
  text: string,
  words: readonly WordProbability[],
  threshold: number,
): WordProbability[] {
  const spans: WordProbability[] = [];
  let neighbour = false;
  for (const word of words) {
    const flagged = word.probability >= threshold;
    if (flagged) {
      const last = spans.at(-1);
      if (neighbour && last !== undefined && text.slice(last.end, word.start).trim() === '') {
        const probability = Math.max(last.probability, word.probability);
        spans[spans.length - 1] = { start: last.start, end: word.end, probability };
      } else spans.push(word);
    }
    neighbour = flagged;
  }
  return spans;
}
