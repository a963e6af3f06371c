/**
 * The decision engine: picks the winning decision while asking for as few and as cheap signals as it can.
 *
 * It walks decisions in winning order. For the one that could win it asks the cheapest signals that can
 * still change its truth or confidence, and stops when no other decision can outrank it. What it returns
 * (decision and confidence) is what evaluating every signal would give: a property test compares both.
 *
 * @module
 */
import { costOrder, type SignalCost } from '../signals/types.js';
import { type Ranking, rankByStrategy, rankByTier } from './ranking.js';
import {
  boundsOf,
  compileTree,
  FALSE,
  type LeafStates,
  LeafTable,
  type Node,
  PENDING,
  TRUE,
  UNKNOWN,
} from './tree.js';
import type { DecisionSpec, Strategy } from './types.js';

/** Where the engine gets leaves from. */
export interface LeafSource extends LeafStates {
  /**
   * Determines a leaf. Sets `truth` and `score` before it returns, or returns a promise that resolves
   * after it has set them. Called only for unknown leaves; must never reject.
   */
  ask(leaf: number): Promise<void> | undefined;
}

export interface Choice {
  /** Index of the winner; -1 if no decision matched. */
  readonly winner: number;
  readonly confidence: number;
}

const noMatch: Choice = { winner: -1, confidence: 0 };

/** Compiled decisions. Stateless between calls; one instance serves concurrent requests. */
export class DecisionEngine {
  readonly leaves: readonly { readonly type: string; readonly name: string }[];
  readonly trees: readonly Node[];
  readonly #costs: Uint8Array;
  readonly #byStrategy: Ranking;
  readonly #byTier: Ranking;
  readonly #tiered: readonly number[];

  /**
   * @param costOf Cost class of a condition type; unknown types cost nothing, since asking them is
   *   answered at once (`unavailable`).
   */
  constructor(
    decisions: readonly DecisionSpec[],
    strategy: Strategy,
    costOf: (type: string) => SignalCost | undefined,
  ) {
    const table = new LeafTable();
    this.trees = decisions.map((decision) => compileTree(decision.rules, table));
    this.leaves = table.leaves;
    this.#costs = Uint8Array.from(table.leaves, (leaf) => costOrder.indexOf(costOf(leaf.type) ?? 'free'));
    this.#byStrategy = rankByStrategy(decisions, strategy);
    this.#byTier = rankByTier(decisions);
    this.#tiered = decisions.flatMap((decision, index) => (decision.tier > 0 ? [index] : []));
  }

  /** Winner among the decisions; synchronous as long as no leaf has to be waited for. */
  decide(source: LeafSource): Choice | Promise<Choice> {
    const step = this.#advance(source);
    return Array.isArray(step) ? this.#wait(source, step) : step;
  }

  /** All leaves, asked in parallel: what explanations and the evaluation API need. */
  askAll(source: LeafSource): Promise<void> | undefined {
    const pending: Promise<void>[] = [];
    for (let leaf = 0; leaf < this.leaves.length; leaf++) {
      if (source.truth[leaf] === UNKNOWN) {
        const promise = source.ask(leaf);
        if (promise !== undefined) pending.push(promise);
      }
    }
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** The order that applied when this choice was made: decides how a loss is explained. */
  ranking(source: LeafStates): Ranking {
    return this.#tiered.some((index) => this.#truth(index, source) === TRUE)
      ? this.#byTier
      : this.#byStrategy;
  }

  async #wait(source: LeafSource, pending: Promise<void>[]): Promise<Choice> {
    for (;;) {
      await Promise.all(pending);
      // Starts over: known leaves are remembered, so walking again costs microseconds.
      const step = this.#advance(source);
      if (!Array.isArray(step)) return step;
      pending = step;
    }
  }

