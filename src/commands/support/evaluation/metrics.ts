/**
 * Figures of an evaluation.
 *
 * @module
 */
import { meanOf, nearestRank } from '../../../runtime/math/quantiles.js';
import type { ExpectationKind } from './cases.js';

/** One answered row. */
export interface Result {
  readonly line: number;
  readonly kind: ExpectationKind;
  readonly expected: string;
  readonly predicted: string;
  readonly milliseconds: number;
  /** Only of wrong rows, and only if they are to be shown. */
  readonly text: string | undefined;
}

export interface ClassMetrics {
  /** Of the rows predicted to be this class, the share that is; 0 if none was. */
  readonly precision: number;
  /** Of the rows of this class, the share found; 0 if there is none. */
  readonly recall: number;
  readonly f1: number;
  /** Rows of this class. */
  readonly support: number;
}

export interface KindMetrics {
  readonly accuracy: number;
  readonly total: number;
  readonly correct: number;
  /** Mean of the classes' F1, so that rare classes count as much as frequent ones. */
  readonly macro_f1: number;
  readonly per_class: Readonly<Record<string, ClassMetrics>>;
  /** Rows by expected, then by predicted class. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Figures of rows of one kind. */
export function metricsOf(results: readonly Result[]): KindMetrics {
  const counts = new Map<string, Map<string, number>>();
  const predictedCounts = new Map<string, number>();
  for (const { expected, predicted } of results) {
    const row = counts.get(expected) ?? new Map<string, number>();
    row.set(predicted, (row.get(predicted) ?? 0) + 1);
    counts.set(expected, row);
    predictedCounts.set(predicted, (predictedCounts.get(predicted) ?? 0) + 1);
  }
  const classes = [...new Set([...counts.keys(), ...predictedCounts.keys()])].sort();
  const perClass = classes.map((name): [string, ClassMetrics] => {
    const hits = counts.get(name)?.get(name) ?? 0;
    const support = [...(counts.get(name)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
    const precision = ratio(hits, predictedCounts.get(name) ?? 0);
    const recall = ratio(hits, support);
    return [name, { precision, recall, f1: ratio(2 * precision * recall, precision + recall), support }];
  });
  const expectedClasses = perClass.filter(([, { support }]) => support > 0);
  const correct = results.filter(({ expected, predicted }) => expected === predicted).length;
  return {
    accuracy: ratio(correct, results.length),
    total: results.length,
    correct,
    macro_f1: ratio(
      expectedClasses.reduce((sum, [, { f1 }]) => sum + f1, 0),
      expectedClasses.length,
    ),
    per_class: Object.fromEntries(perClass),
    confusion: Object.fromEntries(
      classes.flatMap((name) => {
        const row = counts.get(name);
        return row === undefined
          ? []
          : [[name, Object.fromEntries([...row].sort(([a], [b]) => (a < b ? -1 : 1)))]];
      }),
    ),
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export interface Confusion {
  readonly expected: string;
  readonly predicted: string;
  readonly count: number;
}

/** Wrong pairs, most frequent first. */
export function topConfusions({ confusion }: Pick<KindMetrics, 'confusion'>, most: number): Confusion[] {
  return Object.entries(confusion)
    .flatMap(([expected, row]) =>
      Object.entries(row).flatMap(([predicted, count]) =>
        predicted === expected ? [] : [{ expected, predicted, count }],
      ),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}

export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

/** Percentiles by nearest rank. */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const rank = (share: number) => round(nearestRank(sorted, share) ?? 0);
  return {
    p50: rank(0.5),
    p90: rank(0.9),
    p99: rank(0.99),
    mean: round(meanOf(sorted)),
    max: round(sorted.at(-1) ?? 0),
  };
}

/** Microseconds are finer than what was measured. */
function round(milliseconds: number): number {
  return Number(milliseconds.toFixed(3));
}
