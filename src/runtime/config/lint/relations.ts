/**
 * What is certain about how conditions depend on each other: ranges that exclude or contain one another, keyword
 * rules with the same keywords, languages, labels. Whatever is not certain is left out, so that every conclusion
 * holds.
 *
 * @module
 */
import { parseTokenCount } from '../../signals/context.js';
import { canonicalDomainLabel } from '../../signals/domain-labels.js';
import { type Predicate, predicateSchema } from '../../signals/predicate.js';
import { plannedFamilies } from '../not-yet-available.js';
import { at, listAt, textAt } from '../raw.js';
import type { Routing } from '../types.js';
import { addRanges, type Interval, type RangeLeaf } from './intervals.js';
import { addKeywordRelations } from './keyword-relations.js';
import { type KnownLeaf, leafKey, type Relations } from './logic.js';
import type { Solver } from './sat.js';

/** A condition whose signal rule is known, and that looks at nothing but the rule's own outcome. */
interface PlainLeaf {
  readonly variable: number;
  readonly rule: unknown;
}

/** What is known about conditions under the signal rules and partitions of a routing. */
export function relationsOf({ signals, projections, decisions }: Routing): Relations {
  const byFamily = new Map<string, ReadonlyMap<string, unknown>>();
  for (const [type, configKey] of families) {
    byFamily.set(type, new Map((signals[configKey] ?? []).map((rule) => [rule.name, rule])));
  }
  const partitions = projections.partitions.map(({ members }) => new Set(members));
  // A boost may let a member match that its partition has put back.
  const exclusive = !decisions.some(({ action }) => action?.type === 'boost');
  return (leaves, solver) => {
    const own = leaves.filter(({ rule }) => !isMember(rule, partitions));
    addRelations(own, byFamily, solver);
    if (exclusive) addPartitions(leaves, partitions, solver);
  };
}

/** Whether a partition decides on a condition too, beside its own rule. */
function isMember({ type, name }: KnownLeaf['rule'], partitions: readonly ReadonlySet<string>[]): boolean {
  return (type === 'domain' || type === 'embedding') && partitions.some((members) => members.has(name));
}

/** Of the members of a partition only one matches. */
function addPartitions(
  leaves: readonly KnownLeaf[],
  partitions: readonly ReadonlySet<string>[],
  solver: Solver,
): void {
  for (const members of partitions) {
    const inside = leaves.filter(({ rule }) => isPlain(rule) && isMember(rule, [members]));
    inside.forEach(({ variable }, index) => {
      for (const other of inside.slice(index + 1)) solver.add([-variable, -other.variable]);
    });
  }
}

/** Families whose rules are compared, with their keys under `signals`. */
const families = [
  ['keyword', 'keywords'],
  ['context', 'context'],
  ['structure', 'structure'],
  ['language', 'language'],
  ['domain', 'domains'],
  ['embedding', 'embeddings'],
] as const;

function addRelations(
  leaves: readonly KnownLeaf[],
  rules: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  solver: Solver,
): void {
  const plain = (type: (typeof families)[number][0]): PlainLeaf[] =>
    leaves.flatMap(({ rule: leaf, variable }) => {
      const rule = leaf.type === type && isPlain(leaf) ? rules.get(type)?.get(leaf.name) : undefined;
      return rule === undefined ? [] : [{ variable, rule }];
    });
  addUnavailable(leaves, solver);
  addPredicates(leaves, solver);
  addKeywordRelations(plain('keyword'), solver);
  addContext(plain('context'), solver);
  addStructure(plain('structure'), solver);
  addLanguages(plain('language'), solver);
  addDomains(plain('domain'), solver);
  addEmbeddings(plain('embedding'), solver);
  addComplexity(leaves, solver);
}

function isPlain(leaf: KnownLeaf['rule']): boolean {
  return leafKey(leaf) === leafKey({ type: leaf.type, name: leaf.name });
}

/** What no version of this router can answer never matches. */
function addUnavailable(leaves: readonly KnownLeaf[], solver: Solver): void {
  const missing = new Set(plannedFamilies.map(({ type }) => type));
  for (const { rule, variable } of leaves) {
    if (missing.has(rule.type) && isPlain(rule)) solver.add([-variable]);
  }
}

/** Conditions that compare the same measured number with bounds of their own. */
function addPredicates(leaves: readonly KnownLeaf[], solver: Solver): void {
  const groups = new Map<string, RangeLeaf[]>();
  for (const { rule, variable } of leaves) {
    const { predicate, ...rest } = rule;
    if (predicate === undefined || rest.on_error === 'match' || rest.on_unknown === 'match') continue;
    const key = leafKey(rest);
    groups.set(key, [...(groups.get(key) ?? []), { variable, interval: intervalOf(predicate) }]);
  }
  for (const group of groups.values()) addRanges(group, true, solver);
}

function intervalOf({ gt, gte, lt, lte }: Predicate): Interval {
  return {
    low: gt ?? gte ?? Number.NEGATIVE_INFINITY,
    lowOpen: gt !== undefined,
    high: lt ?? lte ?? Number.POSITIVE_INFINITY,
    highOpen: lt !== undefined,
  };
}

