/**
 * New thresholds for the signals of a configuration.
 *
 * @module
 */
import { type Figures, figuresOf, type Goal, type Tuned, tuneThreshold } from '../thresholds.js';
import type { TunableSignal } from './observations.js';

/** Fewest rows on either side that a threshold can be taken from and cross-validated. */
export const fewestPerSide = 8;

const folds = 5;
/** With many rows the intervals are narrow, and fewer rounds say so too. */
const manyRows = 1000;

interface ResultBase {
  /** That the rule belongs to. */
  readonly recipe: string;
  readonly type: string;
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  /** Threshold at present. */
  readonly before: number;
}

export type SignalResult =
  | (ResultBase & {
      readonly status: 'too_few';
      readonly morePositives: number;
      readonly moreNegatives: number;
    })
  /** No threshold reaches the precision. */
  | (ResultBase & { readonly status: 'out_of_reach'; readonly figuresBefore: Figures })
  | (ResultBase & {
      /** `keep`: what is there is as good on rows that the new one was not chosen by. */
      readonly status: 'change' | 'keep';
      readonly figuresBefore: Figures;
      readonly tuned: Tuned;
    });

/** The result for one signal. */
export function tuneSignal(signal: TunableSignal, goal: Goal): SignalResult {
  const { recipe, type, name, threshold: before, observations } = signal;
  const positives = observations.filter(({ positive }) => positive).length;
  const negatives = observations.length - positives;
  const base = { recipe, type, name, before, positives, negatives };
  const morePositives = Math.max(0, fewestPerSide - positives);
  const moreNegatives = Math.max(0, fewestPerSide - negatives);
  if (morePositives + moreNegatives > 0) return { ...base, status: 'too_few', morePositives, moreNegatives };
  // What the signal said, not what its number would say: some families have rules beside the threshold.
  const figuresBefore = figuresOf(
    observations.filter(({ positive, matched }) => positive && matched).length,
    observations.filter(({ positive, matched }) => !positive && matched).length,
    observations.filter(({ positive, matched }) => positive && !matched).length,
  );
  const samples = observations.length > manyRows ? 200 : 1000;
  const tuned = tuneThreshold(observations, goal, { folds, samples });
  if (tuned === undefined || tuned.threshold < 0 || tuned.threshold > 1) {
    return { ...base, status: 'out_of_reach', figuresBefore };
  }
  const better = tuned.threshold !== before && isBetter(tuned, figuresBefore, goal);
  return { ...base, status: better ? 'change' : 'keep', figuresBefore, tuned };
}

function isBetter({ crossValidated }: Tuned, before: Figures, goal: Goal): boolean {
  if (crossValidated === undefined) return false;
  if (goal.kind === 'f1') return (crossValidated.f1 ?? 0) > (before.f1 ?? 0);
  const kept = (before.precision ?? 0) >= goal.least;
  return !kept || (crossValidated.recall ?? 0) > (before.recall ?? 0);
}
