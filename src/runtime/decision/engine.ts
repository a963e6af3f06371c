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
import { competes } from './actions.js';
import { type Leaf, LeafCompiler, type LeafContext } from './leaves.js';
import { nextInRace, type Racers } from './race.js';
import { type Ranking, rankByStrategy, rankByTier } from './ranking.js';
import {
  type Bounds,
  boundsOf,
  FACT,
  FAILED,
  FALSE,
  type LeafStates,
  leavesOf,
  matchedValue,
  type Node,
  PENDING,
  statedConfidence,
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
  /**
   * Promise of a leaf that was asked and has not answered: what the engine asked for one decision it may have
   * to wait for because of another one. Sources that answer at once need none.
   */
  waitFor?(leaf: number): Promise<void> | undefined;
}

export interface Choice {
  /** Index of the winner; -1 if no decision matched. */
  readonly winner: number;
  readonly confidence: number;
  /** Decisions ahead of the winner that matched and only recorded it, in winning order. */
  readonly recorded: readonly number[];
  /** Index of the leaf without whose answer nothing can be decided; -1 if all went well. */
  readonly failed: number;
}

const nothing: readonly number[] = [];
const noMatch: Choice = { winner: -1, confidence: 0, recorded: nothing, failed: -1 };

/** What one step of the walk ends with: a choice, what to wait for, or nothing yet. */
type Step = Choice | Promise<void>[] | undefined;

/** Compiled decisions. Stateless between calls; one instance serves concurrent requests. */
export class DecisionEngine {
  /** Leaves of the trees and what those are derived from; a leaf comes after those it is derived from. */
  readonly leaves: readonly Leaf[];
  /** Rule trees, by decision. */
  readonly trees: readonly Node[];
  readonly #costs: Uint8Array;
  readonly #byStrategy: Ranking;
  readonly #byTier: Ranking;
  readonly #tiered: readonly number[];
  readonly #priorities: Float64Array;
  /** Decisions that match without competing. */
  readonly #recorders: ReadonlySet<number>;

