/**
 * Patterns and keywords that match whatever a text is about.
 *
 * @module
 */
import { keywordSchema, methodOf } from '../../../signals/keyword-rule.js';
import { compileRegex, type Regex, regexProblem } from '../../../signals/regex.js';
import type { Path } from '../../diagnostics.js';
import { at, textAt } from '../../raw.js';
import type { SignalRule } from '../policy.js';
import { sampleTexts } from '../samples.js';
import type { LintFinding, PolicyRule } from '../types.js';

export const regexTooBroad: PolicyRule = {
  scope: 'policy',
  code: 'regex-too-broad',
  summary: 'A pattern matches the empty text, or nearly every text.',
  severity: 'warning',
  certain: false,
  check: ({ signals }) =>
    signals.flatMap((signal) =>
      patternsOf(signal).flatMap(({ pattern, caseSensitive, path }) => {
        const problem = breadthOf(pattern, caseSensitive);
        if (problem === undefined) return [];
        return [
          {
            path,
            message: `${signal.type} signal \`${signal.name}\`: the pattern \`${pattern}\` ${problem}`,
            hint: 'make it narrower: name what must be there, with `+` instead of `*`, and word edges `\\b`',
          },
        ];
      }),
    ),
};

interface Pattern {
  readonly pattern: string;
  readonly caseSensitive: boolean;
  readonly path: Path;
}

function patternsOf({ type, rule, path }: SignalRule): Pattern[] {
  if (type === 'keyword') {
    const parsed = keywordSchema.safeParse(rule);
    if (!parsed.success || methodOf(parsed.data) !== 'regex') return [];
    const { keywords, case_sensitive: caseSensitive } = parsed.data;
    return keywords.map((pattern, index) => ({ pattern, caseSensitive, path: [...path, 'keywords', index] }));
  }
  const pattern = textAt(rule, 'feature', 'source', 'pattern');
  // Counting, say, capitals everywhere and comparing the number is a use of its own.
  if (type !== 'structure' || pattern === undefined || at(rule, 'predicate') !== undefined) return [];
  const caseSensitive = at(rule, 'feature', 'source', 'case_sensitive') === true;
  return [{ pattern, caseSensitive, path: [...path, 'feature', 'source', 'pattern'] }];
}

function breadthOf(pattern: string, caseSensitive: boolean): string | undefined {
  if (regexProblem(pattern, { caseSensitive }) !== undefined) return undefined;
  let regex: Regex;
  try {
    regex = compileRegex(pattern, { caseSensitive });
  } catch {
    return undefined;
  }
  if (regex.test('')) return 'matches the empty text, and so every text';
  const matched = sampleTexts.filter((text) => regex.test(text)).length;
  if (matched < sampleTexts.length * 0.8) return undefined;
  return matched === sampleTexts.length
    ? 'matches every text of a sample of everyday prompts'
    : `matches ${matched} of ${sampleTexts.length} everyday prompts about different things`;
}

export const keywordTooCommon: PolicyRule = {
  scope: 'policy',
  code: 'keyword-too-common',
  summary: 'A keyword is a word that is in most texts.',
  severity: 'warning',
  certain: false,
  check: ({ signals }) =>
    signals.flatMap(({ type, name, rule, path }): LintFinding[] => {
      const parsed = type === 'keyword' ? keywordSchema.safeParse(rule) : undefined;
      if (!parsed?.success || parsed.data.operator !== 'OR' || methodOf(parsed.data) === 'regex') return [];
      return parsed.data.keywords.flatMap((keyword, index) => {
        if (!functionWords.has(keyword.trim().toLowerCase())) return [];
        return [
          {
            path: [...path, 'keywords', index],
            message: `keyword signal \`${name}\`: \`${keyword}\` is in most texts of its language`,
            hint: 'remove it, or use a phrase that says what the text is about',
          },
        ];
      });
    }),
};

/** The most frequent words of some languages; none of them says what a text is about. */
const functionWords: ReadonlySet<string> = new Set([
  ...['a', 'an', 'and', 'are', 'at', 'be', 'for', 'i', 'in', 'is', 'it', 'my', 'of', 'on', 'that', 'the'],
  ...['this', 'to', 'was', 'we', 'with', 'you'],
  ...['der', 'die', 'das', 'und', 'ist', 'ich', 'ein', 'eine', 'zu', 'mit', 'den', 'nicht'],
  ...['le', 'la', 'les', 'et', 'est', 'un', 'une', 'de', 'des', 'el', 'los', 'que', 'y', 'en', 'il', 'di'],
]);
