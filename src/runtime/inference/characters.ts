/**
 * What BERT's normaliser does with one code point: drop it, treat it as a space, or replace it by
 * lower-cased letters without accents; and whether the result splits words.
 *
 * Follows `BertNormalizer` (clean text, CJK spacing, accents stripped, lower case) and
 * `BertPreTokenizer` of Hugging Face `tokenizers`; compared with them over every code point, the only
 * differences are characters that Unicode added after the tables they were built with.
 *
 * @module
 */

/** The character vanishes: control, format and private-use characters, U+FFFD, combining marks. */
export const DROP = 0;
/** Separates words and leaves no token. */
export const SPACE = 1;
/** A word of its own: punctuation and CJK ideographs. */
export const ALONE = 2;
/** Part of a word. */
export const LETTER = 3;

export interface NormalisedCharacter {
  readonly kind: typeof DROP | typeof SPACE | typeof ALONE | typeof LETTER;
  /** Replacement text; '' unless `kind` is ALONE or LETTER. One or more code points. */
  readonly text: string;
  /** Number of code points in `text`. */
  readonly codePoints: number;
}

const dropped: NormalisedCharacter = { kind: DROP, text: '', codePoints: 0 };
const space: NormalisedCharacter = { kind: SPACE, text: '', codePoints: 0 };

const controlPattern = /^[\p{Cc}\p{Cf}\p{Co}\p{Cs}]$/u;
const spacePattern = /^\p{White_Space}$/u;
const markPattern = /\p{Mn}/gu;
/** Every ASCII symbol counts as punctuation for BERT, also `$`, `+`, `<`, `^` and the like. */
const punctuationPattern = /^[\p{P}!-/:-@[-`{-~]$/u;

/** The ideograph blocks that BERT surrounds with spaces (kana and hangul are not among them). */
export function isIdeograph(codePoint: number): boolean {
  return (
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0x20000 && codePoint <= 0x2a6df) ||
    (codePoint >= 0x2a700 && codePoint <= 0x2b73f) ||
    (codePoint >= 0x2b740 && codePoint <= 0x2b81f) ||
    (codePoint >= 0x2b920 && codePoint <= 0x2ceaf) ||
    (codePoint >= 0x2f800 && codePoint <= 0x2fa1f)
  );
}

function normalise(codePoint: number): NormalisedCharacter {
  if (codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d) return space;
  if (codePoint === 0 || codePoint === 0xfffd) return dropped;
  const character = String.fromCodePoint(codePoint);
  // Before the test for white space: U+0085 is both, and is dropped.
  if (controlPattern.test(character)) return dropped;
  if (spacePattern.test(character)) return space;
  let text = '';
  let codePoints = 0;
  // Lower-casing letter by letter, as the reference does: Σ never becomes a final ς.
  for (const part of character.normalize('NFD').replace(markPattern, '')) text += part.toLowerCase();
  for (const _ of text) codePoints++;
  if (codePoints === 0) return dropped;
  const alone = isIdeograph(codePoint) || punctuationPattern.test(text);
  return { kind: alone ? ALONE : LETTER, text, codePoints };
}

const ascii: readonly NormalisedCharacter[] = Array.from({ length: 128 }, (_, code) => normalise(code));

/**
 * Entries kept for characters beyond ASCII. Enough for any language in use; a text made of every code
 * point there is can't make the table grow without end.
 */
const memoLimit = 16_384;
const memo = new Map<number, NormalisedCharacter>();

/** Normal form of one code point (a lone surrogate is dropped). Pure; remembers what it has seen. */
export function normalisedCharacter(codePoint: number): NormalisedCharacter {
  const known = codePoint < 128 ? ascii[codePoint] : memo.get(codePoint);
  if (known !== undefined) return known;
  const made = normalise(codePoint);
  if (memo.size < memoLimit) memo.set(codePoint, made);
  return made;
}
