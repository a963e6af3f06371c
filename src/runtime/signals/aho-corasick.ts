/**
 * Finds any number of keywords in one pass over a text.
 *
 * A. V. Aho, M. J. Corasick, "Efficient string matching: an aid to bibliographic search", CACM 18(6),
 * 1975. Time is linear in the text plus the hits, memory linear in the keywords: transitions are kept in
 * an open-addressing hash table, because a dense table of states × alphabet explodes with Han keywords.
 * ASCII alone, most of most texts, does get such a table, failure links resolved: one look-up per character.
 *
 * @module
 */
import { codePointBefore, isEdgedCharacter, isSpace } from './characters.js';

/** Called for each occurrence; returning `true` ends the scan. */
export type OccurrenceVisitor = (keyword: number, endIndex: number) => boolean;

const spaceUnit = 0x20;
const asciiUnits = 0x80;
/** Largest number of states with a dense ASCII table: 8 MB. Beyond, the hash table serves ASCII too. */
const maxDenseStates = 0x4000;

/** A run of whitespace counts as one space, in keywords and in text. */
function collapse(keyword: string): string {
  return keyword.trim().replace(/[\s\u0085]+/gu, ' ');
}

/**
 * Automaton over UTF-16 units for literal keywords with word edges: where a keyword begins or ends with
 * a word character, that edge must not touch another word character in the text. Characters of scripts
 * without spaces have no edges. Fold keywords and texts alike before they come here.
 */
export class AhoCorasick {
  readonly keywordCount: number;
  readonly #next: Int32Array;
  readonly #keys: Float64Array;
  readonly #mask: number;
  readonly #root: Int32Array;
  readonly #failure: Int32Array;
  /** Keyword that ends in this state, or -1. */
  readonly #keyword: Int32Array;
  /** Nearest state on the failure path that ends a keyword, or 0. */
  readonly #output: Int32Array;
  readonly #length: Int32Array;
  readonly #edges: Uint8Array;
  /** State after reading an ASCII unit in a state, at `state * asciiUnits + unit`. */
  readonly #ascii: Int32Array | undefined;

  /** `keywords` must be distinct and not blank; a hit is reported by index. */
  constructor(keywords: readonly string[]) {
    const patterns = keywords.map(collapse);
    let states = 1;
    for (const pattern of patterns) states += pattern.length;
    let capacity = 16;
    while (capacity < states * 2) capacity *= 2;
    this.keywordCount = patterns.length;
    this.#mask = capacity - 1;
    this.#keys = new Float64Array(capacity).fill(-1);
    this.#next = new Int32Array(capacity);
    this.#root = new Int32Array(0x10000);
    this.#failure = new Int32Array(states);
    this.#keyword = new Int32Array(states).fill(-1);
    this.#output = new Int32Array(states);
    this.#length = Int32Array.from(patterns, (pattern) => pattern.length);
    this.#edges = Uint8Array.from(patterns, edgesOf);
    const order = this.#build(patterns);
    if (order.length <= maxDenseStates) this.#ascii = this.#denseAscii(order);
  }

