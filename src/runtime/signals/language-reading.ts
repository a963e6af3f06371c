/**
 * One pass over a text that counts its scripts and finds its words.
 *
 * Everything is kept in arrays that are used again for the next text, because this runs for every request.
 *
 * @module
 */
import { isHighSurrogate } from './characters.js';
import {
  classOf,
  isPartOfWord,
  latin,
  lowerOf,
  scriptOfAstral,
  scriptOfClass,
  scripts,
} from './language-scripts.js';

/** Units that are read of a text, in {@link parts} if it has more. */
const mostUnits = 768;
/** Parts that are read of a longer text, spread evenly: a quotation at one end must not decide alone. */
const parts = 8;
const partLength = mostUnits / parts;
/** A part begins and ends with a word, unless that is longer than this. */
const longestPass = 32;

/** More than can be in what is read. */
const mostWords = (mostUnits + parts * longestPass) / 2 + parts;

const hashStart = 0x811c9dc5 | 0;
const hashFactor = 0x01000193;

/** The hash that {@link Reading.hashes} has for a word. */
export function hashOfWord(word: string): number {
  let hash = hashStart;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), hashFactor);
  return hash;
}

export class Reading {
  /** Characters of each script. */
  readonly counts = new Int32Array(scripts.length);
  /** How many words were found. */
  words = 0;
  /** Where each word begins and ends, and the hash of its lower-case form. */
  readonly starts = new Int32Array(mostWords);
  readonly ends = new Int32Array(mostWords);
  readonly hashes = new Int32Array(mostWords);

  read(text: string): void {
    this.counts.fill(0);
    this.words = 0;
    if (text.length <= mostUnits) {
      this.#readPart(text, 0, text.length);
      return;
    }
    const stride = (text.length - partLength) / (parts - 1);
    let done = 0;
    for (let part = 0; part < parts; part += 1) {
      const from = Math.max(done, endOfWord(text, Math.floor(part * stride)));
      done = endOfWord(text, Math.floor(part * stride) + partLength);
      this.#readPart(text, from, done);
    }
  }

  #readPart(text: string, from: number, to: number): void {
    const { counts } = this;
    let start = -1;
    let hash = hashStart;
    let asciiLetters = 0;
    for (let at = from; at < to; at += 1) {
      const unit = text.charCodeAt(at);
      const small = unit | 0x20;
      // Most characters of most texts, so without the tables.
      if (small >= 0x61 && small <= 0x7a) {
        if (start < 0) start = at;
        hash = Math.imul(hash ^ small, hashFactor);
        asciiLetters += 1;
        continue;
      }
      const unitClass = unit < 0x80 ? 0 : classOf(unit);
      if (isPartOfWord(unitClass)) {
        if (start < 0) start = at;
        hash = Math.imul(hash ^ lowerOf(unit), hashFactor);
      } else if (start >= 0) {
        this.#addWord(start, at, hash);
        start = -1;
        hash = hashStart;
      }
      if (unit < 0x80) continue;
      const script = isHighSurrogate(unit)
        ? scriptOfAstral(text.codePointAt(at) ?? unit)
        : scriptOfClass(unitClass);
      if (script < 0) continue;
      counts[script] = (counts[script] ?? 0) + 1;
    }
    if (start >= 0) this.#addWord(start, to, hash);
    counts[latin] = (counts[latin] ?? 0) + asciiLetters;
  }

  #addWord(start: number, end: number, hash: number): void {
    const index = this.words;
    this.starts[index] = start;
    this.ends[index] = end;
    this.hashes[index] = hash;
    this.words = index + 1;
  }
}

/** The first place from `at` on, within {@link longestPass}, where no word goes on. */
function endOfWord(text: string, at: number): number {
  if (at === 0) return 0;
  const last = Math.min(text.length, at + longestPass);
  for (let end = at; end < last; end += 1) {
    if (!isPartOfWord(classOf(text.charCodeAt(end)))) return end;
  }
  return last;
}
