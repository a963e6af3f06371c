/**
 * What `tune` prints.
 *
 * @module
 */
import type { Interval } from '../../../runtime/policy/bootstrap.js';
import type { Figures, Goal } from '../../../runtime/policy/thresholds.js';
import { signalLabel } from '../../../runtime/policy/tune/observations.js';
import { fewestPerSide, type SignalResult } from '../../../runtime/policy/tune/tune-signals.js';
import { decimal, type Palette, plural } from '../output.js';
import { percentText } from '../share.js';
import { renderTable } from '../table.js';

export interface TuneReport {
  readonly goal: Goal;
  readonly rows: number;
  readonly results: readonly SignalResult[];
  /** Figures with all new thresholds in force, by the name of the signal. */
  readonly after: ReadonlyMap<string, Figures>;
  /** Rows with a decision, and how many get it. */
  readonly decisions: { readonly rows: number; readonly before: number; readonly after: number } | undefined;
  readonly written: { readonly file: string; readonly backup: string } | undefined;
}

/** Signals whose threshold changes. */
export function changesOf(
  results: readonly SignalResult[],
): (SignalResult & { readonly status: 'change' })[] {
  return results.flatMap((result) =>
    result.status === 'change' ? [{ ...result, status: 'change' as const }] : [],
  );
}

/** JSON in snake case, as every other interface writes it. */
export function tuneJson({
  goal,
  rows,
  results,
  after,
  decisions,
  written,
}: TuneReport): Record<string, unknown> {
  return {
    goal: goal.kind === 'f1' ? { kind: 'f1' } : { kind: 'precision', at_least: goal.least },
    rows,
    signals: results.map((result) => signalJson(result, after)),
    decisions: decisions ?? null,
    written: written ?? null,
  };
}

function signalJson(result: SignalResult, after: TuneReport['after']): Record<string, unknown> {
  const { recipe, status, positives, negatives, before } = result;
  const signal = signalLabel(result);
  const base = { signal, recipe, status, positives, negatives, threshold: before };
  if (result.status === 'too_few') {
    return { ...base, more_positives: result.morePositives, more_negatives: result.moreNegatives };
  }
  const figures = { ...base, before: figuresJson(result.figuresBefore) };
  if (result.status === 'out_of_reach') return figures;
  const { tuned } = result;
  const { intervals, crossValidated } = tuned;
  return {
    ...figures,
    new_threshold: tuned.threshold,
    new_threshold_interval: intervals.threshold ?? null,
    after: figuresJson(after.get(signal) ?? tuned.figures),
    cross_validated: {
      ...figuresJson(crossValidated),
      precision_interval: intervals.precision ?? null,
      recall_interval: intervals.recall ?? null,
      f1_interval: intervals.f1 ?? null,
    },
  };
}

function figuresJson(figures: Figures | undefined): Record<string, number | null> {
  const { precision = null, recall = null, f1 = null, hits = 0, falseAlarms = 0, misses = 0 } = figures ?? {};
  return { precision, recall, f1, hits, false_alarms: falseAlarms, misses };
}

export interface TextOptions {
  readonly width: number | undefined;
  readonly palette: Palette;
}

/** The report for people, ending with a line break. */
export function tuneText(report: TuneReport, { width, palette }: TextOptions): string {
  const { goal, rows, results, decisions, after } = report;
  const aim = goal.kind === 'f1' ? 'best F1' : `precision of at least ${percentText(goal.least)}`;
  const tuned = results.flatMap((result) => ('tuned' in result ? [result] : []));
  const table = renderTable(
    [
      { header: 'signal', flexible: true },
      { header: 'rows', align: 'right' },
      { header: 'threshold', align: 'right' },
      { header: 'new', align: 'right' },
      { header: '95 % interval', align: 'right' },
      { header: 'precision', align: 'right' },
      { header: 'recall', align: 'right' },
      { header: 'F1', align: 'right' },
      { header: '' },
    ],
    tuned.map((result) => {
      const { positives, negatives, before, figuresBefore, tuned: found, status } = result;
      const signal = signalLabel(result);
      const now = after.get(signal) ?? found.figures;
      const arrow = (key: 'precision' | 'recall' | 'f1') =>
        `${figure(figuresBefore[key])} → ${figure(now[key])}`;
      return [
        signal,
        `${positives}+ ${negatives}-`,
        decimal(before, 4),
        decimal(found.threshold, 4),
        interval(found.intervals.threshold),
        arrow('precision'),
        arrow('recall'),
        arrow('f1'),
        status === 'keep' ? 'kept' : '',
      ];
    }),
    {
      width,
      paintHeader: palette.dim,
      paint: (cell, row) => (tuned[row]?.status === 'keep' ? palette.dim(cell) : cell),
    },
  );
  const unseen = renderTable(
    [
      { header: 'signal', flexible: true },
      { header: 'precision', align: 'right' },
      { header: 'recall', align: 'right' },
      { header: 'F1', align: 'right' },
    ],
    tuned.map(({ tuned: { crossValidated, intervals }, ...signal }) => [
      signalLabel(signal),
      ...(['precision', 'recall', 'f1'] as const).map(
        (key) => `${figure(crossValidated?.[key])} (${interval(intervals[key])})`,
      ),
    ]),
    { width, indent: 2, paintHeader: palette.dim },
  );
  return [
    `${palette.bold(`Thresholds for the ${aim}`)}, ${plural(rows, 'row')}\n${table}`,
    ...(unseen === ''
      ? []
      : [
          `\n${palette.bold('On rows that the threshold was not chosen by')} (5-fold, 95 % intervals)\n${unseen}`,
        ]),
    ...noteLines(report, palette),
    ...(decisions === undefined
      ? []
      : [`\nDecisions right: ${decisions.before} → ${decisions.after} of ${decisions.rows}\n`]),
    ...writtenLines(report),
  ].join('');
}

function noteLines({ results, goal }: TuneReport, palette: Palette): string[] {
  const lines = results.flatMap((result) => {
    const signal = signalLabel(result);
    if (result.status === 'too_few') {
      const wanted = [
        ...(result.morePositives > 0 ? [`${result.morePositives} more that should match`] : []),
        ...(result.moreNegatives > 0 ? [`${result.moreNegatives} more that should not`] : []),
      ].join(' and ');
      return [
        `${palette.yellow('Left out')}  ${signal}: needs ${wanted} (${fewestPerSide} of each at least)\n`,
      ];
    }
    if (result.status === 'out_of_reach') {
      const aim = goal.kind === 'precision' ? `a precision of ${percentText(goal.least)}` : 'any match';
      return [`${palette.yellow('Out of reach')}  ${signal}: no threshold gives ${aim} on these rows\n`];
    }
    return [];
  });
  return lines.length === 0 ? [] : ['\n', ...lines];
}

function writtenLines({ written, results }: TuneReport): string[] {
  const count = changesOf(results).length;
  if (written !== undefined) {
    return [
      `\nWrote ${plural(count, 'threshold')} to ${written.file}; the file as it was is ${written.backup}\n`,
    ];
  }
  return [
    count === 0
      ? '\nNothing to change.\n'
      : `\n\`--write\` puts ${count === 1 ? 'it' : 'them'} into the file.\n`,
  ];
}

function figure(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(3);
}

function interval(range: Interval | undefined): string {
  return range === undefined ? '–' : `${range[0].toFixed(2)} to ${range[1].toFixed(2)}`;
}
