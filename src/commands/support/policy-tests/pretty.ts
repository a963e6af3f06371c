/**
 * The report of policy tests for people: failures with their reasons, and what no case reaches.
 *
 * @module
 */
import type { Coverage } from '../../../runtime/policy/coverage.js';
import { alternativeText } from '../alternatives.js';
import { decimal, type Palette, plural } from '../output.js';
import { percentText } from '../share.js';
import { renderTable } from '../table.js';
import { cut, oneLine, wrap } from '../text.js';
import type { CaseResult } from './run.js';
import { type Counts, countsOf, countsOfRun, type TestRun, unavailableSignals } from './summary.js';

export interface PrettyOptions {
  /** Terminal columns; undefined prints everything in full. */
  readonly width: number | undefined;
  readonly palette: Palette;
}

/** The whole report, ending with a line break. */
export function prettyReport(run: TestRun, { width, palette }: PrettyOptions): string {
  const files = run.files.map(({ file, config, cases }) => {
    const head = `${palette.bold(file)}  ${palette.dim(config.source)}  ${countsText(countsOf(cases), palette)}\n`;
    return head + cases.map((result) => caseText(result, file, { width, palette })).join('');
  });
  const total = `${countsText(countsOfRun(run), palette)} in ${decimal(run.seconds, 2)} s\n`;
  const missing = [...unavailableSignals(run)].map(([signal, reason]) =>
    hanging(`${palette.yellow('Unavailable')}  `, 13, `${signal}: ${reason}`, width),
  );
  const coverage = run.coverage.map(({ config, coverage: each }) =>
    coverageText(each, run.coverage.length > 1 ? config : undefined, { width, palette }),
  );
  return `${files.join('')}\n${total}${missing.join('')}${coverage.join('')}`;
}

function countsText({ passed, failed, skipped }: Counts, palette: Palette): string {
  return [
    palette.green(`${passed} passed`),
    ...(failed > 0 ? [palette.red(`${failed} failed`)] : []),
    ...(skipped > 0 ? [palette.yellow(`${skipped} skipped`)] : []),
  ].join(', ');
}

function caseText(result: CaseResult, file: string, { width, palette }: PrettyOptions): string {
  if (result.status === 'passed' || result.status === 'skipped') return '';
  const place = result.line === undefined ? file : `${file}:${result.line}:${result.column ?? 1}`;
  const lines = [
    `\n  ${palette.red('failed')}  ${palette.bold(oneLine(result.name))}  ${palette.dim(place)}\n`,
  ];
  const add = (label: string, text: string) => {
    lines.push(hanging(`    ${palette.dim(label.padEnd(16))} `, 21, oneLine(text), width));
  };
  if (result.status === 'broken') {
    add('reason', result.reason);
    return lines.join('');
  }
  if (!result.name.endsWith(result.text)) {
    add('prompt', width === undefined ? result.text : cut(oneLine(result.text), 2 * width));
  }
  if (result.status === 'failed') {
    for (const { field, expected, actual } of result.misses)
      add(field, `expected ${expected}, got ${actual}`);
  }
  if (result.verdict !== undefined) add('why', result.verdict);
  if (result.nearest !== undefined) {
    add('nearest', alternativeText(result.nearest, result.router.loaded.config.defaultModel));
  }
  return lines.join('') + signalTable(result, { width, palette });
}

function signalTable(
  { plan }: Extract<CaseResult, { readonly plan: unknown }>,
  { width, palette }: PrettyOptions,
): string {
  const rows = plan.evaluation.signals.map(({ type, name, outcome }) => {
    if (outcome === undefined) return [`${type}:${name}`, 'not asked', '', '', ''];
    if (outcome.status === 'unavailable') return [`${type}:${name}`, 'unavailable', '', '', outcome.reason];
    const { status, value, score, threshold, evidence = [], turns = [] } = outcome;
    const read = turns.map(({ message, weight }) => `messages[${message}] ${Math.round(100 * weight)} %`);
    const measured = value ?? score;
    return [
      `${type}:${name}`,
      status === 'matched' ? 'matched' : 'no',
      measured === undefined ? '' : decimal(measured),
      threshold === undefined ? '' : decimal(threshold),
      [...evidence, ...read].join(', '),
    ];
  });
  return renderTable(
    [
      { header: 'signal' },
      { header: 'outcome' },
      { header: 'score', align: 'right' },
      { header: 'threshold', align: 'right' },
      { header: 'found', flexible: true },
    ],
    rows,
    {
      width,
      indent: 4,
      paintHeader: palette.dim,
      paint: (cell, row, column) =>
        rows[row]?.[1] === 'matched' && column < 2 ? palette.green(cell) : palette.dim(cell),
    },
  );
}

/** Names in one line; whoever wants all of them takes the JSON report. */
const mostNames = 12;

function coverageText(
  { share, decisions, conditions, signals }: Coverage,
  config: string | undefined,
  { width, palette }: PrettyOptions,
): string {
  const of = ({ reached, total }: { readonly reached: number; readonly total: number }) =>
    `${reached} of ${total}`;
  const head = `${palette.bold(`Coverage ${percentText(share)}`)}${config === undefined ? '' : ` of ${config}`}: ${of(decisions)} decisions won, ${of(conditions)} outcomes of conditions, ${of(signals)} signals matched\n`;
  const never = { matched: 'never matched', not_matched: 'always matched' } as const;
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['decisions that no case reaches', decisions.missing],
    ['signals that no case matches', signals.missing],
    [
      'conditions seen one way only',
      conditions.missing.map((each) => {
        const how = each.never.length === 2 ? 'never reached' : never[each.never[0] ?? 'matched'];
        return `${each.condition} in ${each.decision} (${how})`;
      }),
    ],
  ];
  const lines = lists.flatMap(([label, names]) => {
    if (names.length === 0) return [];
    const shown = names.slice(0, mostNames);
    const more = names.length > shown.length ? `, and ${plural(names.length - shown.length, 'other')}` : '';
    return [`  ${label}:\n`, hanging('    ', 4, `${shown.join(', ')}${more}`, width)];
  });
  return head + lines.join('');
}

/** `text` after a label that takes `indent` columns; continuation lines start below it. */
function hanging(label: string, indent: number, text: string, width: number | undefined): string {
  if (width === undefined) return `${label}${text}\n`;
  const lines = wrap(text, Math.max(20, width - indent));
  return lines.map((line, index) => `${index === 0 ? label : ' '.repeat(indent)}${line}\n`).join('');
}
