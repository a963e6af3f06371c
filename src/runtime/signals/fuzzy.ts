/**
 * `method: fuzzy`: keywords with typing errors.
 *
 * @module
 */

import { editDistance } from '../text/edit-distance.js';
import { type ApproximateMatcher, approximateMatcher } from './approximate.js';

/**
 * Edits that a word may differ by: a short word would otherwise match nearly anything (`AI` is two edits
 * from every two-letter word, and from many of four letters).
 */
export function allowedEdits(length: number, threshold: number): number {
  if (length <= 2) return 0;
  return length <= 5 ? Math.min(1, threshold) : threshold;
}

/** Which letters a word has, hashed into 32 bits. */
function letterMask(word: string): number {
  let mask = 0;
  for (let i = 0; i < word.length; i += 1) mask |= 1 << (word.charCodeAt(i) & 31);
  return mask;
}

function bitCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Matches by Damerau–Levenshtein distance, word by word; the distances of a phrase add up. Similarity
 * is 1 − distance / length of the longer word.
 */
export function fuzzyMatcher(keywords: readonly string[], threshold: number): ApproximateMatcher {
  return approximateMatcher(keywords, {
    score(vocabulary, keywordWord, hit) {
      const limit = allowedEdits(keywordWord.length, threshold);
      const mask = letterMask(keywordWord);
      for (let number = 0; number < vocabulary.length; number += 1) {
        const word = vocabulary[number] ?? '';
        if (Math.abs(word.length - keywordWord.length) > limit) continue;
        // One edit brings in at most one letter that the other word lacks, so most words drop out here.
        const letters = letterMask(word);
        if (bitCount(letters & ~mask) > limit || bitCount(mask & ~letters) > limit) continue;
        const distance = editDistance(word, keywordWord, limit);
        if (distance <= limit)
          hit(number, 1 - distance / Math.max(word.length, keywordWord.length), distance);
      }
    },
    costLimit: (words) => Math.max(0, ...words.map((word) => allowedEdits(word.length, threshold))),
  });
}
