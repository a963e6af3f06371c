/**
 * Numbers of n-grams of one to three UTF-16 units.
 *
 * Looking a substring up in a `Map` makes a string and its hash for each position of a text; this table
 * works on the units themselves and allocates nothing.
 *
 * @module
 */
import { lowerOf } from './language-scripts.js';

const longestGram = 3;
const space = 0x20;

/** What was counted since {@link GramTable.clear}. */
export interface FoundGrams {
  readonly total: number;
  readonly distinct: number;
  /** Numbers of the n-grams found, {@link distinct} of them. */
  readonly rows: Int32Array;
  /** How often each n-gram was found, by its number. */
  readonly counts: Int32Array;
}

export class GramTable {
  readonly #mask: number;
  /** First and second unit of an entry. */
  readonly #pairs: Int32Array;
  /** Third unit, or 0. */
  readonly #thirds: Uint16Array;
  /** Number of the n-gram plus 1; 0 for a free slot. */
  readonly #rows: Int32Array;
  readonly #found: { total: number; distinct: number; rows: Int32Array; counts: Int32Array };

  /** `grams` must be distinct; others than those of 1 to 3 units are never found. */
  constructor(grams: readonly string[]) {
    let capacity = 16;
    while (capacity < grams.length * 2) capacity *= 2;
    this.#mask = capacity - 1;
    this.#pairs = new Int32Array(capacity);
    this.#thirds = new Uint16Array(capacity);
    this.#rows = new Int32Array(capacity);
    this.#found = {
      total: 0,
      distinct: 0,
      rows: new Int32Array(grams.length),
      counts: new Int32Array(grams.length),
    };
    grams.forEach((gram, row) => {
      if (gram.length < 1 || gram.length > longestGram) return;
      const pair = pairOf(gram.charCodeAt(0), gram.length > 1 ? gram.charCodeAt(1) : 0);
      const third = gram.length > 2 ? gram.charCodeAt(2) : 0;
      let slot = hash(pair, third) & this.#mask;
      while (this.#rows[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#pairs[slot] = pair;
      this.#thirds[slot] = third;
      this.#rows[slot] = row + 1;
    });
  }

  get found(): FoundGrams {
    return this.#found;
  }

  /** Forgets what was counted. */
  clear(): FoundGrams {
    const found = this.#found;
    for (let index = 0; index < found.distinct; index += 1) found.counts[found.rows[index] ?? 0] = 0;
    found.total = 0;
    found.distinct = 0;
    return found;
  }

  /** Counts the n-grams of the word from `start` to `end` in lower case, with a space on either side. */
  count(text: string, start: number, end: number): void {
    let first = 0;
    let second = space;
    for (let at = start; at <= end; at += 1) {
      const unit = at === end ? space : lowerOf(text.charCodeAt(at));
      if (at < end) this.#add(unit, 0, 0);
      this.#add(second, unit, 0);
      if (first !== 0) this.#add(first, second, unit);
      first = second;
      second = unit;
    }
  }

  #add(first: number, second: number, third: number): void {
    const pair = pairOf(first, second);
    let slot = hash(pair, third) & this.#mask;
    for (;;) {
      const row = (this.#rows[slot] ?? 0) - 1;
      if (row < 0) return;
      if (this.#pairs[slot] === pair && this.#thirds[slot] === third) {
        const found = this.#found;
        const count = found.counts[row] ?? 0;
        if (count === 0) {
          found.rows[found.distinct] = row;
          found.distinct += 1;
        }
        found.counts[row] = count + 1;
        found.total += 1;
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}

/** As a signed 32-bit integer, as the array keeps it. */
function pairOf(first: number, second: number): number {
  return (second << 16) | first;
}

function hash(pair: number, third: number): number {
  const mixed = Math.imul(pair, 0x9e3779b1) ^ Math.imul(third, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
