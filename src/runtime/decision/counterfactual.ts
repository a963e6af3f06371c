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
function scoreIfMatched(outcome: SignalOutcome | undefined): number {
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

/** Whether an outcome makes a condition true. */
export function counts(outcome: SignalOutcome | undefined): boolean {
  return outcome?.status === 'matched' || (outcome?.status === 'unavailable' && outcome.countsAs === 'match');
}

/** The opposite outcome; a signal that measures something just reaches its threshold, or just misses it. */
export function turned(outcome: SignalOutcome | undefined): SignalOutcome {
  if (outcome === undefined || outcome.status === 'unavailable') {
    return counts(outcome) ? { status: 'not_matched' } : { status: 'matched', score: 1 };
  }
  const { value, threshold, score } = outcome;
  if (outcome.status === 'matched') {
    const below = value !== undefined && threshold !== undefined && value >= threshold;
    return { ...outcome, status: 'not_matched', ...(below && { value: threshold - 1e-9 }) };
  }
  const reached = value !== undefined && threshold !== undefined && value < threshold;
  return {
    ...outcome,
    status: 'matched',
    ...(reached && { value: threshold }),
    ...(score !== undefined && { score: scoreIfMatched(outcome) }),
  };
}

/** By leaf, all leaves that follow from it directly or through others. */
export function dependentsOf(leaves: DecisionEngine['leaves']): ReadonlyMap<number, readonly number[]> {
  const sources: ReadonlySet<number>[] = [];
  const dependents = new Map<number, number[]>();
  leaves.forEach(({ derived }, leaf) => {
    const inputs = derived?.inputs ?? [];
    const all = new Set(inputs.flatMap((input) => [input, ...(sources[input] ?? [])]));
    sources.push(all);
    for (const source of all) {
      const known = dependents.get(source);
      if (known === undefined) dependents.set(source, [leaf]);
      else known.push(leaf);
    }
  });
  return dependents;
}