  /**
   * @param costOf Cost class of a signal, by condition type and name; unknown types cost nothing, since asking them is
   *   answered at once (`unavailable`).
   * @param context What conditions refer to beside signals.
   */
  constructor(
    decisions: readonly DecisionSpec[],
    strategy: Strategy,
    costOf: (type: string, name: string) => SignalCost | undefined,
    context: LeafContext = {},
  ) {
    const compiler = new LeafCompiler(decisions, context);
    this.trees = compiler.trees;
    this.leaves = compiler.leaves;
    this.#costs = costsOf(this.leaves, costOf);
    this.#byStrategy = rankByStrategy(decisions, strategy);
    this.#byTier = rankByTier(decisions);
    this.#tiered = decisions.flatMap(({ tier, action }, index) =>
      tier > 0 && competes(action) ? [index] : [],
    );
    this.#priorities = Float64Array.from(decisions, ({ priority }) => priority);
    this.#recorders = new Set(decisions.flatMap(({ action }, index) => (competes(action) ? [] : [index])));
  }

  /** Cost class of a leaf: its signal's, or the highest of those it is derived from. */
  costOf(leaf: number): SignalCost {
    return costOrder[this.#costs[leaf] ?? 0] ?? 'free';
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
      if (typeof anyTiered !== 'boolean') return anyTiered;
      if (anyTiered) ranking = this.#byTier;
    }
    if (this.#recorders.size > 0) return this.#advanceRecording(ranking, source);
    for (const level of ranking) {
      const step = this.#advanceOne(level, source);
      if (step !== undefined) return step;
    }
    return noMatch;
  }

  /** As the loop of {@link #advance}, and takes down who matched without competing. */
  #advanceRecording(ranking: Ranking, source: LeafSource): Choice | Promise<void>[] {
    const recorded: number[] = [];
    for (const level of ranking) {
      const competitors: number[] = [];
      for (const index of level) {
        if (!this.#recorders.has(index)) {
          competitors.push(index);
          continue;
        }
        const matches = this.#anyMatches([index], source);
        if (Array.isArray(matches)) return matches;
        // One that cannot be known decides nothing, so it fails nothing either.
        if (matches === true) recorded.push(index);
      }
      const step = this.#advanceOne(competitors, source);
      if (Array.isArray(step)) return step;
      if (step !== undefined) return { ...step, recorded };
    }
    return { ...noMatch, recorded };
  }

  #advanceOne(level: readonly number[], source: LeafSource): Step {
    return level.length === 1 ? this.#advanceSingle(level, source) : this.#advanceLevel(level, source);
  }

  #advanceSingle(level: readonly number[], source: LeafSource): Step {
    const index = level[0];
    const tree = index === undefined ? undefined : this.trees[index];
    if (index === undefined || tree === undefined) return undefined;
    const pending = this.#settle(tree, source);
    if (pending !== undefined) return pending;
    const { truth } = boundsOf(tree, source);
    if (truth === FALSE) return undefined;
    return truth === TRUE ? won(index, tree, source) : failedAt(tree, source);
  }

  #advanceLevel(level: readonly number[], source: LeafSource): Step {
    // Free signals first, for all: they narrow the bounds before anything expensive is asked.
    const pendingFree: Promise<void>[] = [];
    const open: number[] = [];
    for (const index of level) {
      const tree = this.trees[index];
      if (tree !== undefined && this.#walk(tree, 0, true, source, pendingFree) !== FALSE) open.push(index);
    }
    if (pendingFree.length > 0) return pendingFree;
    const racers: Racers = { open, trees: this.trees, priorities: this.#priorities, stuck: undefined };
    let stuck: Map<number, Bounds> | undefined;
    for (;;) {
      const step = nextInRace(stuck === undefined ? racers : { ...racers, stuck }, source);
      if (step.kind === 'none') return undefined;
      const { index } = step;
      const tree = this.trees[index];
      if (tree === undefined) return undefined;
      // That it wins may be known before how sure it is.
      if (step.kind === 'won') return this.#settle(tree, source) ?? won(index, tree, source);
      if (step.kind === 'failed') return failedAt(tree, source);
      const pending = this.#settle(tree, source);
      if (pending !== undefined) return pending;
      const { truth, low, high } = boundsOf(tree, source);
      if (truth === FALSE || (truth === TRUE && low === high)) continue;
      // What cannot be had adds nothing to a match that stands without it.
      stuck ??= new Map();
      const value = matchedValue(tree, source);
      stuck.set(index, truth === TRUE ? { truth, low: value, high: value } : { truth, low, high });
    }
  }

  /** Whether any of the decisions matches; a choice that names the leaf without which that stays open. */
  #anyMatches(indexes: readonly number[], source: LeafSource): boolean | Choice | Promise<void>[] {
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
    for (const index of indexes) {
      const tree = this.trees[index];
      const failed =
        tree !== undefined && boundsOf(tree, source).truth === UNKNOWN ? failedAt(tree, source) : undefined;
      if (failed !== undefined) return failed;
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
      if (tree.flat === undefined) continue;
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
            // Nothing exceeds a fact, so the remaining conditions cannot matter.
            if (!exact || boundsOf(child, source).low === FACT) return TRUE;
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
        // Nothing exceeds a fact, so the remaining conditions cannot matter.
        if (!exact || source.score[leaf] === FACT) return TRUE;
      } else if (result === FALSE) result = UNKNOWN;
    }
    return result;
  }

  /** Truth of a leaf, asking for it if it costs no more than `cost`. */
  #askLeaf(leaf: number, cost: number, source: LeafSource, pending: Promise<void>[]): number {
    const known = source.truth[leaf];
    if (known === TRUE || known === FALSE) return known;
    if (known === FAILED || (this.#costs[leaf] ?? 0) > cost) return UNKNOWN;
    if (known === PENDING) {
      // Asked by a tree that was decided without it, so nobody waits for it yet.
      const underWay = source.waitFor?.(leaf);
      if (underWay !== undefined) pending.push(underWay);
      return UNKNOWN;
    }
    const promise = source.ask(leaf);
    if (promise === undefined) {
      const answer = source.truth[leaf];
      return answer === TRUE || answer === FALSE ? answer : UNKNOWN;
    }
    // A leaf may stand in a tree twice; it is asked and waited for once.
    source.truth[leaf] = PENDING;
    pending.push(promise);
    return UNKNOWN;
  }
}

function won(winner: number, tree: Node, source: LeafSource): Choice {
  return { winner, confidence: statedConfidence(tree, source), recorded: nothing, failed: -1 };
}

/** No choice, because a leaf of `tree` cannot be had; undefined if all can. */
function failedAt(tree: Node, { truth }: LeafStates): Choice | undefined {
  for (const leaf of leavesOf(tree)) if (truth[leaf] === FAILED) return { ...noMatch, failed: leaf };
  return undefined;
}

/** Cost class of every leaf, as index into `costOrder`. */
function costsOf(
  leaves: readonly Leaf[],
  costOf: (type: string, name: string) => SignalCost | undefined,
): Uint8Array {
  const costs = new Uint8Array(leaves.length);
  leaves.forEach(({ type, name, derived }, index) => {
    costs[index] =
      derived === undefined
        ? costOrder.indexOf(costOf(type, name) ?? 'free')
        : Math.max(0, ...derived.inputs.map((input) => costs[input] ?? 0));
  });
  return costs;
}
