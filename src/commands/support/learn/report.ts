/**
 * What `learn` and `models show` print of a learned head.
 *
 * @module
 */
import type { HeadFile } from '../../../runtime/models/learned-head/format.js';
import { headWarnings } from '../../../runtime/policy/learn/head-file.js';
import { topConfusions } from '../evaluation/metrics.js';
import type { Palette } from '../output.js';
import { renderTable } from '../table.js';

export interface ReportOptions {
  readonly width: number | undefined;
  readonly palette: Palette;
}

/** Figures, classes, confusions and warnings; ends with a line break. */
export function headReport(file: HeadFile, { width, palette }: ReportOptions): string {
  const { metrics, training, labels } = file;
  const [low, high] = metrics.accuracy_interval;
  const title = `${palette.bold(file.name)}: ${labels.length} classes, ${training.rows} rows, ${metrics.folds}-fold cross-validation\n`;
  const figures = [
    ['accuracy', `${metrics.accuracy.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)})`],
    ['macro F1', metrics.macro_f1.toFixed(3)],
    ['log loss', `${metrics.log_loss.toFixed(3)} (guessing: ${Math.log(labels.length).toFixed(3)})`],
    [
      'calibration',
      `probabilities are off by ${metrics.calibration_error.toFixed(3)} on average; temperature ${file.temperature.toFixed(2)}`,
    ],
    ['threshold', `${file.threshold.toFixed(2)} for the top label`],
  ].map(([label = '', text = '']) => `  ${palette.dim(label.padEnd(12))} ${text}\n`);
  const classes = renderTable(
    [
      { header: 'class', flexible: true },
      { header: 'precision', align: 'right' },
      { header: 'recall', align: 'right' },
      { header: 'F1', align: 'right' },
      { header: 'rows', align: 'right' },
      { header: 'threshold', align: 'right' },
    ],
    labels.map((label) => {
      const { precision = 0, recall = 0, f1 = 0, support = 0 } = metrics.per_class[label] ?? {};
      const own = file.thresholds[label] ?? file.threshold;
      return [label, precision.toFixed(3), recall.toFixed(3), f1.toFixed(3), String(support), own.toFixed(2)];
    }),
    { width, indent: 2, paintHeader: palette.dim },
  );
  const confusions = renderTable(
    [{ header: 'rows', align: 'right' }, { header: 'expected' }, { header: 'got', flexible: true }],
    topConfusions(metrics, 5).map(({ count, expected, predicted }) => [String(count), expected, predicted]),
    { width, indent: 2, paintHeader: palette.dim },
  );
  const warnings = headWarnings(file).map((text) => `${palette.yellow('Warning')}: ${text}.\n`);
  return [
    title,
    ...figures,
    `\n${classes}`,
    ...(confusions === '' ? [] : [`\nMost frequent confusions\n${confusions}`]),
    ...(warnings.length === 0 ? [] : ['\n', ...warnings]),
  ].join('');
}
