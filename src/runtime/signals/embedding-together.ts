/**
 * Embedding rules judged together, where a configuration asks for it: a lower threshold for all if none reaches
 * its own, and only the nearest few.
 *
 * @module
 */
import type { SignalOutcome } from './types.js';

export interface EmbeddingMatching {
  /** If no rule reaches its own threshold, those match that reach this one. Undefined: none does. */
  readonly softThreshold: number | undefined;
  /** Most rules that match, the nearest first. Undefined: all. */
  readonly topK: number | undefined;
}

const similarityOf = (outcome: SignalOutcome) =>
  outcome.status === 'unavailable' ? -1 : (outcome.value ?? -1);

/** The outcomes of all rules for one text, given what each says by itself; same order. */
export function matchTogether(
  alone: readonly SignalOutcome[],
  { softThreshold, topK }: EmbeddingMatching,
): SignalOutcome[] {
  const anyHard = alone.some(({ status }) => status === 'matched');
  const judged = alone.map((outcome): SignalOutcome => {
    if (softThreshold === undefined || anyHard || outcome.status === 'unavailable') return outcome;
    const matched = similarityOf(outcome) >= softThreshold;
    return { ...outcome, threshold: softThreshold, status: matched ? 'matched' : 'not_matched' };
  });
  if (topK === undefined) return judged;
  const kept = new Set(
    judged
      .filter(({ status }) => status === 'matched')
      .sort((a, b) => similarityOf(b) - similarityOf(a))
      .slice(0, topK),
  );
  return judged.map((outcome) =>
    outcome.status === 'matched' && !kept.has(outcome)
      ? {
          ...outcome,
          status: 'not_matched',
          evidence: [...(outcome.evidence ?? []), `not among the nearest ${topK}`],
        }
      : outcome,
  );
}
