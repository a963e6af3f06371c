/**
 * What each character is to the detection of a language: its script, whether it is part of a word, and its
 * lower-case form, each looked up in a table.
 *
 * @module
 */

/** Scripts that one language uses nearly alone. */
export const languageOfScript = {
  Greek: 'el',
  Armenian: 'hy',
  Hebrew: 'he',
  Georgian: 'ka',
  Hangul: 'ko',
  Thai: 'th',
  Lao: 'lo',
  Khmer: 'km',
  Myanmar: 'my',
  Tamil: 'ta',
  Telugu: 'te',
  Kannada: 'kn',
  Malayalam: 'ml',
  Sinhala: 'si',
  Gujarati: 'gu',
  Gurmukhi: 'pa',
  Bengali: 'bn',
  Oriya: 'or',
  Ethiopic: 'am',
  Tibetan: 'bo',
  Thaana: 'dv',
} as const;

const tests: readonly (readonly [name: string, letters: RegExp])[] = [
  ['Latin', /\p{sc=Latin}/u],
  ['Han', /\p{sc=Han}/u],
  ['Kana', /[\p{sc=Hiragana}\p{sc=Katakana}]/u],
  ['Cyrillic', /\p{sc=Cyrillic}/u],
  ['Arabic', /\p{sc=Arabic}/u],
  ['Devanagari', /\p{sc=Devanagari}/u],
  ...Object.keys(languageOfScript).map((name) => [name, new RegExp(`\\p{sc=${name}}`, 'u')] as const),
];

/** Names of the scripts; elsewhere a script is an index into this list. */
export const scripts: readonly string[] = tests.map(([name]) => name);

export const latin = scripts.indexOf('Latin');
export const han = scripts.indexOf('Han');
export const kana = scripts.indexOf('Kana');

/** What one character of each script weighs: some say as much as several letters. */
export const scriptWeights: readonly number[] = scripts.map((name) =>
  name === 'Han' ? 3 : name === 'Kana' || name === 'Hangul' ? 2 : 1,
);

const wordBit = 0x40;
const knownBit = 0x80;
const scriptBits = 0x3f;
const partOfWord = /[\p{L}\p{M}]/u;

/** Script plus 1 (0 for none), {@link wordBit} and {@link knownBit} of each UTF-16 unit. */
const classes = new Uint8Array(0x10000);
const lowerUnits = new Uint16Array(0x10000);

// The tables are filled in on first sight: going through all of Unicode would cost the start some 50 ms,
// and a process meets few of its blocks.
function learn(unit: number): number {
  const character = String.fromCharCode(unit);
  const script = tests.findIndex(([, letters]) => letters.test(character)) + 1;
  const known = knownBit | (partOfWord.test(character) ? wordBit : 0) | script;
  classes[unit] = known;
  // Of forms of two units, as that of the Turkish dotted capital, the first is the letter.
  lowerUnits[unit] = character.toLowerCase().charCodeAt(0);
  return known;
}

// Loops over a text leave the table out for ASCII, so that its lower-case forms must be there.
for (let unit = 0; unit < 0x80; unit += 1) learn(unit);

/** What a UTF-16 unit is; for {@link scriptOfClass}, {@link isPartOfWord} and {@link lowerOf}. */
export function classOf(unit: number): number {
  return classes[unit] || learn(unit);
}

/** The script of a class, -1 for none. */
export function scriptOfClass(unitClass: number): number {
  return (unitClass & scriptBits) - 1;
}

/** Whether it is a letter or a mark on one. */
export function isPartOfWord(unitClass: number): boolean {
  return (unitClass & wordBit) !== 0;
}

/** Lower-case form of a unit whose class was asked for before. */
export function lowerOf(unit: number): number {
  return lowerUnits[unit] ?? unit;
}

/** The script of a character beyond the basic plane, -1 for none: Han, or one of the old kana. */
export function scriptOfAstral(codePoint: number): number {
  if (codePoint >= 0x20000 && codePoint < 0x40000) return han;
  return codePoint >= 0x1aff0 && codePoint < 0x1b170 ? kana : -1;
}
