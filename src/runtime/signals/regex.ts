/**
 * Regular expressions in RE2 syntax, matched in time linear in the text whatever the pattern.
 *
 * `re2js` understands every pattern but takes about 0.25 µs per character, two seconds for 8 MB. So what
 * can be proven to behave the same and to stay linear runs on the native engine, and a literal that every
 * match contains is searched first.
 *
 * @module
 */
import { RE2JS } from 're2js';
import { messageOf } from '../errors.js';
import {
  isFaithful,
  isProvablyLinear,
  matchesEmpty,
  requiredLiteral,
  simplifyForTest,
  toNativeSource,
} from './regex-linear.js';
import { parseRegex, type RegexNode } from './regex-syntax.js';

export interface Regex {
  /** @param lowered Gives `text.toLowerCase()`; callers with many patterns share it. */
  test(text: string, lowered?: () => string): boolean;
  /** Matches that do not overlap, from left to right. */
  count(text: string): number;
  /** Which engine answers, for tests and benchmarks. */
  readonly engine: { readonly test: RegexEngine; readonly count: RegexEngine };
}

export type RegexEngine = 'native' | 're2';

export interface RegexOptions {
  readonly caseSensitive: boolean;
}

/** Why `pattern` cannot be used; undefined if it can. */
export function regexProblem(pattern: string, { caseSensitive }: RegexOptions): string | undefined {
  try {
    RE2JS.compile(pattern, flagsOf(caseSensitive));
    return undefined;
  } catch (error) {
    return explain(pattern, messageOf(error));
  }
}

function flagsOf(caseSensitive: boolean): number {
  return caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE;
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

/** A native expression for `node`, if it is safe to run. */
function nativeOf(node: RegexNode | undefined, flags: string): RegExp | undefined {
  return node !== undefined && isFaithful(node) && isProvablyLinear(node)
    ? new RegExp(toNativeSource(node), flags)
    : undefined;
}

/** Compiles a pattern that {@link regexProblem} accepted; throws for any other. */
export function compileRegex(pattern: string, { caseSensitive }: RegexOptions): Regex {
  const general = RE2JS.compile(pattern, flagsOf(caseSensitive));
  const tree = parseRegex(pattern, caseSensitive);
  const tester = nativeOf(tree && simplifyForTest(tree), 'u');
  // The engines differ in how they step over empty matches.
  const counter = tree !== undefined && !matchesEmpty(tree) ? nativeOf(tree, 'gu') : undefined;
  const literal = tree === undefined ? '' : requiredLiteral(tree);
  const exactCase = caseSensitive && !pattern.startsWith('(?i)');

  const mayMatch = (text: string, lowered: () => string) =>
    literal === '' || (exactCase ? text : lowered()).includes(literal);

  return {
    engine: { test: tester ? 'native' : 're2', count: counter ? 'native' : 're2' },
    test(text, lowered = () => text.toLowerCase()) {
      if (tester === undefined && !mayMatch(text, lowered)) return false;
      return attempt(
        () => tester?.test(text),
        () => general.test(text),
      );
    },
    count(text) {
      if (counter === undefined && !mayMatch(text, () => text.toLowerCase())) return 0;
      return attempt(
        () => counter && countNative(counter, text),
        () => countGeneral(general, text),
      );
    },
  };
}

/** The native engine gives up with an exception when a loop over a very long run fills its stack. */
function attempt<T>(native: () => T | undefined, fallback: () => T): T {
  try {
    return native() ?? fallback();
  } catch {
    return fallback();
  }
}

function countNative(expression: RegExp, text: string): number {
  let total = 0;
  expression.lastIndex = 0;
  while (expression.test(text)) total += 1;
  return total;
}

function countGeneral(expression: RE2JS, text: string): number {
  const matcher = expression.matcher(text);
  let total = 0;
  while (matcher.find()) total += 1;
  return total;
}
