/**
 * Numbers of n-grams of one to three UTF-16 units.
 *
 * Looking a substring up in a `Map` makes a string and its hash for each position of a text; this table
 * works on the units themselves and allocates nothing.
 *
 * @module
 */

const longestGram = 3;
const space = 0x20;

export class GramTable {
  /** How many n-grams there are; they are numbered from 0. */
  readonly size: number;
  readonly #mask: number;
  /** First and second unit of an entry. */
  readonly #pairs: Int32Array;
  /** Third unit, or 0. */
  readonly #thirds: Uint16Array;
  /** Number of the n-gram plus 1; 0 for a free slot. */
  readonly #rows: Int32Array;

  /** `grams` must be distinct; others than those of 1 to 3 units are never found. */
  constructor(grams: readonly string[]) {
    let capacity = 16;
    while (capacity < grams.length * 2) capacity *= 2;
    this.size = grams.length;
    this.#mask = capacity - 1;
    this.#pairs = new Int32Array(capacity);
    this.#thirds = new Uint16Array(capacity);
    this.#rows = new Int32Array(capacity);
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

  /** Counts the n-grams of ` word ` in `counts`, by number; returns how many there were. */
  count(word: string, counts: Uint32Array): number {
    let hits = 0;
    let second = 0;
    let first = 0;
    for (let at = -1; at <= word.length; at += 1) {
      const unit = at === -1 || at === word.length ? space : word.charCodeAt(at);
      hits += this.#add(unit, 0, 0, counts);
      if (second !== 0) hits += this.#add(second, unit, 0, counts);
      if (first !== 0) hits += this.#add(first, second, unit, counts);
      first = second;
      second = unit;
    }
    return hits;
  }

  #add(first: number, second: number, third: number, counts: Uint32Array): number {
    const pair = pairOf(first, second);
    let slot = hash(pair, third) & this.#mask;
    for (;;) {
      const row = this.#rows[slot] ?? 0;
      if (row === 0) return 0;
      if (this.#pairs[slot] === pair && this.#thirds[slot] === third) {
        counts[row - 1] = (counts[row - 1] ?? 0) + 1;
        return 1;
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
