/**
 * Mappings: outputs that hold while a score is within bounds.
 *
 * @module
 */
import { logistic } from '../../math/probabilities.js';
import { compareWith } from '../../signals/predicate.js';
import type { SignalOutcome } from '../../signals/types.js';
import { shortNumber } from '../../text/numbers.js';
import { defaultSlope, type Mapping, type MappingOutput } from './types.js';

/** Logistic confidence of a score that lies `distance` inside its bounds: 0.5 at the bound, towards 1. */
export function confidenceAt(distance: number, slope: number): number {
  return logistic(slope * distance);
}

function isBounded({ gt, gte, lt, lte }: MappingOutput): boolean {
  return gt !== undefined || gte !== undefined || lt !== undefined || lte !== undefined;
}

/** Outcome of the output at `position` for a score's outcome. */
export function outcomeOfOutput(mapping: Mapping, position: number, score: SignalOutcome): SignalOutcome {
  const output = mapping.outputs[position];
  if (output === undefined) return { status: 'unavailable', reason: 'no such output' };
  if (score.status === 'unavailable') return score;
  const { value } = score;
  if (value === undefined || !Number.isFinite(value)) {
    return { status: 'unavailable', reason: `score \`${mapping.source}\` has no value` };
  }
  const { holds, distance } = compareWith(value, output);
  const evidence = [`${mapping.source} = ${shortNumber(value)}`, ...(score.evidence ?? [])];
  const earlier =
    mapping.method === 'threshold_bands'
      ? mapping.outputs.findIndex((candidate) => compareWith(value, candidate).holds)
      : position;
  const threshold = output.gte ?? output.gt;
  const measured = { value, ...(threshold !== undefined && { threshold }), evidence };
  if (!holds || earlier !== position) {
    if (holds) evidence.push(`${mapping.outputs[earlier]?.name} comes first`);
    return { status: 'not_matched', ...measured };
  }
  const inside = isBounded(output) ? distance : 1;
  return {
    status: 'matched',
    score: confidenceAt(inside, mapping.calibration?.slope ?? defaultSlope),
    ...measured,
  };
}
