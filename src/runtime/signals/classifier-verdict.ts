/**
 * What a classifier says by itself, for conditions that name no label.
 *
 * @module
 */
import { mostProbable } from '../math/probabilities.js';
import type { SignalOutcome } from './types.js';

/**
 * Matches if the surest label that means something reaches `threshold`, and none of those that mean nothing is surer.
 *
 * @param values Per label, in [0, 1]; at least one.
 * @param negative Labels that mean that nothing was found.
 */
export function verdictOf(
  values: readonly (readonly [label: string, value: number])[],
  negative: readonly string[],
  threshold: number,
): SignalOutcome {
  const [top] = mostProbable(values) ?? [];
  const [, value = 0] = mostProbable(values.filter(([label]) => !negative.includes(label))) ?? [];
  const found = top !== undefined && !negative.includes(top);
  return {
    status: found && value >= threshold ? 'matched' : 'not_matched',
    score: value,
    value,
    threshold,
    evidence: top === undefined ? [] : [top],
    values: Object.fromEntries(values),
  };
}
