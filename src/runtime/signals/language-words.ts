/**
 * Which languages a word is a common word of.
 *
 * @module
 */
import { hashOfWord, type Reading } from './language-reading.js';

const none: readonly number[] = [];

/** Words by their hash alone: of 4000 words, one unknown word in a million is taken for another. */
export class WordTable {
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #columns: (readonly number[])[];

  /** `lists` has the words of the language of each column. */
  constructor(lists: readonly (readonly string[])[]) {
    const columnsOfHash = new Map<number, number[]>();
    lists.forEach((list, column) => {
      for (const word of list) {
        const hash = hashOfWord(word);
        const columns = columnsOfHash.get(hash);
        if (columns === undefined) columnsOfHash.set(hash, [column]);
        else if (!columns.includes(column)) columns.push(column);
      }
    });
    let capacity = 16;
    while (capacity < columnsOfHash.size * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#hashes = new Int32Array(capacity);
    this.#columns = Array.from({ length: capacity }, () => none);
    for (const [hash, columns] of columnsOfHash) {
      let slot = (hash ^ (hash >>> 15)) & this.#mask;
      while (this.#columns[slot] !== none) slot = (slot + 1) & this.#mask;
      this.#hashes[slot] = hash;
      this.#columns[slot] = columns;
    }
  }

  /** Columns of the languages that have the word with this hash. */
  columnsOf(hash: number): readonly number[] {
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    for (;;) {
      const columns = this.#columns[slot] ?? none;
      if (columns === none || this.#hashes[slot] === hash) return columns;
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** Common words that the language must have ahead of any other. */
const leastLead = 3;
/** Part of all words that must be common words of it. */
const leastShare = 0.2;
/** Common words that another language may have, as a part of those that the language has. */
const mostOfOther = 2 / 3;

/**
 * The column of the language whose common words a text has so many more of than of any other's that
 * looking at its letters is not worth the time; -1 if there is none, as in most texts of few words.
 */
export function clearColumn(reading: Reading, table: WordTable, hits: Int32Array): number {
  hits.fill(0);
  for (let index = 0; index < reading.words; index += 1) {
    const columns = table.columnsOf(reading.hashes[index] ?? 0);
    for (let at = 0; at < columns.length; at += 1) {
      const column = columns[at] ?? 0;
      hits[column] = (hits[column] ?? 0) + 1;
    }
  }
  let best = -1;
  let most = 0;
  let second = 0;
  for (let column = 0; column < hits.length; column += 1) {
    const count = hits[column] ?? 0;
    if (count > most) {
      second = most;
      most = count;
      best = column;
    } else if (count > second) second = count;
  }
  const clear =
    most - second >= leastLead && most >= leastShare * reading.words && second <= mostOfOther * most;
  return clear ? best : -1;
}
