import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AhoCorasick } from '../../../src/runtime/signals/aho-corasick.js';

const word = /[\p{L}\p{M}\p{Nd}_]/u;
const unspaced = /[\p{scx=Han}\p{scx=Thai}]/u;
const isEdged = (character: string | undefined) =>
  character !== undefined && word.test(character) && !unspaced.test(character);

/** Every end of every keyword, by trying all positions. */
function naive(keywords: readonly string[], text: string): string[] {
  const characters = [...text.replace(/\s+/gu, ' ')];
  return keywords.flatMap((keyword, index) => {
    const parts = [...keyword];
    const hits: string[] = [];
    for (let at = 0; at + parts.length <= characters.length; at += 1) {
      if (parts.some((part, offset) => characters[at + offset] !== part)) continue;
      if (isEdged(parts[0]) && isEdged(characters[at - 1])) continue;
      if (isEdged(parts.at(-1)) && isEdged(characters[at + parts.length])) continue;
      hits.push(`${index}:${characters.slice(0, at + parts.length).join('')}`);
    }
    return hits;
  });
}

const characters = fc.constantFrom('a', 'b', 'ab', 'é', '_', '+', '.', '🚀', '好', '你', 'ไ', '𐐷');
const keywordArbitrary = fc
  .array(fc.oneof(characters, fc.constant(' ')), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('').trim().replace(/ +/g, ' '))
  .filter((keyword) => keyword !== '');
const textArbitrary = fc
  .array(fc.oneof({ weight: 4, arbitrary: characters }, fc.constantFrom(' ', '\n ', '\u3000\t')), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));

describe('the automaton', () => {
  it('finds what trying every keyword at every position finds', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(keywordArbitrary, { minLength: 1, maxLength: 8 }),
        textArbitrary,
        (keywords, text) => {
          const automaton = new AhoCorasick(keywords);
          const hits: string[] = [];
          automaton.scan(text, (keyword, end) => {
            hits.push(`${keyword}:${text.slice(0, end).replace(/\s+/gu, ' ')}`);
            return false;
          });
          expect(hits.sort()).toEqual(naive(keywords, text).sort());
          const found = naive(keywords, text).map((hit) => Number(hit.split(':')[0]));
          expect(Array.from(automaton.findAll(text))).toEqual(
            keywords.map((_, index) => (found.includes(index) ? 1 : 0)),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('finds keywords that overlap or contain one another', () => {
    expect(Array.from(new AhoCorasick(['a b', 'b c', 'b', 'a b c', 'c d']).findAll('a b c'))).toEqual([
      1, 1, 1, 1, 0,
    ]);
  });

  it('handles no keywords, an empty text and lone surrogates', () => {
    expect(Array.from(new AhoCorasick([]).findAll('text'))).toEqual([]);
    expect(Array.from(new AhoCorasick(['a']).findAll(''))).toEqual([0]);
    expect(Array.from(new AhoCorasick(['a', '\ud83d']).findAll('\ud83d a \udc00'))).toEqual([1, 1]);
  });
});
