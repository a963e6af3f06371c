/**
 * Keyword rules that look for the same words in the same way.
 *
 * @module
 */
import { type KeywordRule, keywordSchema, methodOf } from '../../signals/keyword-rule.js';
import type { Literal, Solver } from './sat.js';

interface KeywordLeaf {
  readonly variable: number;
  readonly operator: KeywordRule['operator'];
  readonly keywords: ReadonlySet<string>;
}

/** Adds what `leaves` (a variable and its keyword rule each) imply of each other. */
export function addKeywordRelations(
  leaves: readonly { readonly variable: number; readonly rule: unknown }[],
  solver: Solver,
): void {
  const groups = new Map<string, KeywordLeaf[]>();
  for (const { variable, rule } of leaves) {
    const read = readRule(rule);
    if (read !== undefined) groups.set(read.way, [...(groups.get(read.way) ?? []), { ...read, variable }]);
  }
  for (const group of groups.values()) addGroup(group, solver);
}

interface ReadRule extends Omit<KeywordLeaf, 'variable'> {
  /** The same for rules that find the same keywords in every text. */
  readonly way: string;
}

/** Rules are asked about in many questions. */
const readRules = new WeakMap<object, ReadRule | 'none'>();

function readRule(rule: unknown): ReadRule | undefined {
  if (typeof rule !== 'object' || rule === null) return undefined;
  let read = readRules.get(rule);
  if (read === undefined) {
    const parsed = keywordSchema.safeParse(rule);
    const way = parsed.success ? wayOf(parsed.data) : undefined;
    read =
      parsed.success && way !== undefined
        ? { way, operator: parsed.data.operator, keywords: keywordSet(parsed.data) }
        : 'none';
    readRules.set(rule, read);
  }
  return read === 'none' ? undefined : read;
}

/** Keywords as they are compared: case counts only where the rule says so. */
export function keywordSet({ keywords, case_sensitive }: KeywordRule): Set<string> {
  return new Set(keywords.map((keyword) => (case_sensitive ? keyword.trim() : keyword.trim().toLowerCase())));
}

/** The same for rules that find the same keywords in every text; undefined if a find depends on the whole rule. */
function wayOf(rule: KeywordRule): string | undefined {
  const method = methodOf(rule);
  // Its weights come from all keywords of a rule.
  if (method === 'bm25') return undefined;
  const { case_sensitive, fuzzy_match, fuzzy_threshold, ngram_arity, ngram_threshold } = rule;
  return JSON.stringify([
    method,
    case_sensitive,
    method === 'fuzzy' || (method === 'regex' && fuzzy_match) ? fuzzy_threshold || 2 : 0,
    method === 'ngram' ? [ngram_arity, ngram_threshold] : [],
  ]);
}

function addGroup(group: readonly KeywordLeaf[], solver: Solver): void {
  const byKeyword = new Map<string, number[]>();
  group.forEach(({ keywords }, index) => {
    for (const keyword of keywords) byKeyword.set(keyword, [...(byKeyword.get(keyword) ?? []), index]);
  });
  const compared = new Set<string>();
  for (const sharing of byKeyword.values()) {
    for (const first of sharing) {
      for (const second of sharing) {
        const key = `${first} ${second}`;
        const [a, b] = [group[first], group[second]];
        if (first === second || compared.has(key) || a === undefined || b === undefined) continue;
        compared.add(key);
        for (const clause of clausesOf(a, b)) solver.add(clause);
      }
    }
  }
}

/** What `a` says about `b`; they share a keyword, and the other direction is asked for separately. */
function clausesOf(a: KeywordLeaf, b: KeywordLeaf): Literal[][] {
  const aInB = [...a.keywords].every((keyword) => b.keywords.has(keyword));
  const bInA = [...b.keywords].every((keyword) => a.keywords.has(keyword));
  const implies: Literal[][] = [[-a.variable, b.variable]];
  const excludes: Literal[][] = [[-a.variable, -b.variable]];
  switch (`${a.operator} ${b.operator}`) {
    case 'OR OR':
      return aInB ? implies : [];
    case 'AND AND':
    case 'NOR NOR':
      return bInA ? implies : [];
    case 'AND OR':
      return implies;
    case 'AND NOR':
      return excludes;
    case 'OR NOR':
      // With none of the one's keywords, there is none of the other's.
      return [...(aInB ? excludes : []), ...(bInA ? [[a.variable, b.variable]] : [])];
    default:
      return [];
  }
}
