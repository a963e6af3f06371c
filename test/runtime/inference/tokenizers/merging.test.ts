import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Merges, mergeSymbols } from '../../../../src/runtime/inference/tokenizers/models/merging.js';
import { PairTable } from '../../../../src/runtime/inference/tokenizers/pair-table.js';

type Pair = readonly [number, number];

/** Merges of symbols 0 to 3 and of what they make: merge i makes symbol 4 + i. */
function mergesOf(pairs: readonly Pair[]): { merges: Merges; lookups: () => number } {
  const table = new PairTable(pairs.length);
  for (const [rank, [left, right]] of pairs.entries()) table.set(left, right, rank);
  let lookups = 0;
  return {
    merges: {
      rank(left, right) {
        lookups++;
        return table.get(left, right);
      },
      result: (rank) => 4 + rank,
    },
    lookups: () => lookups,
  };
}

function merged(
  symbols: readonly number[],
  merges: Merges,
): { ids: number[]; starts: number[]; ends: number[] } {
  const ids = Int32Array.from(symbols);
  const starts = Int32Array.from(symbols, (_, i) => i);
  const ends = Int32Array.from(symbols, (_, i) => i + 1);
  const count = mergeSymbols({ ids, starts, ends }, symbols.length, merges);
  return {
    ids: [...ids.slice(0, count)],
    starts: [...starts.slice(0, count)],
    ends: [...ends.slice(0, count)],
  };
}

/** By the definition: again and again the earliest merge there is, the leftmost of equal ones. */
function mergedSlowly(symbols: readonly number[], pairs: readonly Pair[]): number[] {
  const ids = [...symbols];
  for (;;) {
    const ranks = ids.map((id, i) => pairs.findLastIndex(([a, b]) => a === id && b === ids[i + 1]));
    const possible = ranks.filter((rank) => rank >= 0);
    if (possible.length === 0) return ids;
    const rank = Math.min(...possible);
    ids.splice(ranks.indexOf(rank), 2, 4 + rank);
  }
}

const symbols = fc.array(fc.nat(3), { maxLength: 40 });
const pairs = fc
  .array(fc.tuple(fc.nat(15), fc.nat(15)), { maxLength: 12 })
  // A merge can only join what is there before it, as in any file.
  .map((list) => list.map(([a, b], i): Pair => [a % (4 + i), b % (4 + i)]))
  .map((list) => list.filter(([a, b], i) => list.findIndex(([c, d]) => a === c && b === d) === i))
  .filter((list) => list.every(([a, b], i) => a < 4 + i && b < 4 + i));

describe('mergeSymbols', () => {
  it('does what the definition says, and covers the word', () => {
    fc.assert(
      fc.property(symbols, pairs, (word, list) => {
        const { ids, starts, ends } = merged(word, mergesOf(list).merges);
        expect(ids).toEqual(mergedSlowly(word, list));
        expect([...starts, word.length]).toEqual([0, ...ends]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([20_000, 200_000])('looks each pair up a few times only, in a word of %i symbols', (length) => {
    const doubling = Array.from({ length: 20 }, (_, i): Pair => (i === 0 ? [0, 0] : [3 + i, 3 + i]));
    const { merges, lookups } = mergesOf(doubling);
    const { ids } = merged(new Array<number>(length).fill(0), merges);
    expect(ids.length).toBeLessThan(30);
    expect(lookups()).toBeLessThan(8 * length);
  });
});

describe('PairTable', () => {
  it('is a map of pairs', () => {
    const entry = fc.tuple(fc.nat(30), fc.nat(30), fc.nat());
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
        const table = new PairTable(1);
        const map = new Map<string, number>();
        for (const [left, right, value] of entries) {
          table.set(left, right, value);
          map.set(`${left} ${right}`, value);
        }
        expect(table.size).toBe(map.size);
        for (let left = 0; left <= 31; left++) {
          for (let right = 0; right <= 31; right++) {
            expect(table.get(left, right)).toBe(map.get(`${left} ${right}`) ?? -1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
