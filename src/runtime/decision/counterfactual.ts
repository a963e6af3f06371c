/**
 * What a signal's answer is worth when it is turned round: its value, its distance from its threshold.
 *
 * @module
 */
import type { SignalOutcome } from '../signals/types.js';
import type { DecisionEngine } from './engine.js';
import type { Evaluation } from './evaluation.js';
import { FACT } from './tree.js';

/** What each leaf of the engine was answered, by leaf index. */
export function outcomesOf(
  { leaves }: Pick<DecisionEngine, 'leaves'>,
  { conditions }: Pick<Evaluation, 'conditions'>,
): (SignalOutcome | undefined)[] {
  // The same decisions always have the same leaves.
  return leaves.map((_, leaf) => conditions[leaf]?.outcome);
}

/** Value of a leaf that matched. */
export function scoreOf(outcome: SignalOutcome | undefined): number {
  return outcome === undefined || outcome.status === 'unavailable' ? 0 : (outcome.score ?? FACT);
}

/** A signal that measures confidence would have matched by just reaching its threshold. */
export function scoreIfMatched(outcome: SignalOutcome | undefined): number {
  if (outcome === undefined || outcome.status === 'unavailable') return 1;
  if (outcome.score === undefined) return FACT;
  if (outcome.threshold === undefined) return 1;
  return Math.min(1, Math.max(outcome.score, outcome.threshold));
}

/** How far a signal is from its threshold, as a share of it; undefined if it measures nothing. */
export function distanceOf(outcome: SignalOutcome): number | undefined {
  if (outcome.status === 'unavailable') return undefined;
  const { value, threshold } = outcome;
  if (value === undefined || threshold === undefined || threshold <= 0) return undefined;
  return Math.abs(value - threshold) / threshold;
}
