/**
 * Scores: weighted sums of signals.
 *
 * @module
 */
import type { SignalOutcome } from '../../signals/types.js';
import type { ScoreInput } from './types.js';

/** An input with what it reads. */
export interface BoundInput {
  readonly input: ScoreInput;
  readonly source: NonNullable<ScoreInput['value_source']>;
  /** What is read, for messages. */
  readonly label: string;
}

/** Number that an input contributes, before its weight; undefined if there is none. */
export function valueOfInput({ input, source }: BoundInput, outcome: SignalOutcome): number | undefined {
  if (outcome.status === 'unavailable') {
    // A guard that fails closed does so here too. A number it has none.
    if (outcome.countsAs !== 'match') return undefined;
    if (source === 'binary') return input.match ?? 1;
    return source === 'confidence' ? 1 : undefined;
  }
  const matched = outcome.status === 'matched';
  switch (source) {
    case 'binary':
      return matched ? (input.match ?? 1) : (input.miss ?? 0);
    case 'confidence':
      return matched ? (outcome.score ?? 1) : 0;
    case 'raw':
    case 'score': {
      const { metric } = input;
      const measured = metric === undefined ? undefined : outcome.values?.[metric];
      const value = measured ?? outcome.value ?? outcome.score ?? (matched ? 1 : 0);
      return Number.isFinite(value) ? value : undefined;
    }
  }
}

/**
 * The sum as the `value` of an outcome that neither matches nor misses. An input without an answer counts
 * as a miss, unless the limits of its signal let it count as a match; a score of which no input has one is unavailable.
 */
export function outcomeOfScore(
  inputs: readonly BoundInput[],
  outcomes: readonly SignalOutcome[],
): SignalOutcome {
  let sum = 0;
  let known = 0;
  const missing: string[] = [];
  inputs.forEach((bound, index) => {
    const outcome = outcomes[index];
    const value = outcome === undefined ? undefined : valueOfInput(bound, outcome);
    if (value === undefined || outcome?.status === 'unavailable') missing.push(bound.label);
    if (value !== undefined) known++;
    const counted = value ?? (bound.source === 'binary' ? (bound.input.miss ?? 0) : 0);
    sum += bound.input.weight * counted;
  });
  if (known === 0)
    return { status: 'unavailable', reason: `none of its inputs has an answer: ${missing.join(', ')}` };
  const evidence = missing.length === 0 ? {} : { evidence: [`without ${missing.join(', ')}`] };
  return { status: 'not_matched', value: sum, ...evidence };
}
