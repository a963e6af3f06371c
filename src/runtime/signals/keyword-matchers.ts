/**
 * Turns all keyword rules of a config into matchers that share the work on one request.
 *
 * @module
 */
import { AhoCorasick } from './aho-corasick.js';
import { bm25Scorer, textTerms } from './bm25.js';
import { foldText, normalizeText, withoutInvisible } from './folding.js';
import { fuzzyMatcher } from './fuzzy.js';
import type { KeywordMethod, KeywordRule } from './keyword-rule.js';
import { methodOf } from './keyword-rule.js';
import { ngramMatcher } from './ngram.js';
import { compileRegex } from './regex.js';
import type { SignalRequest } from './types.js';
import { type WordSequence, wordsOf } from './words.js';

/** Finds the keywords of one rule: per keyword its similarity in [0, 1], or -1 if it is not there. */
export type KeywordMatcher = (request: SignalRequest) => ArrayLike<number>;

const threshold = { bm25: 0.1, ngram: 0.4, fuzzy: 2 } as const;

/** What several rules need from one request, computed once. One instance per compiled family. */
class SharedText {
  readonly #folded = Symbol('folded');
  readonly #normalized = Symbol('normalized');
  readonly #words = { folded: Symbol('folded words'), normalized: Symbol('words') };
  readonly #terms = { folded: Symbol('folded terms'), normalized: Symbol('terms') };

  text(request: SignalRequest, caseSensitive: boolean): string {
    return caseSensitive
      ? request.memo(this.#normalized, () => normalizeText(request.text))
      : request.memo(this.#folded, () => foldText(request.text));
  }

  words(request: SignalRequest, caseSensitive: boolean): WordSequence {
    return request.memo(caseSensitive ? this.#words.normalized : this.#words.folded, () =>
      wordsOf(this.text(request, caseSensitive)),
    );
  }

  terms(request: SignalRequest, caseSensitive: boolean): ReadonlySet<string> {
    return request.memo(caseSensitive ? this.#terms.normalized : this.#terms.folded, () =>
      textTerms(this.words(request, caseSensitive)),
    );
  }
}

/** The literal keywords of all rules with the same case mode: one automaton, one scan per request. */
class LiteralGroup {
  readonly #caseSensitive: boolean;
  readonly #shared: SharedText;
  readonly #numbers = new Map<string, number>();
  readonly #found = Symbol('found keywords');
  #automaton: AhoCorasick | undefined;

  constructor(caseSensitive: boolean, shared: SharedText) {
    this.#caseSensitive = caseSensitive;
    this.#shared = shared;
  }

  matcher(keywords: readonly string[]): KeywordMatcher {
    const numbers = keywords.map((keyword) => {
      const seen = withoutInvisible(keyword).trim() === '' ? keyword : withoutInvisible(keyword);
      const spelled = (this.#caseSensitive ? normalizeText(seen) : foldText(seen))
        .trim()
        .replace(/\s+/gu, ' ');
      const number = this.#numbers.get(spelled) ?? this.#numbers.size;
      this.#numbers.set(spelled, number);
      return number;
    });
    return (request) => {
      const found = request.memo(this.#found, () => this.#find(request));
      return numbers.map((number) => (found[number] === 1 ? 1 : -1));
    };
  }

  #find(request: SignalRequest): Uint8Array {
    // Built with the first request, when every rule has added its keywords.
    this.#automaton ??= new AhoCorasick(Array.from(this.#numbers.keys()));
    const text = this.#shared.text(request, this.#caseSensitive);
    const found = this.#automaton.findAll(text);
    // They may stand inside a word, to hide it, as well as between two.
    const visible = withoutInvisible(text);
    if (visible === text) return found;
    const more = this.#automaton.findAll(visible.normalize('NFC'));
    return found.map((seen, keyword) => seen | (more[keyword] ?? 0));
  }
}

/** Matchers for `rules`, in their order. */
export function keywordMatchers(rules: readonly KeywordRule[]): readonly KeywordMatcher[] {
  const shared = new SharedText();
  const lower = Symbol('lower case');
  const insensitive = new LiteralGroup(false, shared);
  const sensitive = new LiteralGroup(true, shared);

  const build: Record<KeywordMethod, (rule: KeywordRule) => KeywordMatcher> = {
    literal: (rule) => (rule.case_sensitive ? sensitive : insensitive).matcher(rule.keywords),
    regex(rule) {
      const patterns = rule.keywords.map((pattern) =>
        compileRegex(pattern, { caseSensitive: rule.case_sensitive }),
      );
      return (request) => {
        const lowered = () => request.memo(lower, () => request.text.toLowerCase());
        return patterns.map((pattern) => (pattern.test(request.text, lowered) ? 1 : -1));
      };
    },
    fuzzy: (rule) => tolerant(rule, build.literal(rule)),
    ngram(rule) {
      const matcher = ngramMatcher(spell(rule), rule.ngram_threshold || threshold.ngram, rule.ngram_arity);
      return (request) => matcher.match(shared.words(request, rule.case_sensitive));
    },
    bm25(rule) {
      const score = bm25Scorer(spell(rule));
      const least = rule.bm25_threshold || threshold.bm25;
      return (request) =>
        score(shared.terms(request, rule.case_sensitive)).map((value) => (value >= least ? 1 : -1));
    },
  };
  /** What `exact` finds, and what differs from it by typing errors. */
  function tolerant(rule: KeywordRule, exact: KeywordMatcher): KeywordMatcher {
    // A typing error is one in a word: `C++` must not be found in "grade C", nor a pattern in its letters.
    const words = spell(rule).map((keyword) => (isOfWords(keyword) ? keyword : ''));
    const matcher = fuzzyMatcher(words, rule.fuzzy_threshold || threshold.fuzzy);
    return (request) => {
      const similarities = matcher.match(shared.words(request, rule.case_sensitive));
      const found = exact(request);
      return similarities.map((similarity, at) => Math.max(similarity, found[at] ?? -1));
    };
  }

  return rules.map((rule) => {
    const matcher = build[methodOf(rule)](rule);
    return methodOf(rule) === 'regex' && rule.fuzzy_match ? tolerant(rule, matcher) : matcher;
  });
}

/** Whether a keyword is made of words alone, joined as words are. */
function isOfWords(keyword: string): boolean {
  return /^[\p{L}\p{M}\p{Nd}_]+(?:[\s'’.-]+[\p{L}\p{M}\p{Nd}_]+)*$/u.test(keyword.trim());
}

function spell(rule: KeywordRule): string[] {
  return rule.keywords.map(rule.case_sensitive ? normalizeText : foldText);
}
