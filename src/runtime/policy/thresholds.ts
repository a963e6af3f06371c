/**
 * Choosing a threshold on labelled values: for the best F1, or for a precision that must be kept.
 *
 * A value counts as a match if it is at or above the threshold, as signals do.
 *
 * @module
 */
import { bootstrapInterval, type Interval } from './bootstrap.js';
import { stratifiedFolds } from './folds.js';
import { wilsonInterval } from './wilson.js';

/** A measured value, and whether it should have been a match. */
export interface Labelled {
  readonly value: number;
  readonly positive: boolean;
}

export interface Figures {
  /** Share of the matches that should have been; undefined without matches. */
  readonly precision: number | undefined;
  /** Share found of those that should have been; undefined if there are none. */
  readonly recall: number | undefined;
  /** 2·hits / (2·hits + misses + false alarms); undefined where there is nothing to find nor found. */
  readonly f1: number | undefined;
  readonly hits: number;
  readonly falseAlarms: number;
  readonly misses: number;
}

export type Goal = { readonly kind: 'f1' } | { readonly kind: 'precision'; readonly least: number };

export interface Choice {
  readonly threshold: number;
  readonly figures: Figures;
}

export function figuresOf(hits: number, falseAlarms: number, misses: number): Figures {
  const share = (part: number, whole: number) => (whole === 0 ? undefined : part / whole);
  return {
    precision: share(hits, hits + falseAlarms),
    recall: share(hits, hits + misses),
    f1: share(2 * hits, 2 * hits + falseAlarms + misses),
    hits,
    falseAlarms,
    misses,
  };
}

/**
 * The best threshold on `rows`: in the middle of the gap between two values, where a new value is least likely
 * to fall on the wrong side. For a precision it is the lowest that keeps it, so that most is found. Undefined
 * without positive rows, or if no threshold keeps the precision.
 */
export function bestThreshold(rows: readonly Labelled[], goal: Goal): Choice | undefined {
  const sorted = [...rows].sort((a, b) => b.value - a.value);
  const positives = sorted.filter(({ positive }) => positive).length;
  if (positives === 0) return undefined;
  let hits = 0;
  let falseAlarms = 0;
  let best: { readonly from: number; readonly figures: Figures } | undefined;
  sorted.forEach(({ value, positive }, at) => {
    if (positive) hits++;
    else falseAlarms++;
    // Equal values fall on the same side.
    if (sorted[at + 1]?.value === value) return;
    const figures = figuresOf(hits, falseAlarms, positives - hits);
    if (isBetter(figures, best?.figures, goal)) best = { from: at, figures };
  });
  if (best === undefined) return undefined;
  const above = sorted[best.from]?.value ?? 0;
  return { threshold: between(sorted[best.from + 1]?.value, above), figures: best.figures };
}

/** Rows come with falling thresholds, so among equals the earlier one is the stricter one. */
function isBetter(figures: Figures, best: Figures | undefined, goal: Goal): boolean {
  if (goal.kind === 'f1') return (figures.f1 ?? 0) > (best?.f1 ?? 0);
  if (figures.hits === 0 || (figures.precision ?? 0) < goal.least) return false;
  return best === undefined || figures.hits > best.hits;
}

/** A short number above `below` and not above `above`, near their middle. */
function between(below: number | undefined, above: number): number {
  const low = below ?? above - Math.max(0.01, Math.abs(above) * 0.05);
  const middle = (low + above) / 2;
  for (let digits = 2; digits < 8; digits++) {
    const rounded = Number(middle.toFixed(digits));
    if (rounded > low && rounded <= above) return rounded;
  }
  return above;
}

export interface Tuned extends Choice {
  /** Figures on rows that the threshold was not chosen by; undefined if no fold could choose one. */
  readonly crossValidated: Figures | undefined;
  readonly intervals: {
    readonly threshold: Interval | undefined;
    readonly precision: Interval | undefined;
    readonly recall: Interval | undefined;
    readonly f1: Interval | undefined;
  };
}

export interface TuneOptions {
  readonly folds: number;
  /** Rounds of the bootstrap. Default 1000. */
  readonly samples?: number;
}

/**
 * The best threshold with what it is worth on unseen rows. 95 % intervals: of threshold and F1 by bootstrap, of
 * precision and recall by Wilson's formula.
 */
export function tuneThreshold(
  rows: readonly Labelled[],
  goal: Goal,
  { folds, samples = 1000 }: TuneOptions,
): Tuned | undefined {
  const choice = bestThreshold(rows, goal);
  if (choice === undefined) return undefined;
  const fold = stratifiedFolds(
    rows.map(({ positive }) => (positive ? 1 : 0)),
    folds,
  );
  /** Per row, whether it matched under the threshold that the other folds chose. */
  const matched = new Array<boolean | undefined>(rows.length).fill(undefined);
  for (let hidden = 0; hidden < folds; hidden++) {
    const chosen = bestThreshold(
      rows.filter((_, row) => fold[row] !== hidden),
      goal,
    );
    if (chosen === undefined) continue;
    rows.forEach(({ value }, row) => {
      if (fold[row] === hidden) matched[row] = value >= chosen.threshold;
    });
  }
  const unseen = (sample: Iterable<number>): Figures => {
    let hits = 0;
    let falseAlarms = 0;
    let misses = 0;
    for (const row of sample) {
      const match = matched[row];
      if (match === undefined) continue;
      if (rows[row]?.positive === true) match ? hits++ : misses++;
      else if (match) falseAlarms++;
    }
    return figuresOf(hits, falseAlarms, misses);
  };
  const interval = (figure: (sample: Uint32Array) => number | undefined) =>
    bootstrapInterval(rows.length, figure, { samples });
  const draw = (sample: Uint32Array) =>
    Array.from(sample, (row) => rows[row] ?? { value: 0, positive: false });
  const all = unseen(rows.keys());
  return {
    ...choice,
    crossValidated: matched.every((each) => each === undefined) ? undefined : all,
    intervals: {
      threshold: interval((sample) => bestThreshold(draw(sample), goal)?.threshold),
      precision: wilsonInterval(all.hits, all.hits + all.falseAlarms),
      recall: wilsonInterval(all.hits, all.hits + all.misses),
      f1: interval((sample) => unseen(sample).f1),
    },
  };
}
