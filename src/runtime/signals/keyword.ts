/**
 * `keyword`: which words or patterns the text contains.
 *
 * @module
 */
import { type KeywordMatcher, keywordMatchers } from './keyword-matchers.js';
import { type KeywordRule, keywordSchema, methodOf } from './keyword-rule.js';
import { regexProblem } from './regex.js';
import type { RuleIssueReporter, SignalFamily, SignalOutcome, SignalRequest } from './types.js';
import { wordList } from './words.js';

function checkKeywords(rule: KeywordRule, index: number, report: RuleIssueReporter): void {
  const method = methodOf(rule);
  if (rule.fuzzy_match && (method === 'bm25' || method === 'ngram')) {
    const message = `not used with \`method: ${method}\`, which tolerates variants in its own way`;
    report(index, ['fuzzy_match'], message, 'warning');
  }
  rule.keywords.forEach((keyword, at) => {
    if (method === 'regex') {
      const problem = regexProblem(keyword, { caseSensitive: rule.case_sensitive });
      if (problem !== undefined)
        report(index, ['keywords', at], `"${keyword}" is no RE2 pattern: ${problem}`);
    } else if ((method === 'bm25' || method === 'ngram') && wordList(keyword).length === 0) {
      report(
        index,
        ['keywords', at],
        `"${keyword}" has no letter or digit, so method ${method} cannot find it; use method: literal.`,
      );
    }
  });
}

/** Similarities count as confidence only where the method measures them. */
function outcomeOf(rule: KeywordRule, find: KeywordMatcher, request: SignalRequest): SignalOutcome {
  const similarities = find(request);
  const evidence: string[] = [];
  let best = 0;
  let worst = 1;
  rule.keywords.forEach((keyword, at) => {
    const similarity = similarities[at] ?? -1;
    if (similarity < 0) return;
    evidence.push(keyword);
    best = Math.max(best, similarity);
    worst = Math.min(worst, similarity);
  });
  const found = evidence.length;
  const method = methodOf(rule);
  const approximate = method === 'fuzzy' || method === 'ngram' || (method === 'regex' && rule.fuzzy_match);
  switch (rule.operator) {
    case 'NOR':
      return { status: found === 0 ? 'matched' : 'not_matched', evidence };
    case 'AND':
      if (found < rule.keywords.length) return { status: 'not_matched', evidence };
      return { status: 'matched', evidence, ...(approximate && { score: worst }) };
    case 'OR':
      if (found === 0) return { status: 'not_matched', evidence };
      return { status: 'matched', evidence, ...(approximate && { score: best }) };
  }
}

export const keywordFamily: SignalFamily<KeywordRule> = {
  type: 'keyword',
  configKey: 'keywords',
  summary: 'Matches words, phrases or patterns in the text.',
  cost: 'free',
  schema: keywordSchema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      checkKeywords(rule, index, report);
    });
  },
  compile(rules) {
    const matchers = keywordMatchers(rules);
    return rules.flatMap((rule, index) => {
      const find = matchers[index];
      return find === undefined
        ? []
        : [{ name: rule.name, evaluate: (request: SignalRequest) => outcomeOf(rule, find, request) }];
    });
  },
};
