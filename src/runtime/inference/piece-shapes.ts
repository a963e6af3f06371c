/**
 * What the original spelling says about each piece: five small numbers for a head that would otherwise
 * only know the lower-cased vocabulary.
 *
 * The definition is the one the head was trained with; it counts code points, while offsets here are
 * UTF-16 units. Any change makes a trained graph worse without an error.
 *
 * @module
 */

/** Numbers per piece. */
export const shapeSize = 5;

/** Categories of a code point, one bit each, so that a stretch has the union of its characters'. */
const UPPER = 1;
const LOWER = 2;
/** Letters without case, and marks. */
const OTHER = 4;
const DIGIT = 8;
/** Everything that is no letter, mark or number. Separates words. */
const PUNCTUATION = 16;

const patterns: readonly (readonly [RegExp, number])[] = [
  [/^[\p{Lu}\p{Lt}]$/u, UPPER],
  [/^\p{Ll}$/u, LOWER],
  [/^[\p{L}\p{M}]$/u, OTHER],
  [/^\p{N}$/u, DIGIT],
];

function categorise(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  return patterns.find(([pattern]) => pattern.test(character))?.[1] ?? PUNCTUATION;
}

const ascii = Uint8Array.from({ length: 128 }, (_, code) => categorise(code));
/** Bounded, so that a text made of every code point can't make it grow without end. */
const memoLimit = 16_384;
const memo = new Map<number, number>();

function categoryOf(codePoint: number): number {
  const known = codePoint < 128 ? ascii[codePoint] : memo.get(codePoint);
  if (known !== undefined) return known;
  const made = categorise(codePoint);
  if (memo.size < memoLimit) memo.set(codePoint, made);
  return made;
}

const spacePattern = /^\p{White_Space}$/u;
const newline = 0x0a;
/** After these, and white space, a sentence (or a value) begins. */
const beginnersBefore = new Set(Array.from('.!?:\n"”', (character) => character.codePointAt(0)));

function codePointBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at - 1);
  const paired = unit >= 0xdc00 && unit <= 0xdfff && at >= 2 ? (text.codePointAt(at - 2) ?? 0) : 0;
  return paired > 0xffff ? paired : unit;
}

/** As Python's `str.isspace`, which the reference uses: also the separators U+001C to U+001F. */
function isSpace(codePoint: number): boolean {
  return (codePoint >= 0x1c && codePoint <= 0x1f) || spacePattern.test(String.fromCodePoint(codePoint));
}

const unitsOf = (codePoint: number): number => (codePoint > 0xffff ? 2 : 1);

/** Class of a stretch, from what was seen of it. */
class Stretch {
  #first = 0;
  #rest = 0;
  codePoints = 0;

  add(category: number): void {
    if (this.codePoints++ === 0) this.#first = category;
    else this.#rest |= category;
  }

  get class(): number {
    const seen = this.#first | this.#rest;
    if (seen === 0) return 0;
    if (seen === DIGIT) return 6;
    if ((seen & DIGIT) !== 0) return 7;
    if ((seen & PUNCTUATION) !== 0) return 8;
    if ((seen & OTHER) !== 0) return 9;
    if (seen === LOWER) return 1;
    if (seen === UPPER) return this.codePoints === 1 ? 4 : 3;
    return this.#first === UPPER && this.#rest === LOWER ? 2 : 5;
  }
}

function classOf(text: string, start: number, end: number): number {
  const stretch = new Stretch();
  for (let at = start; at < end; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    stretch.add(categoryOf(codePoint));
    at += unitsOf(codePoint);
  }
  return stretch.class;
}

/** A longest run of letters, marks and numbers. */
interface Word {
  readonly start: number;
  readonly end: number;
  readonly class: number;
  readonly codePoints: number;
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let stretch = new Stretch();
  let start = 0;
  const close = (end: number): void => {
    if (stretch.codePoints === 0) return;
    words.push({ start, end, class: stretch.class, codePoints: stretch.codePoints });
    stretch = new Stretch();
  };
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const category = categoryOf(codePoint);
    if (category === PUNCTUATION) close(at);
    else {
      if (stretch.codePoints === 0) start = at;
      stretch.add(category);
    }
    at += unitsOf(codePoint);
  }
  close(text.length);
  return words;
}

/** How much of the text is capitalised, 0 to 4. */
function casingOf(words: readonly Word[]): number {
  let cased = 0;
  let capital = 0;
  let caps = 0;
  for (const word of words) {
    if (word.class < 1 || word.class > 5) continue;
    cased++;
    if (word.class !== 1) capital++;
    if (word.class === 3) caps++;
  }
  if (cased >= 3 && caps / cased > 0.6) return 4;
  if (capital === 0) return 0;
  const share = capital / cased;
  return share < 0.25 ? 1 : share < 0.6 ? 2 : 3;
}

/** What stands before a piece that does not continue a word, 1 to 8. */
function precedingOf(text: string, start: number): number {
  if (start === 0) return 1;
  const before = codePointBefore(text, start);
  if (before === newline) return 3;
  if (isSpace(before)) {
    let at = start;
    while (at > 0) {
      const codePoint = codePointBefore(text, at);
      if (codePoint === newline || !isSpace(codePoint)) return beginnersBefore.has(codePoint) ? 4 : 5;
      at -= unitsOf(codePoint);
    }
    return 4;
  }
  if (before === 0x40) return 6;
  if (before === 0x23) return 7;
  return 8;
}

/** Longest word of digits whose length the head tells apart. */
const longestCounted = 9;

/**
 * Shapes of the pieces of `text`: {@link shapeSize} numbers each, one after the other. Per piece: class
 * of its own stretch, class of its word, what precedes it, length of its word if that has digits, and
 * the casing of the whole text. Special tokens have only the last one.
 *
 * @param offsets UTF-16 `[start, end)` per piece, ascending; an empty one marks a special token.
 */
export function pieceShapes(text: string, offsets: Int32Array): Uint8Array {
  const words = wordsOf(text);
  const casing = casingOf(words);
  const pieces = offsets.length / 2;
  const shapes = new Uint8Array(pieces * shapeSize);
  let next = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const start = offsets[2 * piece] ?? 0;
    const end = offsets[2 * piece + 1] ?? 0;
    const at = piece * shapeSize;
    shapes[at + 4] = casing;
    if (end <= start) continue;
    let word = words[next];
    while (word !== undefined && word.end <= start) word = words[++next];
    const own = word !== undefined && word.start <= start ? word : undefined;
    const ownClass = classOf(text, start, end);
    const wordClass = own?.class ?? ownClass;
    shapes[at] = ownClass;
    shapes[at + 1] = wordClass;
    shapes[at + 2] = own !== undefined && own.start < start ? 2 : precedingOf(text, start);
    if (own !== undefined && (wordClass === 6 || wordClass === 7)) {
      shapes[at + 3] = Math.min(own.codePoints, longestCounted);
    }
  }
  return shapes;
}
