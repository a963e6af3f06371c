/**
 * The patterns of Replace and Split, and what of a text they match.
 *
 * @module
 */
import { codePointSize } from './code-points.js';
import { PatternError, translatePattern } from './oniguruma.js';
import type { Section } from './section.js';

/** Reads `pattern`: `{"String": …}` or `{"Regex": …}`. `undefined` matches nothing. */
export function parsePattern(section: Section): RegExp | undefined {
  const pattern = section.section('pattern');
  if (pattern.has('String')) {
    const text = pattern.string('String');
    if (text === '') return undefined;
    const escaped = Array.from(text, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`).join('');
    return new RegExp(escaped, 'gv');
  }
  if (!pattern.has('Regex')) throw pattern.invalid('must have String or Regex');
  try {
    return translatePattern(pattern.string('Regex'));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw pattern.unsupported(`the pattern ${JSON.stringify(pattern.string('Regex'))} (${error.message})`);
  }
}

/** Calls `found` for each match, in order. Empty ones directly after a match do not count. */
export function eachMatch(pattern: RegExp, text: string, found: (start: number, end: number) => void): void {
  pattern.lastIndex = 0;
  let before = -1;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    const end = pattern.lastIndex;
    if (start === end) {
      // JavaScript would find the same empty match for ever.
      pattern.lastIndex += codePointSize(text, end);
      if (start === before) continue;
    }
    before = end;
    found(start, end);
  }
}
