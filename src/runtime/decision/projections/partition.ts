/**
 * Partitions: of several matching members only the strongest counts.
 *
 * @module
 */
import { softmax } from '../../math/probabilities.js';
import type { SignalOutcome } from '../../signals/types.js';
import type { Partition } from './types.js';

/** Strength of a member that measures none: a fact beats every measurement. */
const factStrength = 1;

function strengthOf(outcome: SignalOutcome | undefined): number {
  return outcome?.status === 'matched' ? (outcome.score ?? factStrength) : Number.NEGATIVE_INFINITY;
}

/**
 * Outcome of the member at `position` once all members are known. The strongest matching one keeps its
 * match, the first of equals; if none matches, the default counts as matched, unless no member could be
 * computed at all.
 */
export function outcomeInPartition(
  partition: Partition,
  outcomes: readonly SignalOutcome[],
  position: number,
): SignalOutcome {
  const own = outcomes[position] ?? { status: 'unavailable', reason: 'no such member' };
  let strongest = -1;
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'matched' && strengthOf(outcome) > strengthOf(outcomes[strongest]))
      strongest = index;
  });
  if (strongest < 0) {
    const blind = outcomes.every(({ status }) => status === 'unavailable');
    if (blind || partition.members[position] !== partition.default) return own;
    const evidence = [`default of partition ${partition.name}`];
    if (own.status === 'unavailable') return { status: 'matched', evidence };
    // That it counts as a match is given; what it measured stays what it is.
    const { score: _, ...measured } = own;
    return { ...measured, status: 'matched', evidence };
  }
  if (own.status === 'unavailable') return own;
  if (position !== strongest) {
    if (own.status === 'not_matched') return own;
    const winner = partition.members[strongest];
    return {
      ...own,
      status: 'not_matched',
      evidence: [`${winner} is stronger in partition ${partition.name}`],
    };
  }
  if (partition.semantics === 'exclusive' || partition.temperature === undefined) return own;
  const share = shareOf(outcomes, position, partition.temperature);
  return share === undefined ? own : { ...own, score: share };
}

/** Softmax share of a member among all that have a score. */
function shareOf(
  outcomes: readonly SignalOutcome[],
  position: number,
  temperature: number,
): number | undefined {
  const scores: number[] = [];
  let at = -1;
  outcomes.forEach((outcome, index) => {
    if (outcome.status === 'unavailable' || outcome.score === undefined) return;
    if (index === position) at = scores.length;
    scores.push(outcome.score);
  });
  return softmax(Float32Array.from(scores), temperature)[at];
}
