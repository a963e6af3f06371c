/**
 * Regular expressions in RE2 syntax, matched in time linear in the text whatever the pattern.
 *
 * @module
 */
import { RE2JS } from 're2js';
import { messageOf } from '../errors.js';

export interface Regex {
  test(text: string): boolean;
  /** Matches that do not overlap, from left to right. */
  count(text: string): number;
}

export interface RegexOptions {
  readonly caseSensitive: boolean;
}

/** Why `pattern` cannot be used; undefined if it can. */
export function regexProblem(pattern: string, { caseSensitive }: RegexOptions): string | undefined {
  try {
    RE2JS.compile(pattern, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
    return undefined;
  } catch (error) {
    return explain(pattern, messageOf(error));
  }
}

function explain(pattern: string, message: string): string {
  const plain = message.replace(/^error parsing regexp: /, '');
  if (/\(\?<?[=!]/.test(pattern)) {
    return `look-around ((?=, (?!, (?<=, (?<!) is not supported, because it cannot be matched in linear time (${plain}).`;
  }
  if (/\\[1-9]|\\k[<'{]/.test(pattern)) {
    return `back-references (\\1, \\k<name>) are not supported, because they cannot be matched in linear time (${plain}).`;
  }
  return `${plain}.`;
}

/** Compiles a pattern that {@link regexProblem} accepted; throws for any other. */
export function compileRegex(pattern: string, { caseSensitive }: RegexOptions): Regex {
  const compiled = RE2JS.compile(pattern, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  return {
    test: (text) => compiled.test(text),
    count(text) {
      const matcher = compiled.matcher(text);
      let total = 0;
      while (matcher.find()) total += 1;
      return total;
    },
  };
}
