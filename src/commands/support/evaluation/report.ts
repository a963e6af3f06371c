/**
 * Puts an evaluation into JSON and into tables.
 *
 * @module
 */
import { decimal, type Palette, plural } from '../output.js';
import { renderTable } from '../table.js';
import { type ExpectationKind, expectationKinds } from './cases.js';
import {
  type KindMetrics,
  type Latency,
  latencyOf,
  metricsOf,
  type Result,
  topConfusions,
} from './metrics.js';

export interface EvalReport {
  readonly accuracy: number;
  readonly total: number;
  readonly correct: number;
  /** Rows that could not be used; they are not part of `total`. */
  readonly invalid: number;
  readonly macro_f1: number;
  /** With several kinds in one file, names are prefixed: `label:math`. */
  readonly per_class: KindMetrics['per_class'];
  readonly confusion: KindMetrics['confusion'];
  readonly kinds: Readonly<Partial<Record<ExpectationKind, KindMetrics>>>;
  readonly latency_ms: Latency;
  readonly throughput_per_second: number;
  readonly seconds: number;
  readonly concurrency: number;
  readonly config: { readonly source: string; readonly hash: string };
  readonly model_bundle_hash: string | null;
  /** Only with \`--errors\`: the rows decided wrong. */
  readonly errors?: readonly WrongRow[];
}

export interface WrongRow {
  readonly line: number;
  readonly kind: ExpectationKind;
  readonly expected: string;
  readonly predicted: string;
  readonly text: string;
}

export interface ReportInput {
  readonly results: readonly Result[];
  readonly invalid: number;
  readonly seconds: number;
  readonly concurrency: number;
  readonly config: { readonly source: string; readonly hash: string };
  readonly modelBundleHash: string | undefined;
  /** Whether to list the rows decided wrong. */
  readonly errors: boolean;
}

export function reportOf({
  results,
  invalid,
  seconds,
  concurrency,
  config,
  modelBundleHash,
  errors,
}: ReportInput): EvalReport {
  const kinds = expectationKinds.flatMap((kind): [ExpectationKind, KindMetrics][] => {
    const ofKind = results.filter((result) => result.kind === kind);
    return ofKind.length === 0 ? [] : [[kind, metricsOf(ofKind)]];
  });
  const prefixed =
    kinds.length < 2
      ? results
      : results.map((result) => ({
          ...result,
          expected: `${result.kind}:${result.expected}`,
          predicted: `${result.kind}:${result.predicted}`,
        }));
  const overall = metricsOf(prefixed);
  return {
    accuracy: overall.accuracy,
    total: overall.total,
    correct: overall.correct,
    invalid,
    macro_f1: overall.macro_f1,
    per_class: overall.per_class,
    confusion: overall.confusion,
    kinds: Object.fromEntries(kinds),
    latency_ms: latencyOf(results.map(({ milliseconds }) => milliseconds)),
    throughput_per_second: Number((results.length / Math.max(seconds, 1e-9)).toFixed(2)),
    seconds: Number(seconds.toFixed(3)),
    concurrency,
    config,
    model_bundle_hash: modelBundleHash ?? null,
    ...(errors ? { errors: results.flatMap(wrongRow) } : {}),
  };
}

function wrongRow({ line, kind, expected, predicted, text }: Result): WrongRow[] {
  return expected === predicted ? [] : [{ line, kind, expected, predicted, text: text ?? '' }];
}

export interface PrintOptions {
  readonly width: number | undefined;
  readonly palette: Palette;
}

const kindTitles: Readonly<Record<ExpectationKind, string>> = {
  label: 'Domain labels',
  decision: 'Decisions',
  model: 'Models',
};

const mostConfusions = 10;

/** The report for people. */
export function reportText(report: EvalReport, { width, palette }: PrintOptions): string {
  const { accuracy, total, correct, invalid, latency_ms: latency } = report;
  const kinds = Object.entries(report.kinds);
  const skipped = invalid === 0 ? '' : `, ${plural(invalid, 'row')} not usable`;
  const head = `${palette.bold(`Accuracy ${percent(accuracy)}`)} (${correct} of ${total}${skipped})\n`;
  const sections = kinds.flatMap(([kind, metrics]) => {
    const title = expectationKinds.find((known) => known === kind);
    const own =
      kinds.length < 2
        ? ''
        : `, accuracy ${percent(metrics.accuracy)} (${metrics.correct} of ${metrics.total})`;
    return [
      `${palette.bold(title === undefined ? kind : kindTitles[title])}${own}, macro F1 ${metrics.macro_f1.toFixed(3)}\n${classTable(metrics, width, palette)}`,
      confusionTable(metrics, width, palette),
    ];
  });
  const speed = `Latency  p50 ${decimal(latency.p50, 1)} ms, p90 ${decimal(latency.p90, 1)} ms, p99 ${decimal(latency.p99, 1)} ms; ${decimal(report.throughput_per_second, 1)} rows per second, ${report.concurrency} at a time\n`;
  return [head, ...sections, wrongTable(report, width, palette), speed]
    .filter((text) => text !== '')
    .join('\n');
}

function wrongTable({ errors = [] }: EvalReport, width: number | undefined, palette: Palette): string {
  if (errors.length === 0) return '';
  const rows = errors.map(({ line, expected, predicted, text }) => [String(line), expected, predicted, text]);
  const columns = [
    { header: 'line', align: 'right' },
    { header: 'expected' },
    { header: 'got' },
    { header: 'prompt', flexible: true },
  ] as const;
  return `${palette.bold('Decided wrong')}\n${renderTable(columns, rows, { width, indent: 2, paintHeader: palette.dim })}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

function classTable(
  { per_class: classes }: KindMetrics,
  width: number | undefined,
  palette: Palette,
): string {
  // Classes that no row has only show in the confusions.
  const present = Object.entries(classes).filter(([, { support }]) => support > 0);
  const rows = present.map(([name, { precision, recall, f1, support }]) => [
    name,
    precision.toFixed(3),
    recall.toFixed(3),
    f1.toFixed(3),
    String(support),
  ]);
  return renderTable(
    [
      { header: 'class', flexible: true },
      { header: 'precision', align: 'right' },
      { header: 'recall', align: 'right' },
      { header: 'F1', align: 'right' },
      { header: 'rows', align: 'right' },
    ],
    rows,
    { width, indent: 2, paintHeader: palette.dim },
  );
}

function confusionTable(metrics: KindMetrics, width: number | undefined, palette: Palette): string {
  const rows = topConfusions(metrics, mostConfusions).map(({ expected, predicted, count }) => [
    String(count),
    expected,
    predicted,
  ]);
  if (rows.length === 0) return '';
  const table = renderTable(
    [{ header: 'rows', align: 'right' }, { header: 'expected' }, { header: 'got', flexible: true }],
    rows,
    { width, indent: 2, paintHeader: palette.dim },
  );
  return `${palette.bold('Most frequent confusions')}\n${table}`;
}
