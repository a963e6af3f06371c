/**
 * Rule trees in the form the engine walks: three-valued truth and bounds on a value that says how sure a
 * match is.
 *
 * Only what was measured the same way can be compared, so a value says what it is made of:
 * {@link NOTHING} < a measured confidence in [0, 1] < a fact in (1, 2]. A leaf has its signal's score, or is
 * a {@link FACT} if the signal measures none. AND is the mean of its measured conditions: facts decide whether
 * it matches, not how sure that is. Without measured ones it is a fact, as far as its conditions are facts, and
 * an empty one (the catch-all) is nothing. OR is the highest of its matched conditions, so one fact makes it a
 * fact. NOT is a fact.
 *
 * @module
 */
import { isComposite, type LeafRule, type Operator, type Rule } from './types.js';

/** Truth of a leaf or node. Numbers, because the engine keeps them in typed arrays. */
export const UNKNOWN = 0;
export const FALSE = 1;
export const TRUE = 2;
/** Asked for and not answered yet: unknown to every rule, and not to be asked again. */
export const PENDING = 3;
/** Could not be had, and the configuration forbids to guess: unknown to every rule, for good. */
export const FAILED = 4;
export type TruthValue = typeof UNKNOWN | typeof FALSE | typeof TRUE;

/** Value of a match that nothing measures: it is there or it is not. Less for one that is half a catch-all. */
export const FACT = 2;
/** Value of a match without any evidence. */
export const NOTHING = -1;

/** Whether a value is that of a match by facts alone. */
export function isFact(value: number): boolean {
  return value > 1;
}

/** What a condition adds to an AND of facts, in [0, 1]. */
function factPart(value: number): number {
  return isFact(value) ? value - 1 : Math.max(0, value);
}

/** A node of a compiled tree; all nodes have the same shape so that walking stays monomorphic. */
export interface Node {
  readonly operator: Operator | 'LEAF';
  /** Index into the leaf table; -1 for operators. */
  readonly leaf: number;
  readonly children: readonly Node[];
  /** The children's leaf indexes if all of them are leaves: the common case, walked as one array. */
  readonly flat: Int32Array | undefined;
}

/** Truth and value of every leaf, by leaf index. */
export interface LeafStates {
  readonly truth: Uint8Array;
  /** Of matched leaves: a score in [0, 1], or {@link FACT}. */
  readonly score: Float64Array;
}

/** All distinct leaves of a set of rule trees. */
export class LeafTable {
  readonly leaves: { readonly type: string; readonly name: string }[] = [];
  readonly #index = new Map<string, number>();

  /** Index of a leaf; the same (type, name) always has the same one. */
  indexOf(type: string, name: string): number {
    const key = `${type}\u0000${name}`;
    let index = this.#index.get(key);
    if (index === undefined) {
      index = this.leaves.length;
      this.leaves.push({ type, name });
      this.#index.set(key, index);
    }
    return index;
  }
}

/** Gives every condition its leaf index. */
export type LeafResolver = (rule: LeafRule) => number;

/** Compiles a rule; a missing rule becomes the empty AND, which always matches. */
export function compileTree(rule: Rule | undefined, leaves: LeafTable | LeafResolver): Node {
  const leafOf: LeafResolver =
    typeof leaves === 'function' ? leaves : ({ type, name }) => leaves.indexOf(type, name);
  if (rule === undefined) return { operator: 'AND', leaf: -1, children: [], flat: undefined };
  if (!isComposite(rule)) return { operator: 'LEAF', leaf: leafOf(rule), children: [], flat: undefined };
  const children = rule.conditions.map((condition) => compileTree(condition, leafOf));
  const allLeaves = rule.operator !== 'NOT' && children.every((child) => child.operator === 'LEAF');
  const flat = allLeaves ? Int32Array.from(children, (child) => child.leaf) : undefined;
  return { operator: rule.operator, leaf: -1, children, flat };
}

/** All leaves of a tree, each once. */
export function leavesOf(node: Node, into = new Set<number>()): Set<number> {
  if (node.operator === 'LEAF') into.add(node.leaf);
  for (const child of node.children) leavesOf(child, into);
  return into;
}

