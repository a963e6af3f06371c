/**
 * Makes two spellings of the same text equal before they are compared.
 *
 * @module
 */

// Characters that people type interchangeably with an ASCII one, and the width variants.
const variants = /[\u2018\u2019\u02BC\u2010\u2011\u3000\uFF01-\uFFEE]+/g;
const apostrophes = /[\u2018\u2019\u02BC]/g;
const hyphens = /[\u2010\u2011]/g;
// Soft hyphen, joiners, zero-width spaces, direction marks, word joiner, byte order mark, variation selectors, tags.
const invisible =
  /\u034f|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e007f}]|[\u{e0100}-\u{e01ef}]/gu;
const beyondAscii = /[^\0-\x7f]/;

/**
 * Canonical composition (NFC, so composed and decomposed `café` are equal), full- and half-width forms
 * made ordinary, typographic apostrophes and hyphens made ASCII. Not NFKC as a whole: that turns `Acme™`
 * into `AcmeTM` and `x²` into `x2`, which destroys word edges. A mark may only now have a letter that it joins, so
 * composition comes last as well.
 */
export function normalizeText(text: string): string {
  if (!beyondAscii.test(text)) return text;
  return text
    .normalize('NFC')
    .replace(variants, (run) => run.replace(apostrophes, "'").replace(hyphens, '-').normalize('NFKC'))
    .normalize('NFC');
}

/** `text` without the characters that nobody sees; the same string if it has none. */
export function withoutInvisible(text: string): string {
  return beyondAscii.test(text) ? text.replace(invisible, '') : text;
}

/**
 * {@link normalizeText} plus full case folding: `toUpperCase` then `toLowerCase` applies the expanding
 * mappings of Unicode's CaseFolding.txt (`ß`, `ẞ` → `ss`, `ﬁ` → `fi`). All forms of sigma are one, and so
 * are the four Turkish i's, whose pairing depends on a language that is not known here.
 */
export function foldText(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase();
  return normalizeText(text)
    .replace(/ẞ/g, 'SS')
    .toUpperCase()
    .toLowerCase()
    .replace(/ς/g, 'σ')
    .replace(/i\u0307/g, 'i')
    .normalize('NFC');
}
