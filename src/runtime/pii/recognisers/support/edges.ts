/**
 * Where tokens begin and end.
 *
 * @module
 */

const wordCharacter = /[\p{L}\p{M}\p{N}_]/u;
// These scripts put no spaces between words: what stands beside them is still a token of its own.
const unspaced =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]/u;

/** Letter of a script that does not put spaces around a foreign token. */
export function isUnspaced(character: string): boolean {
  return unspaced.test(character);
}

function isAsciiWord(unit: number): boolean {
  return (
    (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122) || unit === 95
  );
}

function glues(character: string): boolean {
  return wordCharacter.test(character) && !unspaced.test(character);
}

/** Whether the character before `index` would belong to a token that starts there. */
export function gluedBefore(text: string, index: number): boolean {
  if (index <= 0) return false;
  const unit = text.charCodeAt(index - 1);
  if (unit < 0x80) return isAsciiWord(unit);
  const pair = unit >= 0xdc00 && unit <= 0xdfff && index >= 2;
  return glues(String.fromCodePoint(text.codePointAt(pair ? index - 2 : index - 1) ?? 0));
}

/** Whether the character at `index` would belong to a token that ends there. */
export function gluedAfter(text: string, index: number): boolean {
  const codePoint = text.codePointAt(index);
  if (codePoint === undefined) return false;
  return codePoint < 0x80 ? isAsciiWord(codePoint) : glues(String.fromCodePoint(codePoint));
}

/** Whether `start` to `end` stands alone, with no letter or digit of the same token on either side. */
export function standsAlone(text: string, start: number, end: number): boolean {
  return !gluedBefore(text, start) && !gluedAfter(text, end);
}

export function isDigit(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 48 && unit <= 57;
}

/** Whether a decimal point connects `start` to `end` with more digits: `1.` before or `.5` after. */
export function isPartOfDecimal(text: string, start: number, end: number): boolean {
  return (
    (text.charAt(start - 1) === '.' && isDigit(text, start - 2)) ||
    (text.charAt(end) === '.' && isDigit(text, end + 1))
  );
}