  /** Goes as far as possible without waiting: a choice, or the leaves to wait for. */
  #advance(source: LeafSource): Choice | Promise<void>[] {
    let ranking = this.#byStrategy;
    if (this.#tiered.length > 0) {
      const anyTiered = this.#anyMatches(this.#tiered, source);
      if (Array.isArray(anyTiered)) return anyTiered;
      if (anyTiered) ranking = this.#byTier;
    }
    for (const level of ranking) {
      const step =
        level.length === 1 ? this.#advanceSingle(level, source) : this.#advanceLevel(level, source);
      if (step !== undefined) return step;
    }
    return noMatch;
  }

  #advanceSingle(level: readonly number[], source: LeafSource): Choice | Promise<void>[] | undefined {
    const index = level[0];
    const tree = index === undefined ? undefined : this.trees[index];
    if (index === undefined || tree === undefined) return undefined;
    const pending = this.#settle(tree, source);
    if (pending !== undefined) return pending;
    const { truth, low } = boundsOf(tree, source);
    return truth === TRUE ? { winner: index, confidence: low } : undefined;
  }

  #advanceLevel(level: readonly number[], source: LeafSource): Choice | Promise<void>[] | undefined {
    // Free signals first, for all: they narrow the bounds before anything expensive is asked.
    const pendingFree: Promise<void>[] = [];
    const open: number[] = [];
    for (const index of level) {
      const tree = this.trees[index];
      if (tree !== undefined && this.#walk(tree, 0, true, source, pendingFree) !== FALSE) open.push(index);
    }
    if (pendingFree.length > 0) return pendingFree;
    for (;;) {
      let best = -1;
      let bestLow = 0;
      let bestHigh = -1;
      let bestExact = false;
      for (const index of open) {
        const tree = this.trees[index];
        if (tree === undefined) continue;
        const { truth, low, high } = boundsOf(tree, source);
        if (truth !== FALSE && high > bestHigh) {
          best = index;
          bestLow = low;
          bestHigh = high;
          bestExact = truth === TRUE && low === high;
        }
      }
      const tree = this.trees[best];
      if (tree === undefined) return undefined;
      if (bestExact) return { winner: best, confidence: bestLow };
      const pending = this.#settle(tree, source);
      if (pending !== undefined) return pending;
    }
  }

  #anyMatches(indexes: readonly number[], source: LeafSource): boolean | Promise<void>[] {
    for (let cost = 0; cost < costOrder.length; cost++) {
      const pending: Promise<void>[] = [];
      let open = false;
      for (const index of indexes) {
        const tree = this.trees[index];
        if (tree === undefined) continue;
        const truth = this.#walk(tree, cost, false, source, pending);
        if (truth === TRUE) return true;
        if (truth === UNKNOWN) open = true;
      }
      if (pending.length > 0) return pending;
      if (!open) return false;
    }
    return false;
  }

  #truth(index: number, source: LeafStates): number {
    const tree = this.trees[index];
    return tree === undefined ? FALSE : boundsOf(tree, source).truth;
  }

  /** Determines a tree's truth and exact confidence, cheapest class first; returns what to wait for. */
  #settle(tree: Node, source: LeafSource): Promise<void>[] | undefined {
    const pending: Promise<void>[] = [];
    for (let cost = 0; cost < costOrder.length; cost++) {
      if (this.#walk(tree, cost, true, source, pending) === FALSE) return undefined;
      if (pending.length > 0) return pending;
      const { truth, low, high } = boundsOf(tree, source);
      if (truth === TRUE && low === high) return undefined;
    }
    return undefined;
  }

  /**
   * Asks leaves of at most `cost` that can still change the node's truth or, if `exact`, its confidence.
   * Leaves that must be waited for are added to `pending` and count as unknown.
   */
  #walk(node: Node, cost: number, exact: boolean, source: LeafSource, pending: Promise<void>[]): number {
    switch (node.operator) {
      case 'LEAF':
        return this.#askLeaf(node.leaf, cost, source, pending);
      case 'AND': {
        if (node.flat !== undefined) return this.#walkFlatAnd(node.flat, cost, source, pending);
        // A condition already known to be false saves asking the ones before it.
        for (const child of node.children) {
          if (child.operator === 'LEAF' && source.truth[child.leaf] === FALSE) return FALSE;
        }
        let truth: number = TRUE;
        for (const child of node.children) {
          const value = this.#walk(child, cost, exact, source, pending);
          if (value === FALSE) return FALSE;
          if (value === UNKNOWN) truth = UNKNOWN;
        }
        return truth;
      }
      case 'OR': {
        if (node.flat !== undefined) return this.#walkFlatOr(node.flat, cost, exact, source, pending);
        let truth: number = FALSE;
        for (const child of node.children) {
          const value = this.#walk(child, cost, exact, source, pending);
          if (value === TRUE) {
            truth = TRUE;
            // Nothing exceeds confidence 1, so the remaining conditions cannot matter.
            if (!exact || boundsOf(child, source).low === 1) return TRUE;
          } else if (value === UNKNOWN && truth === FALSE) truth = UNKNOWN;
        }
        return truth;
      }
      case 'NOT': {
        const child = node.children[0];
        if (child === undefined) return FALSE;
        const value = this.#walk(child, cost, false, source, pending);
        return value === UNKNOWN ? UNKNOWN : value === TRUE ? FALSE : TRUE;
      }
    }
  }

  #walkFlatAnd(leaves: Int32Array, cost: number, source: LeafSource, pending: Promise<void>[]): number {
    const { truth } = source;
    // A condition already known to be false saves asking the ones before it.
    for (let index = 0; index < leaves.length; index++) {
      if (truth[leaves[index] ?? 0] === FALSE) return FALSE;
    }
    let result: number = TRUE;
    for (let index = 0; index < leaves.length; index++) {
      const leaf = leaves[index] ?? 0;
      if (truth[leaf] === TRUE) continue;
      const value = this.#askLeaf(leaf, cost, source, pending);
      if (value === FALSE) return FALSE;
      if (value === UNKNOWN) result = UNKNOWN;
    }
    return result;
  }

  #walkFlatOr(
    leaves: Int32Array,
    cost: number,
    exact: boolean,
    source: LeafSource,
    pending: Promise<void>[],
  ): number {
    const { truth } = source;
    let result: number = FALSE;
    for (let index = 0; index < leaves.length; index++) {
      const leaf = leaves[index] ?? 0;
      if (truth[leaf] === FALSE) continue;
      const value = this.#askLeaf(leaf, cost, source, pending);
      if (value === FALSE) continue;
      if (value === TRUE) {
        result = TRUE;
        // Nothing exceeds confidence 1, so the remaining conditions cannot matter.
        if (!exact || source.score[leaf] === 1) return TRUE;
      } else if (result === FALSE) result = UNKNOWN;
    }
    return result;
  }

  /** Truth of a leaf, asking for it if it costs no more than `cost`. */
  #askLeaf(leaf: number, cost: number, source: LeafSource, pending: Promise<void>[]): number {
    const known = source.truth[leaf];
    if (known === TRUE || known === FALSE) return known;
    if (known === PENDING || (this.#costs[leaf] ?? 0) > cost) return UNKNOWN;
    const promise = source.ask(leaf);
    if (promise === undefined) return source.truth[leaf] ?? UNKNOWN;
    // A leaf may stand in a tree twice; it is asked and waited for once.
    source.truth[leaf] = PENDING;
    pending.push(promise);
    return UNKNOWN;
  }
}