/** Value a matched node has at least and at most, whatever the unknown leaves turn out to be. */
export interface Bounds {
  readonly truth: TruthValue;
  readonly low: number;
  readonly high: number;
}

const impossible: Bounds = { truth: FALSE, low: 0, high: 0 };
const fact: Bounds = { truth: TRUE, low: FACT, high: FACT };
const catchAll: Bounds = { truth: TRUE, low: NOTHING, high: NOTHING };
const openLeaf: Bounds = { truth: UNKNOWN, low: 0, high: FACT };
const openNegation: Bounds = { truth: UNKNOWN, low: FACT, high: FACT };

/** Truth and bounds of `node` under what is known so far. */
export function boundsOf(node: Node, states: LeafStates): Bounds {
  switch (node.operator) {
    case 'LEAF': {
      const truth = states.truth[node.leaf];
      if (truth === FALSE) return impossible;
      if (truth !== TRUE) return openLeaf;
      const score = states.score[node.leaf] ?? FACT;
      return score === FACT ? fact : { truth: TRUE, low: score, high: score };
    }
    case 'AND':
      return node.flat === undefined
        ? boundsOfAnd(node.children, states)
        : boundsOfFlatAnd(node.flat, states);
    case 'OR':
      return node.flat === undefined ? boundsOfOr(node.children, states) : boundsOfFlatOr(node.flat, states);
    case 'NOT': {
      const child = node.children[0];
      if (child === undefined) return impossible;
      const { truth } = boundsOf(child, states);
      if (truth === UNKNOWN) return openNegation;
      return truth === FALSE ? fact : impossible;
    }
  }
}

function boundsOfAnd(children: readonly Node[], states: LeafStates): Bounds {
  if (children.length === 0) return catchAll;
  let truth: TruthValue = TRUE;
  let low = 0;
  let high = 0;
  let measured = 0;
  let open = 0;
  let lowestOpen = FACT;
  let highest = NOTHING;
  let facts = 0;
  for (const child of children) {
    const bounds = boundsOf(child, states);
    if (bounds.truth === FALSE) return impossible;
    if (bounds.truth === UNKNOWN) truth = UNKNOWN;
    if (bounds.low >= 0 && bounds.high <= 1) {
      measured++;
      low += bounds.low;
      high += bounds.high;
    } else if (bounds.low < bounds.high) {
      // May turn out to be measured or not.
      open++;
      lowestOpen = Math.min(lowestOpen, bounds.low);
    }
    highest = Math.max(highest, bounds.high);
    facts += factPart(bounds.high);
  }
  if (measured === 0) {
    // Every value from the lowest to a fact is possible; without open ones exactly one.
    const most = highest < 0 ? NOTHING : 1 + facts / children.length;
    return { truth, low: open > 0 ? lowestOpen : most, high: most };
  }
  if (open === 0) return { truth, low: low / measured, high: high / measured };
  // A mean is never below its smallest part, and further parts of 1 only raise it.
  return {
    truth,
    low: Math.min(low / measured, Math.max(0, lowestOpen)),
    high: (high + open) / (measured + open),
  };
}

function boundsOfOr(children: readonly Node[], states: LeafStates): Bounds {
  let matched = false;
  let open = false;
  let lowMatched = NOTHING;
  let lowOpen = FACT;
  let high = NOTHING;
  for (const child of children) {
    const bounds = boundsOf(child, states);
    if (bounds.truth === FALSE) continue;
    if (bounds.high > high) high = bounds.high;
    if (bounds.truth === TRUE) {
      matched = true;
      if (bounds.low > lowMatched) lowMatched = bounds.low;
    } else {
      open = true;
      if (bounds.low < lowOpen) lowOpen = bounds.low;
    }
  }
  if (matched) return { truth: TRUE, low: lowMatched, high };
  return open ? { truth: UNKNOWN, low: lowOpen, high } : impossible;
}

