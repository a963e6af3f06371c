/**
 * Which words of a second text occur in a first one: what a head that looks for unsupported words would
 * have to learn attention for.
 *
 * @module
 */

/** Pieces, and which of them continue the word of the piece before. */
export interface WordPieces {
  readonly ids: Int32Array;
  /** 1 for a piece that continues a word. */
  readonly continues: Uint8Array;
}

/** Index of the first piece of each word; the first piece always starts one. */
export function wordStarts(continues: Uint8Array): number[] {
  const starts: number[] = [];
  for (const [i, flag] of continues.entries()) if (i === 0 || flag === 0) starts.push(i);
  return starts;
}

/** Each word as a text that is equal for equal pieces. */
function keysOf({ ids }: WordPieces, starts: readonly number[]): string[] {
  return starts.map((start, word) => ids.subarray(start, starts[word + 1] ?? ids.length).join(' '));
}

const pairKey = (left: string, right: string): string => `${left},${right}`;

/**
 * Per piece of `second`: 1 if its word does not occur in `first`; else 2, plus 1 if the word and the one
 * before it stand side by side in `first`, plus 1 if it and the next one do.
 */
export function overlapIds(first: WordPieces, second: WordPieces): Uint8Array {
  const known = keysOf(first, wordStarts(first.continues));
  const words = new Set(known);
  const neighbours = new Set(known.slice(1).map((right, i) => pairKey(known[i] ?? '', right)));
  const starts = wordStarts(second.continues);
  const keys = keysOf(second, starts);
  const result = new Uint8Array(second.ids.length);
  for (const [i, key] of keys.entries()) {
    let value = 1;
    if (words.has(key)) {
      const left = keys[i - 1];
      const right = keys[i + 1];
      value = 2;
      if (left !== undefined && neighbours.has(pairKey(left, key))) value++;
      if (right !== undefined && neighbours.has(pairKey(key, right))) value++;
    }
    result.fill(value, starts[i], starts[i + 1] ?? result.length);
  }
  return result;
}
