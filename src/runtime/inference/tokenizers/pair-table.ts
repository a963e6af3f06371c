/**
 * A small map for large files of numbers.
 *
 * @module
 */

/**
 * A map from two non-negative integers to a third: merges of a vocabulary, edges of a trie.
 *
 * Open addressing in three flat arrays. A `Map` with joined keys takes several times the memory, and the
 * files have up to a million entries.
 */
export class PairTable {
  #left: Int32Array;
  #right: Int32Array;
  #values: Int32Array;
  #mask: number;
  #size = 0;

  /** @param expected Number of entries to make room for; more can be set. */
  constructor(expected: number) {
    let capacity = 16;
    while (capacity < 2 * expected) capacity *= 2;
    this.#left = new Int32Array(capacity).fill(-1);
    this.#right = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The value, or -1. */
  get(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#left[slot] === left ? (this.#values[slot] ?? -1) : -1;
  }

  /** Replaces the value if there is one. */
  set(left: number, right: number, value: number): void {
    if (2 * (this.#size + 1) > this.#left.length) this.#grow();
    const slot = this.#slot(left, right);
    if (this.#left[slot] !== left) this.#size++;
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#values[slot] = value;
  }

  /** Where the pair is, or the free place where it would be. */
  #slot(left: number, right: number): number {
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    while (this.#left[slot] !== -1 && (this.#left[slot] !== left || this.#right[slot] !== right)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #grow(): void {
    const [left, right, values] = [this.#left, this.#right, this.#values];
    const capacity = 2 * left.length;
    this.#left = new Int32Array(capacity).fill(-1);
    this.#right = new Int32Array(capacity);
    this.#values = new Int32Array(capacity);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (let i = 0; i < left.length; i++) {
      const key = left[i] ?? -1;
      if (key !== -1) this.set(key, right[i] ?? 0, values[i] ?? 0);
    }
  }
}
