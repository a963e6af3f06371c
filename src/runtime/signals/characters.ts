/**
 * Character classes that text matching needs, for any script, at one table lookup per UTF-16 unit.
 *
 * @module
 */

const known = 1;
const word = 2;
const unspaced = 4;
const space = 8;

/** Bits of {@link classBits}. */
export const characterClass = { word, unspaced, space } as const;

// Variation selectors and the enclosing keycap are marks by category but belong to symbols: with them
// in, the heart in "I ❤️AI" would glue itself to the word after it.
const wordPattern = /[\p{L}\p{M}\p{Nd}_]/u;
const symbolMarkPattern = /[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}\u20E3]/u;
// Script extensions, because the prolonged sound mark `ー` is shared by both kana scripts.
const unspacedPattern =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;
const spacePattern = /[\s\u0085]/u;

/** Classes by code point, filled in on first sight: 0 means not looked at yet. Untouched pages cost nothing. */
const classes = new Uint8Array(0x110000);

function classify(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  let bits = known;
  if (wordPattern.test(character) && !symbolMarkPattern.test(character)) {
    bits |= word;
    if (unspacedPattern.test(character)) bits |= unspaced;
  } else if (spacePattern.test(character)) bits |= space;
  return bits;
}

/** For loops over long texts: the classes of a code point as bits, see {@link characterClass}. */
export function classBits(codePoint: number): number {
  const bits = classes[codePoint];
  if (bits === undefined) return known;
  if (bits !== 0) return bits;
  const fresh = classify(codePoint);
  classes[codePoint] = fresh;
  return fresh;
}

/** Letter, mark, decimal digit or underscore, of any script. */
export function isWordCharacter(codePoint: number): boolean {
  return (classBits(codePoint) & word) !== 0;
}

/** Word character of a script that is written without spaces: Han, kana, Thai, Lao, Khmer, Myanmar. */
export function isUnspacedCharacter(codePoint: number): boolean {
  return (classBits(codePoint) & unspaced) !== 0;
}

/** Word character of a script that puts spaces between words, so that words have edges. */
export function isEdgedCharacter(codePoint: number): boolean {
  return (classBits(codePoint) & (word | unspaced)) === word;
}

export function isSpace(codePoint: number): boolean {
  return (classBits(codePoint) & space) !== 0;
}

export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Code point that ends right before `index`, or -1 at the start of the text. */
export function codePointBefore(text: string, index: number): number {
  if (index <= 0) return -1;
  const unit = text.charCodeAt(index - 1);
  if (isLowSurrogate(unit) && index >= 2 && isHighSurrogate(text.charCodeAt(index - 2))) {
    return text.codePointAt(index - 2) ?? unit;
  }
  return unit;
}
