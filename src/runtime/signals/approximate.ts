/**
 * What the approximate keyword methods (`fuzzy`, `ngram`) share: how a keyword of one or more words is
 * searched in a text whose distinct words have been scored one by one.
 *
 * @module
 */
import { type WordSequence, wordList } from './words.js';

/** Looks at a text's words and tells, per keyword, the best similarity in [0, 1], or -1 for no match. */
export interface ApproximateMatcher {
  /** Index of `keywords` → similarity. */
  match(words: WordSequence): Float64Array;
}

/**
 * How well each distinct word of the text stands for one keyword word: `similarity` −1 if it does not,
 * `cost` is whatever the method limits the sum of.
 */
export interface WordScorer {
  /** Calls `hit` for every vocabulary word that is near enough to the keyword word. */
  score(
    vocabulary: readonly string[],
    keywordWord: string,
    hit: (word: number, similarity: number, cost: number) => void,
  ): void;
  /** Largest total cost that a keyword of these words may have. */
  costLimit(keywordWords: readonly string[]): number;
}

/**
 * A keyword of m words matches where m consecutive words of the text are each near enough and their
 * total cost stays within the keyword's limit; its similarity is the mean over the words. Time is linear
 * in the words of the text for each keyword.
 */
export function approximateMatcher(keywords: readonly string[], scorer: WordScorer): ApproximateMatcher {
  const split = keywords.map(wordList);
  return {
    match(words) {
      const scored = new Map<string, Map<number, readonly [similarity: number, cost: number]>>();
      const hitsOf = (keywordWord: string) => {
        let hits = scored.get(keywordWord);
        if (hits === undefined) {
          const fresh = new Map<number, readonly [number, number]>();
          scorer.score(words.vocabulary, keywordWord, (word, similarity, cost) =>
            fresh.set(word, [similarity, cost]),
          );
          scored.set(keywordWord, fresh);
          hits = fresh;
        }
        return hits;
      };
      return Float64Array.from(split, (parts) => {
        const [first] = parts;
        if (first === undefined) return -1;
        const firstHits = hitsOf(first);
        if (firstHits.size === 0) return -1;
        let best = -1;
        const limit = scorer.costLimit(parts);
        if (parts.length === 1) {
          for (const [similarity, cost] of firstHits.values())
            if (cost <= limit) best = Math.max(best, similarity);
          return best;
        }
        const hits = parts.map(hitsOf);
        if (hits.some((words) => words.size === 0)) return -1;
        for (let start = 0; start + parts.length <= words.sequence.length; start += 1) {
          let similarity = 0;
          let cost = 0;
          for (let at = 0; at < hits.length; at += 1) {
            const hit = hits[at]?.get(words.sequence[start + at] ?? -1);
            cost = hit === undefined ? Number.POSITIVE_INFINITY : cost + hit[1];
            if (cost > limit) break;
            similarity += hit?.[0] ?? 0;
          }
          if (cost <= limit) best = Math.max(best, similarity / parts.length);
        }
        return best;
      });
    },
  };
}