/** {@link boundsOfAnd} of leaves alone, without an object for each. */
function boundsOfFlatAnd(leaves: Int32Array, { truth, score }: LeafStates): Bounds {
  if (leaves.length === 0) return catchAll;
  let sum = 0;
  let measured = 0;
  let open = 0;
  for (let index = 0; index < leaves.length; index++) {
    const leaf = leaves[index] ?? 0;
    const value = truth[leaf];
    if (value === FALSE) return impossible;
    if (value === TRUE) {
      const confidence = score[leaf] ?? FACT;
      if (confidence !== FACT) {
        measured++;
        sum += confidence;
      }
    } else open++;
  }
  if (open === 0) return measured === 0 ? fact : { truth: TRUE, low: sum / measured, high: sum / measured };
  if (measured === 0) return openLeaf;
  return { truth: UNKNOWN, low: 0, high: (sum + open) / (measured + open) };
}

/** {@link boundsOfOr} of leaves alone, without an object for each. */
function boundsOfFlatOr(leaves: Int32Array, { truth, score }: LeafStates): Bounds {
  let matched = false;
  let open = false;
  let low = 0;
  for (let index = 0; index < leaves.length; index++) {
    const leaf = leaves[index] ?? 0;
    const value = truth[leaf];
    if (value === FALSE) continue;
    if (value === TRUE) {
      matched = true;
      low = Math.max(low, score[leaf] ?? FACT);
    } else open = true;
  }
  if (!matched) return open ? openLeaf : impossible;
  return { truth: TRUE, low, high: open ? FACT : low };
}

/**
 * Value of a node that matches although some leaves cannot be had: those add nothing. Elsewhere it is what
 * both bounds are.
 */
export function matchedValue(node: Node, states: LeafStates): number {
  switch (node.operator) {
    case 'LEAF':
      return states.score[node.leaf] ?? FACT;
    case 'NOT':
      return FACT;
    case 'OR':
      return node.children.reduce(
        (best, child) =>
          boundsOf(child, states).truth === TRUE ? Math.max(best, matchedValue(child, states)) : best,
        NOTHING,
      );
    case 'AND': {
      const values = node.children.map((child) => matchedValue(child, states));
      const measured = values.filter((value) => value >= 0 && value <= 1);
      if (measured.length === 0) {
        const facts = values.reduce((sum, value) => sum + factPart(value), 0);
        return facts > 0 ? 1 + facts / values.length : NOTHING;
      }
      return measured.reduce((sum, value) => sum + value, 0) / measured.length;
    }
  }
}

/**
 * Confidence in [0, 1] that is told of a matched node: a fact has 1, AND the mean of all its conditions (0
 * for the catch-all), OR the highest of its matched ones, NOT 1. Who wins goes by {@link matchedValue}, which
 * leaves facts out of means.
 */
export function statedConfidence(node: Node, states: LeafStates): number {
  switch (node.operator) {
    case 'LEAF':
      return states.truth[node.leaf] === TRUE ? Math.min(1, states.score[node.leaf] ?? 1) : 0;
    case 'NOT':
      return 1;
    case 'OR':
      return node.children.reduce(
        (best, child) =>
          boundsOf(child, states).truth === TRUE ? Math.max(best, statedConfidence(child, states)) : best,
        0,
      );
    case 'AND':
      if (node.children.length === 0) return 0;
      return (
        node.children.reduce((sum, child) => sum + statedConfidence(child, states), 0) / node.children.length
      );
  }
}

/** Leaves that made a matched node match, in rule order; of an OR only the most confident condition's. */
export function matchedLeaves(node: Node, states: LeafStates, into: number[] = []): number[] {
  switch (node.operator) {
    case 'LEAF':
      if (states.truth[node.leaf] === TRUE) into.push(node.leaf);
      return into;
    case 'AND':
      for (const child of node.children) matchedLeaves(child, states, into);
      return into;
    case 'OR': {
      let best: Node | undefined;
      let bestLow = NOTHING;
      for (const child of node.children) {
        const bounds = boundsOf(child, states);
        if (bounds.truth === TRUE && (best === undefined || bounds.low > bestLow)) {
          best = child;
          bestLow = bounds.low;
        }
      }
      return best === undefined ? into : matchedLeaves(best, states, into);
    }
    case 'NOT':
      // What is absent is no evidence of presence: a negated domain must not become the category.
      return into;
  }
}
