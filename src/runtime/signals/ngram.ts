/**
 * `method: ngram`: keywords by overlap of character n-grams.
 *
 * @module
 */
import { type ApproximateMatcher, approximateMatcher } from './approximate.js';

// A unit that cannot be part of a word marks its beginning and end.
const pad = '\0';

/** Character n-grams of a word padded on both sides with n−1 marks, with their counts. */
function gramsOf(word: string, arity: number): Map<string, number> {
  const padding = pad.repeat(arity - 1);
  const padded = padding + word + padding;
  const grams = new Map<string, number>();
  for (let at = 0; at + arity <= padded.length; at += 1) {
    const gram = padded.slice(at, at + arity);
    grams.set(gram, (grams.get(gram) ?? 0) + 1);
  }
  return grams;
}

/**
 * Jaccard index of the multisets of padded character n-grams: shared / (all − shared), as in the `ngram`
 * and `ngrammatic` libraries, whose thresholds are thus comparable. Padding makes beginnings and ends
 * weigh more than the middle. `grams` are those of one word, `total` in number.
 */
function similarity(grams: ReadonlyMap<string, number>, total: number, word: string, arity: number): number {
  let shared = 0;
  const others = gramsOf(word, arity);
  for (const [gram, count] of others) shared += Math.min(count, grams.get(gram) ?? 0);
  return shared / (total + word.length + arity - 1 - shared);
}

/** Each word of a keyword must reach `threshold` by the Jaccard index of n-grams with a word of the text. */
export function ngramMatcher(
  keywords: readonly string[],
  threshold: number,
  arity: number,
): ApproximateMatcher {
  return approximateMatcher(keywords, {
    score(vocabulary, keywordWord, hit) {
      const grams = gramsOf(keywordWord, arity);
      const total = keywordWord.length + arity - 1;
      for (let number = 0; number < vocabulary.length; number += 1) {
        const word = vocabulary[number] ?? '';
        // Even if the shorter word's grams are all shared, the index cannot exceed the ratio of sizes.
        const size = word.length + arity - 1;
        if (Math.min(size, total) < threshold * Math.max(size, total)) continue;
        const value = similarity(grams, total, word, arity);
        if (value >= threshold) hit(number, value, 0);
      }
    },
    costLimit: () => 0,
  });
}
