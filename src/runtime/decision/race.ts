/**
 * The race inside one level: which of its decisions wins, settling as few of them as that takes.
 *
 * Decisions with a measured confidence race among themselves; the one with the highest bound is settled
 * first, so that the others are left alone if they cannot reach it. A decision that matches by facts beats
 * the best of them only with a higher priority. See `Ranking` for the rule.
 *
 * @module
 */
import { type Bounds, boundsOf, FALSE, isFact, type LeafStates, NOTHING, type Node, TRUE } from './tree.js';

export type RaceStep =
  | { readonly kind: 'won'; readonly index: number; readonly value: number }
  /** Nothing follows until this decision is known. */
  | { readonly kind: 'settle'; readonly index: number }
  /** It all hangs on this decision, and it cannot be known. */
  | { readonly kind: 'failed'; readonly index: number }
  /** Nobody can win. */
  | { readonly kind: 'none' };

const none: RaceStep = { kind: 'none' };

export interface Racers {
  /** Decisions that may still win, by position. */
  readonly open: readonly number[];
  readonly trees: readonly Node[];
  readonly priorities: Float64Array;
  /** Bounds of decisions that stay inexact, because a leaf cannot be had. */
  readonly stuck: ReadonlyMap<number, Bounds> | undefined;
}

/** What has to happen next; the rule of `Ranking` in terms of bounds. */
export function nextInRace({ open, trees, priorities, stuck }: Racers, states: LeafStates): RaceStep {
  let best = -1;
  let bestBounds: Bounds | undefined;
  let bestHigh = NOTHING;
  let highestMeasured = Number.NEGATIVE_INFINITY;
  let fact = -1;
  let factValue = NOTHING;
  /** Those that may yet be facts, in order; undefined for none. */
  let openFacts: { readonly index: number; readonly high: number; readonly before: boolean }[] | undefined;
  let catchAll = -1;
  /** First that is not known yet and can be. */
  let unsettled = -1;
  for (const index of open) {
    const tree = trees[index];
    if (tree === undefined) continue;
    const bounds = stuck?.get(index) ?? boundsOf(tree, states);
    const { truth, low, high } = bounds;
    if (truth === FALSE) continue;
    const known = truth === TRUE && low === high;
    if (unsettled < 0 && !known && !stuck?.has(index)) unsettled = index;
    if (low <= 1 && high >= 0) {
      const reach = Math.min(high, 1);
      if (reach > bestHigh) {
        best = index;
        bestBounds = bounds;
        bestHigh = reach;
      }
      highestMeasured = Math.max(highestMeasured, priorities[index] ?? 0);
    }
    if (isFact(high)) {
      if (!known) {
        openFacts ??= [];
        openFacts.push({ index, high, before: fact < 0 });
      } else if (high > factValue) {
        fact = index;
        factValue = high;
      }
    } else if (high === NOTHING && catchAll < 0) catchAll = index;
  }
  const priorityOf = (index: number) => priorities[index] ?? 0;
  const settle = (index: number): RaceStep => {
    if (!stuck?.has(index)) return { kind: 'settle', index };
    // Before giving up: with the others known it may not matter.
    return unsettled < 0 ? { kind: 'failed', index } : { kind: 'settle', index: unsettled };
  };
  /** The first that can still become the best fact. */
  const rival = openFacts?.find(
    ({ high, before }) => fact < 0 || high > factValue || (before && high === factValue),
  )?.index;
  if (fact >= 0 && rival === undefined && (best < 0 || priorityOf(fact) > highestMeasured))
    return won(fact, factValue);
  if (bestBounds !== undefined) {
    const { truth, low, high } = bestBounds;
    if (truth !== TRUE || low !== high) return settle(best);
    const ahead = fact >= 0 && priorityOf(fact) > priorityOf(best);
    // A fact only wins from a higher priority on, and only the best fact does.
    if (rival !== undefined && (ahead || priorityOf(rival) > priorityOf(best))) return settle(rival);
    return ahead ? won(fact, factValue) : won(best, low);
  }
  if (rival !== undefined) return settle(rival);
  return catchAll >= 0 ? won(catchAll, NOTHING) : none;
}

function won(index: number, value: number): RaceStep {
  return { kind: 'won', index, value };
}
