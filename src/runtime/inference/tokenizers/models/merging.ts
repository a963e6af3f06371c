/**
 * Joins neighbouring symbols of a word by a table of merges, the earliest merge of the table first and
 * of equal ones the leftmost.
 *
 * Takes time in O(n log n) also for one word of a megabyte: a heap of candidates over a linked list.
 *
 * @module
 */

/** Symbols of a word, front to back, and room for more. */
export interface Symbols {
  readonly ids: Int32Array;
  /** Units of the word that each symbol stands for. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export interface Merges {
  /** Rank of the merge of two symbols, from 0, which is the first to be done; -1 if there is none. */
  rank(left: number, right: number): number;
  /** What the merge of that rank makes. */
  result(rank: number): number;
}

/** Positions take the lower bits of a heap key, ranks the upper ones. Both fit a double together. */
const positions = 2 ** 31;
/** Ranks must be below this. */
export const rankLimit = 2 ** 22;

/** A binary heap of numbers, smallest first. */
class Heap {
  #keys = new Float64Array(64);
  #size = 0;

  push(key: number): void {
    if (this.#size === this.#keys.length) {
      const keys = this.#keys;
      this.#keys = new Float64Array(2 * keys.length);
      this.#keys.set(keys);
    }
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#keys[parent] ?? 0;
      if (above <= key) break;
      this.#keys[at] = above;
      at = parent;
    }
    this.#keys[at] = key;
  }

  /** Removes the smallest key; -1 if there is none. */
  pop(): number {
    if (this.#size === 0) return -1;
    const top = this.#keys[0] ?? -1;
    const last = this.#keys[--this.#size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && (this.#keys[child + 1] ?? 0) < (this.#keys[child] ?? 0)) child++;
      const below = this.#keys[child] ?? 0;
      if (last <= below) break;
      this.#keys[at] = below;
      at = child;
    }
    this.#keys[at] = last;
    return top;
  }
}

/**
 * Merges the first `count` symbols in place.
 *
 * @returns Number of symbols left.
 */
export function mergeSymbols(symbols: Symbols, count: number, merges: Merges): number {
  const { ids, starts, ends } = symbols;
  if (count < 2) return count;
  const heap = new Heap();
  const next = new Int32Array(count);
  const previous = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    next[i] = i + 1 < count ? i + 1 : -1;
    previous[i] = i - 1;
  }
  const consider = (left: number, right: number): void => {
    const rank = merges.rank(ids[left] ?? -1, ids[right] ?? -1);
    if (rank >= 0) heap.push(rank * positions + left);
  };
  for (let i = 1; i < count; i++) consider(i - 1, i);

  for (let key = heap.pop(); key >= 0; key = heap.pop()) {
    const rank = Math.floor(key / positions);
    const left = key - rank * positions;
    const id = ids[left] ?? -1;
    const right = next[left] ?? -1;
    // Of no use any more: merged into its left neighbour, at the end, or with another neighbour now.
    if (id < 0 || right < 0 || merges.rank(id, ids[right] ?? -1) !== rank) continue;
    ids[left] = merges.result(rank);
    ends[left] = ends[right] ?? 0;
    ids[right] = -1;
    const after = next[right] ?? -1;
    next[left] = after;
    if (after >= 0) {
      previous[after] = left;
      consider(left, after);
    }
    const before = previous[left] ?? -1;
    if (before >= 0) consider(before, left);
  }

  let kept = 0;
  for (let i = 0; i !== -1 && i < count; i = next[i] ?? -1) {
    ids[kept] = ids[i] ?? 0;
    starts[kept] = starts[i] ?? 0;
    ends[kept] = ends[i] ?? 0;
    kept++;
  }
  return kept;
}
