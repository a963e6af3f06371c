/**
 * The race inside one level: which of its decisions wins, settling as few of them as that takes.
 *
 * Decisions with a measured confidence race among themselves; the one with the highest bound is settled
 * first, so that the others are left alone if they cannot reach it. A decision that matches by facts beats
 * the best of them only with a higher priority. See `Ranking` for the rule.
 *
 * @module
 */
import { type Bounds, boundsOf, FACT, FALSE, type LeafStates, NOTHING, type Node, TRUE } from './tree.js';

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
  /** First that may yet be a fact, if it comes before `fact`. */
  let openFact = -1;
  let catchAll = -1;
  /** First that is not known yet and can be. */
  let unsettled = -1;
  for (const index of open) {
    const tree = trees[index];
    if (tree === undefined) continue;
    const bounds = stuck?.get(index) ?? boundsOf(tree, states);
    const { truth, low, high } = bounds;
    if (truth === FALSE) continue;
    if (unsettled < 0 && (truth !== TRUE || low !== high) && !stuck?.has(index)) unsettled = index;
    if (low <= 1 && high >= 0) {
      const reach = Math.min(high, 1);
      if (reach > bestHigh) {
        best = index;
        bestBounds = bounds;
        bestHigh = reach;
      }
      highestMeasured = Math.max(highestMeasured, priorities[index] ?? 0);
    }
    if (high === FACT && fact < 0) {
      if (truth === TRUE && low === FACT) fact = index;
      else if (openFact < 0) openFact = index;
    } else if (high === NOTHING && catchAll < 0) catchAll = index;
  }
  const priorityOf = (index: number) => priorities[index] ?? 0;
  const settle = (index: number): RaceStep => {
    if (!stuck?.has(index)) return { kind: 'settle', index };
    // Before giving up: with the others known it may not matter.
    return unsettled < 0 ? { kind: 'failed', index } : { kind: 'settle', index: unsettled };
  };
  if (fact >= 0 && openFact < 0 && (best < 0 || priorityOf(fact) > highestMeasured)) return won(fact, FACT);
  if (bestBounds !== undefined) {
    const { truth, low, high } = bestBounds;
    if (truth !== TRUE || low !== high) return settle(best);
    if (openFact >= 0 && priorityOf(openFact) > priorityOf(best)) return settle(openFact);
    if (fact >= 0 && priorityOf(fact) > priorityOf(best)) return won(fact, FACT);
    return won(best, low);
  }
  if (openFact >= 0) return settle(openFact);
  return catchAll >= 0 ? won(catchAll, NOTHING) : none;
}

function won(index: number, value: number): RaceStep {
  return { kind: 'won', index, value };
}