function addContext(leaves: readonly PlainLeaf[], solver: Solver): void {
  const tokens = (value: unknown): number | undefined =>
    (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? parseTokenCount(value)
      : undefined;
  const ranges = leaves.map(({ rule, variable }) => ({
    variable,
    interval: {
      low: tokens(at(rule, 'min_tokens')) ?? Number.NEGATIVE_INFINITY,
      lowOpen: false,
      high: tokens(at(rule, 'max_tokens')) ?? Number.POSITIVE_INFINITY,
      highOpen: false,
    },
  }));
  addRanges(ranges, false, solver);
}

/** Rules that measure the same thing and differ in their bounds. */
function addStructure(leaves: readonly PlainLeaf[], solver: Solver): void {
  const groups = new Map<string, RangeLeaf[]>();
  for (const { rule, variable } of leaves) {
    const predicate = predicateSchema.safeParse(at(rule, 'predicate'));
    const interval = predicate.success ? intervalOf(predicate.data) : intervalOf({ gt: 0 });
    const type = textAt(rule, 'feature', 'type');
    // Whether something occurs is whether its number is above 0.
    const kind = type === 'exists' ? 'count' : type;
    const key = JSON.stringify([kind, at(rule, 'feature', 'source')]);
    groups.set(key, [...(groups.get(key) ?? []), { variable, interval }]);
  }
  for (const group of groups.values()) addRanges(group, false, solver);
}

/** A text has one language. */
function addLanguages(leaves: readonly PlainLeaf[], solver: Solver): void {
  const norwegian = ['no', 'nb', 'nn'];
  forPairs(leaves, (a, b) => {
    const names = [textAt(a.rule, 'name') ?? '', textAt(b.rule, 'name') ?? ''];
    if (names[0] !== names[1] && !names.every((name) => norwegian.includes(name))) {
      solver.add([-a.variable, -b.variable]);
    }
  });
}

/** A domain with more labels and no higher threshold matches whenever the other does. */
function addDomains(leaves: readonly PlainLeaf[], solver: Solver): void {
  const labelsOf = (rule: unknown): Set<string> => {
    const categories = listAt(rule, 'mmlu_categories');
    const names = categories.length > 0 ? categories : [textAt(rule, 'name')];
    return new Set(
      names.flatMap((name) => (typeof name === 'string' ? (canonicalDomainLabel(name) ?? []) : [])),
    );
  };
  forOrderedPairs(leaves, (a, b) => {
    const [low, high] = [at(b.rule, 'threshold'), at(a.rule, 'threshold')];
    const comparable = low === high || (typeof low === 'number' && typeof high === 'number' && low <= high);
    const labels = labelsOf(a.rule);
    if (comparable && labels.size > 0 && isSubset(labels, labelsOf(b.rule))) {
      solver.add([-a.variable, b.variable]);
    }
  });
}

/** Fields of an embedding rule that decide together with threshold and candidates. */
const embeddingFields = new Set(['name', 'description', 'threshold', 'candidates']);

/** The same examples with a lower threshold, or more of them, match whenever the other rule does. */
function addEmbeddings(leaves: readonly PlainLeaf[], solver: Solver): void {
  const settingsOf = (rule: unknown): string =>
    JSON.stringify(
      Object.entries(typeof rule === 'object' && rule !== null ? rule : {})
        .filter(([key, value]) => !embeddingFields.has(key) && value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  forOrderedPairs(leaves, (a, b) => {
    const [low, high] = [at(b.rule, 'threshold'), at(a.rule, 'threshold')];
    if (typeof low !== 'number' || typeof high !== 'number' || low > high) return;
    if (settingsOf(a.rule) !== settingsOf(b.rule)) return;
    const few = new Set(listAt(a.rule, 'candidates'));
    const many = new Set(listAt(b.rule, 'candidates'));
    const mean =
      textAt(a.rule, 'aggregation_method') === 'mean' || at(a.rule, 'prototype_scoring') !== undefined;
    if (few.size > 0 && isSubset(few, many) && (!mean || few.size === many.size)) {
      solver.add([-a.variable, b.variable]);
    }
  });
}

/** A text is hard, medium or easy: one of them. */
function addComplexity(leaves: readonly KnownLeaf[], solver: Solver): void {
  const levels = leaves.filter(({ rule }) => rule.type === 'complexity' && isPlain(rule));
  const subjectOf = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf(':')));
  forPairs(levels, (a, b) => {
    if (a.rule.name.includes(':') && subjectOf(a.rule.name) === subjectOf(b.rule.name)) {
      solver.add([-a.variable, -b.variable]);
    }
  });
}

/** So many rules of one family would take too many comparisons; nothing is said of them then. */
const mostCompared = 300;

function forPairs<T>(items: readonly T[], visit: (a: T, b: T) => void): void {
  if (items.length > mostCompared) return;
  items.forEach((a, index) => {
    for (const b of items.slice(index + 1)) visit(a, b);
  });
}

function forOrderedPairs<T>(items: readonly T[], visit: (a: T, b: T) => void): void {
  forPairs(items, (a, b) => {
    visit(a, b);
    visit(b, a);
  });
}

export function isSubset<T>(few: ReadonlySet<T>, many: ReadonlySet<T>): boolean {
  if (few.size > many.size) return false;
  for (const item of few) if (!many.has(item)) return false;
  return true;
}
