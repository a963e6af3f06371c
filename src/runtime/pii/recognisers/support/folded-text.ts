/**
 * One spelling for what looks alike: full-width and other decimal digits, spaces and dashes of all widths, and
 * characters nobody sees. What recognisers read, so that none of these can hide a card number.
 *
 * @module
 */

const asciiOnly = /^[\0-\x7f]*$/;
const decimalDigit = /\p{Nd}/u;
const wideSpace = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/;
// The em dash and the horizontal bar separate sentences, not digits.
const dash = /[\u2010-\u2013\u2212\ufe58\ufe63\uff0d]/;
// Soft hyphen, joiners, direction marks, word joiner, byte order mark, variation selectors.
const invisible =
  /\u034f|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|[\ufe00-\ufe0f]/;
// Full-width forms of what occurs inside numbers, addresses and keys; the commas and stops of a sentence stay,
// because they end an address in one.
const fullWidth = /[＃（）＋－．／０-９：＝＠Ａ-Ｚ＿ａ-ｚ]/;

export interface FoldedText {
  /** What recognisers read. */
  readonly text: string;
  /** Offset in the original of the first unit of a folded span. */
  originalStart(folded: number): number;
  /** Offset in the original after the last unit of a folded span; invisible characters after it stay out. */
  originalEnd(folded: number): number;
}

/** Value of a decimal digit of any script. Unicode encodes them in runs of ten, some runs back to back. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (codePoint - first < 49 && decimalDigit.test(String.fromCodePoint(first - 1))) first -= 1;
  return (codePoint - first) % 10;
}

/** What a character above ASCII reads as: one unit, nothing, or itself. */
function foldCharacter(character: string, codePoint: number): string {
  if (fullWidth.test(character)) return String.fromCharCode(codePoint - 0xfee0);
  if (wideSpace.test(character)) return ' ';
  if (dash.test(character)) return '-';
  if (invisible.test(character)) return '';
  if (decimalDigit.test(character)) return String(digitValue(codePoint));
  return character;
}

const remembered = new Map<number, string>();
const mostRemembered = 4096;

function foldCodePoint(codePoint: number): string {
  const known = remembered.get(codePoint);
  if (known !== undefined) return known;
  const folded = foldCharacter(String.fromCodePoint(codePoint), codePoint);
  if (remembered.size < mostRemembered) remembered.set(codePoint, folded);
  return folded;
}

const identity = (offset: number) => offset;

/** Folds a text. Costs one look at ASCII texts, and one pass and two offsets per unit for others. */
export function foldText(text: string): FoldedText {
  if (asciiOnly.test(text)) return { text, originalStart: identity, originalEnd: identity };
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  const parts: string[] = [];
  let length = 0;
  let moved = false;
  for (let index = 0; index < text.length; ) {
    const codePoint = text.codePointAt(index) ?? 0;
    const width = codePoint > 0xffff ? 2 : 1;
    const folded = codePoint < 0x80 ? text.charAt(index) : foldCodePoint(codePoint);
    for (let unit = 0; unit < folded.length; unit += 1) {
      starts[length] = index + unit;
      ends[length] = folded.length === width ? index + unit + 1 : index + width;
      length += 1;
    }
    if (folded.length !== width) moved = true;
    parts.push(folded);
    index += width;
  }
  const joined = parts.join('');
  if (!moved) return { text: joined, originalStart: identity, originalEnd: identity };
  return {
    text: joined,
    originalStart: (folded) => (folded < length ? (starts[folded] ?? 0) : text.length),
    originalEnd: (folded) => (folded > 0 ? (ends[folded - 1] ?? text.length) : 0),
  };
}
