/**
 * Runs of white space, as Unicode defines it: other than for JavaScript's `\s`, U+0085 is, U+FEFF is not.
 *
 * @module
 */
import { characterTest } from './code-points.js';

export const isWhiteSpace = characterTest(/^\p{White_Space}$/u);

/** End of the run of white space that begins at `at`; `at` if there is none. */
export function whiteSpaceEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && isWhiteSpace(text.charCodeAt(end))) end++;
  return end;
}

/** Start of the run of white space that ends at `at`, but not before `floor`; `at` if there is none. */
export function whiteSpaceStart(text: string, at: number, floor = 0): number {
  let start = at;
  while (start > floor && isWhiteSpace(text.charCodeAt(start - 1))) start--;
  return start;
}
