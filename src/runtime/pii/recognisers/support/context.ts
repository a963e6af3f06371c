/**
 * Words near a candidate, for formats that prove nothing by themselves.
 *
 * @module
 */

/** How far a context word may be away by default, in UTF-16 units: about six words. */
export const nearby = 40;

const unspacedStart = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]/u;

/** The word with no letter beside it, unless its script puts no spaces between words. */
function edged(word: string): string {
  return unspacedStart.test(word) ? word : `(?<!\\p{L})(?:${word})(?!\\p{L})`;
}

/** An expression for any of the words, each given as the source of an expression, in any case. */
export function anyWord(...words: readonly string[]): RegExp {
  return new RegExp(words.map(edged).join('|'), 'iu');
}

/** The same, but only right before a candidate: between them stand at most punctuation and linking words. */
export function labelOf(...words: readonly string[]): RegExp {
  const linking =
    '(?:\\s{0,2}(?:number|numbers|num|no|nr|#|is|are|was|at|on|ist|est|es|to|me|us|是|为|は|号|号码|號碼|番号|번호))*';
  return new RegExp(`(?:${words.map(edged).join('|')})${linking}[\\s:=>#.,'"()\\[\\]|：-]{0,12}$`, 'iu');
}

/** Up to `distance` units before `start`. */
export function before(text: string, start: number, distance = nearby): string {
  return text.slice(Math.max(0, start - distance), start);
}

/** Up to `distance` units after `end`. */
export function after(text: string, end: number, distance = nearby): string {
  return text.slice(end, end + distance);
}

/** Whether one of the words stands near `start` to `end`, before or after. */
export function isNear(text: string, start: number, end: number, words: RegExp, distance = nearby): boolean {
  return words.test(before(text, start, distance)) || words.test(after(text, end, distance));
}
