/**
 * `method: bm25`: keywords by shared terms, weighted by how telling a term is.
 *
 * @module
 */
import { isUnspacedCharacter } from './characters.js';
import { isStopWord, stem } from './stemming.js';
import { type WordSequence, wordList } from './words.js';

// The usual choice of S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and
// Beyond", 2009, §3.4.
const k1 = 1.2;
const b = 0.75;

function isUnspacedWord(word: string): boolean {
  return isUnspacedCharacter(word.codePointAt(0) ?? 0);
}

/** Stems without stop words; a keyword of stop words alone keeps them. */
function keywordTerms(keyword: string): string[] {
  const words = wordList(keyword);
  const telling = words.filter((word) => !isStopWord(word));
  const kept = (telling.length > 0 ? telling : words).map(stem);
  return joinUnspaced(kept);
}

/** Characters of scripts without spaces say little alone: terms are pairs of neighbours, as in Lucene's CJK analysis. */
function joinUnspaced(words: readonly string[]): string[] {
  const terms: string[] = [];
  words.forEach((word, at) => {
    const next = words[at + 1];
    const previous = words[at - 1];
    if (!isUnspacedWord(word)) terms.push(word);
    else if (next !== undefined && isUnspacedWord(next)) terms.push(word + next);
    else if (previous === undefined || !isUnspacedWord(previous)) terms.push(word);
  });
  return terms;
}

/** Terms of the text, each once; single characters too, for keywords of one character. */
export function textTerms({ vocabulary, sequence }: WordSequence): ReadonlySet<string> {
  const terms = new Set<string>();
  const unspaced = new Uint8Array(vocabulary.length);
  vocabulary.forEach((word, number) => {
    terms.add(stem(word));
    unspaced[number] = isUnspacedWord(word) ? 1 : 0;
  });
  for (let at = 1; at < sequence.length; at += 1) {
    const left = sequence[at - 1] ?? 0;
    const right = sequence[at] ?? 0;
    if (unspaced[left] === 1 && unspaced[right] === 1)
      terms.add((vocabulary[left] ?? '') + (vocabulary[right] ?? ''));
  }
  return terms;
}

/**
 * Scores each keyword of a rule against a text. The keyword is the document and the text the query:
 *
 *     score(k) = Σ over terms t of k that the text has:  idf(t) · tf(t,k)·(k1+1) / (tf(t,k) + k1·(1 − b + b·|k|/avg))
 *     idf(t)   = ln(1 + (N − n(t) + 0.5) / (n(t) + 0.5))
 *
 * with N keywords in the rule, n(t) of them having t, |k| the terms of k and avg their mean. The idf is
 * Lucene's, which stays positive when every keyword has the term. So a term shared by many keywords of
 * the rule counts little, and the length of the text does not matter.
 */
export function bm25Scorer(keywords: readonly string[]): (terms: ReadonlySet<string>) => Float64Array {
  const documents = keywords.map(keywordTerms);
  const frequency = new Map<string, number>();
  let length = 0;
  for (const document of documents) {
    length += document.length;
    for (const term of new Set(document)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
  const average = length / Math.max(1, documents.length);
  const weights = documents.map((document) => {
    const counts = new Map<string, number>();
    for (const term of document) counts.set(term, (counts.get(term) ?? 0) + 1);
    return Array.from(counts, ([term, tf]) => {
      const n = frequency.get(term) ?? 0;
      const idf = Math.log(1 + (documents.length - n + 0.5) / (n + 0.5));
      const norm = 1 - b + (b * document.length) / average;
      return { term, weight: (idf * tf * (k1 + 1)) / (tf + k1 * norm) };
    });
  });
  return (terms) =>
    Float64Array.from(weights, (parts) =>
      parts.reduce((sum, { term, weight }) => (terms.has(term) ? sum + weight : sum), 0),
    );
}
