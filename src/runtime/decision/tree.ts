/**
 * Rule trees in the form the engine walks: three-valued truth and bounds on confidence.
 *
 * Confidence of a node that matched: a leaf has its signal's score (1 for a signal without one), AND the
 * mean of its conditions (0 for the empty catch-all), OR the highest of its matched conditions, NOT 1.
 *
 * @module
 */
import { isComposite, type Operator, type Rule } from './types.js';

/** Truth of a leaf or node. Numbers, because the engine keeps them in typed arrays. */
export const UNKNOWN = 0;
export const FALSE = 1;
export const TRUE = 2;
/** Asked for and not answered yet: unknown to every rule, and not to be asked again. */
export const PENDING = 3;
export type TruthValue = typeof UNKNOWN | typeof FALSE | typeof TRUE;

/** A node of a compiled tree; all nodes have the same shape so that walking stays monomorphic. */
export interface Node {
  readonly operator: Operator | 'LEAF';
  /** Index into the leaf table; -1 for operators. */
  readonly leaf: number;
  readonly children: readonly Node[];
  /** The children's leaf indexes if all of them are leaves: the common case, walked as one array. */
  readonly flat: Int32Array | undefined;
}

/** Truth and score of every leaf, by leaf index. */
export interface LeafStates {
  readonly truth: Uint8Array;
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

/** Compiles a rule; a missing rule becomes the empty AND, which always matches. */
export function compileTree(rule: Rule | undefined, table: LeafTable): Node {
  if (rule === undefined) return { operator: 'AND', leaf: -1, children: [], flat: undefined };
  if (!isComposite(rule)) {
    return { operator: 'LEAF', leaf: table.indexOf(rule.type, rule.name), children: [], flat: undefined };
  }
  const children = rule.conditions.map((condition) => compileTree(condition, table));
  const allLeaves = rule.operator !== 'NOT' && children.every((child) => child.operator === 'LEAF');
  const flat = allLeaves ? Int32Array.from(children, (child) => child.leaf) : undefined;
  return { operator: rule.operator, leaf: -1, children, flat };
}

/** Confidence a matched node has at least and at most, whatever the unknown leaves turn out to be. */
export interface Bounds {
  readonly truth: TruthValue;
  readonly low: number;
  readonly high: number;
}

const impossible: Bounds = { truth: FALSE, low: 0, high: 0 };
const certain: Bounds = { truth: TRUE, low: 1, high: 1 };
const catchAll: Bounds = { truth: TRUE, low: 0, high: 0 };
const openLeaf: Bounds = { truth: UNKNOWN, low: 0, high: 1 };
const openNegation: Bounds = { truth: UNKNOWN, low: 1, high: 1 };

/** Truth and confidence bounds of `node` under what is known so far. */
export function boundsOf(node: Node, states: LeafStates): Bounds {
  switch (node.operator) {
    case 'LEAF': {
      const truth = states.truth[node.leaf];
      if (truth === FALSE) return impossible;
      if (truth !== TRUE) return openLeaf;
      const score = states.score[node.leaf] ?? 1;
      return score === 1 ? certain : { truth: TRUE, low: score, high: score };
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
      return truth === FALSE ? certain : impossible;
    }
  }
}

function boundsOfAnd(children: readonly Node[], states: LeafStates): Bounds {
  if (children.length === 0) return catchAll;
  let truth: TruthValue = TRUE;
  let low = 0;
  let high = 0;
  for (const child of children) {
    const bounds = boundsOf(child, states);
    if (bounds.truth === FALSE) return impossible;
    if (bounds.truth === UNKNOWN) truth = UNKNOWN;
    low += bounds.low;
    high += bounds.high;
  }
  return { truth, low: low / children.length, high: high / children.length };
}

function boundsOfOr(children: readonly Node[], states: LeafStates): Bounds {
  let matched = false;
  let open = false;
  let lowMatched = 0;
  let lowOpen = 1;
  let high = 0;
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
  let known: TruthValue = TRUE;
  let low = 0;
  let high = 0;
  for (let index = 0; index < leaves.length; index++) {
    const leaf = leaves[index] ?? 0;
    const value = truth[leaf];
    if (value === FALSE) return impossible;
    if (value === TRUE) {
      const confidence = score[leaf] ?? 1;
      low += confidence;
      high += confidence;
    } else {
      known = UNKNOWN;
      high += 1;
    }
  }
  return { truth: known, low: low / leaves.length, high: high / leaves.length };
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
      low = Math.max(low, score[leaf] ?? 1);
    } else open = true;
  }
  if (!matched) return open ? openLeaf : impossible;
  return { truth: TRUE, low, high: open ? 1 : low };
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
      let bestLow = -1;
      for (const child of node.children) {
        const bounds = boundsOf(child, states);
        if (bounds.truth === TRUE && bounds.low > bestLow) {
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