  /** Builds trie and failure links; returns the states, shorter prefixes first. */
  #build(patterns: readonly string[]): readonly number[] {
    const parents: number[] = [0];
    const units: number[] = [0];
    const depths: number[] = [0];
    patterns.forEach((pattern, index) => {
      let state = 0;
      for (let at = 0; at < pattern.length; at += 1) {
        const unit = pattern.charCodeAt(at);
        let target = this.#goto(state, unit);
        if (target < 0) {
          target = parents.length;
          parents.push(state);
          units.push(unit);
          depths.push(at + 1);
          this.#insert(state, unit, target);
        }
        state = target;
      }
      this.#keyword[state] = index;
    });
    // Failure links need the shorter prefixes first.
    const order = Array.from(parents.keys()).sort((a, b) => (depths[a] ?? 0) - (depths[b] ?? 0));
    for (const state of order) {
      const parent = parents[state] ?? 0;
      if (state === 0 || parent === 0) continue;
      const failure = this.#step(this.#failure[parent] ?? 0, units[state] ?? 0);
      this.#failure[state] = failure;
      this.#output[state] = (this.#keyword[failure] ?? -1) >= 0 ? failure : (this.#output[failure] ?? 0);
    }
    return order;
  }

  #denseAscii(order: readonly number[]): Int32Array {
    const table = new Int32Array(order.length * asciiUnits);
    for (const state of order) {
      // The failure state is shorter, so its row is complete.
      const failure = (this.#failure[state] ?? 0) * asciiUnits;
      for (let unit = 0; unit < asciiUnits; unit += 1) {
        const target = this.#goto(state, unit);
        table[state * asciiUnits + unit] =
          target >= 0 ? target : state === 0 ? 0 : (table[failure + unit] ?? 0);
      }
    }
    return table;
  }

  #insert(state: number, unit: number, target: number): void {
    if (state === 0) {
      this.#root[unit] = target;
      return;
    }
    const key = state * 0x10000 + unit;
    let slot = (Math.imul(state, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) & this.#mask;
    while (this.#keys[slot] !== -1) slot = (slot + 1) & this.#mask;
    this.#keys[slot] = key;
    this.#next[slot] = target;
  }

  /** Target of the transition, or -1. */
  #goto(state: number, unit: number): number {
    if (state === 0) {
      const target = this.#root[unit] ?? 0;
      return target === 0 ? -1 : target;
    }
    const key = state * 0x10000 + unit;
    let slot = (Math.imul(state, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)) & this.#mask;
    for (;;) {
      const found = this.#keys[slot];
      if (found === key) return this.#next[slot] ?? -1;
      if (found === -1) return -1;
      slot = (slot + 1) & this.#mask;
    }
  }

  #step(from: number, unit: number): number {
    let state = from;
    while (state !== 0) {
      const target = this.#goto(state, unit);
      if (target >= 0) return target;
      state = this.#failure[state] ?? 0;
    }
    return this.#root[unit] ?? 0;
  }

  /** Visits every occurrence from left to right; occurrences of different keywords may overlap. */
  scan(text: string, visit: OccurrenceVisitor): void {
    const root = this.#root;
    const ends = this.#keyword;
    const outputs = this.#output;
    const ascii = this.#ascii;
    let state = 0;
    let afterSpace = false;
    let skipped = -1;
    for (let index = 0; index < text.length; index += 1) {
      let unit = text.charCodeAt(index);
      if (unit === spaceUnit || ((unit < spaceUnit || unit >= 0x85) && isSpace(unit))) {
        if (afterSpace) {
          skipped = index;
          continue;
        }
        afterSpace = true;
        unit = spaceUnit;
      } else afterSpace = false;
      if (ascii !== undefined && unit < asciiUnits) state = ascii[state * asciiUnits + unit] ?? 0;
      else state = state === 0 ? (root[unit] ?? 0) : this.#step(state, unit);
      if (state === 0) continue;
      let output = (ends[state] ?? -1) >= 0 ? state : (outputs[state] ?? 0);
      for (; output !== 0; output = outputs[output] ?? 0) {
        const keyword = ends[output] ?? 0;
        if (this.#hasEdges(text, keyword, index + 1, skipped) && visit(keyword, index + 1)) return;
      }
    }
  }

  /** Whether a hit that ends before `end` touches no word character at an edge that must not. */
  #hasEdges(text: string, keyword: number, end: number, lastSkipped: number): boolean {
    const edges = this.#edges[keyword] ?? 0;
    if ((edges & 2) !== 0 && isEdgedCharacter(text.codePointAt(end) ?? spaceUnit)) return false;
    if ((edges & 1) === 0) return true;
    const length = this.#length[keyword] ?? 0;
    let start = end - length;
    // A run of whitespace inside the hit makes it longer in the text than in the keyword.
    if (lastSkipped >= start) start = startOfHit(text, end, length);
    return start <= 0 || !isEdgedCharacter(codePointBefore(text, start));
  }

  /** One byte per keyword: 1 if it occurs. Stops as soon as all were seen. */
  findAll(text: string): Uint8Array {
    const found = new Uint8Array(this.keywordCount);
    let missing = this.keywordCount;
    if (missing === 0) return found;
    this.scan(text, (keyword) => {
      if (found[keyword] === 1) return false;
      found[keyword] = 1;
      missing -= 1;
      return missing === 0;
    });
    return found;
  }
}

/** Walks back from `end` over `length` units, counting a run of whitespace as one. */
function startOfHit(text: string, end: number, length: number): number {
  let index = end;
  for (let seen = 0; seen < length && index > 0; seen += 1) {
    index -= 1;
    if (!isSpace(text.charCodeAt(index))) continue;
    while (index > 0 && isSpace(text.charCodeAt(index - 1))) index -= 1;
  }
  return index;
}

/** Bit 0: the first character has an edge, bit 1: the last one has. */
function edgesOf(pattern: string): number {
  const first = pattern.codePointAt(0) ?? spaceUnit;
  const last = codePointBefore(pattern, pattern.length);
  return (isEdgedCharacter(first) ? 1 : 0) | (isEdgedCharacter(last) ? 2 : 0);
}
