/**
 * What a bench returns, and how it is printed.
 *
 * @module
 */
import { round } from './stats.mjs';

/**
 * @typedef {{name: string, value: number | undefined, op: '<=' | '>=', limit: number, unit?: string,
 *   note?: string}} Target `value` undefined: could not be measured; `note` says why.
 * @typedef {{title: string, columns: readonly string[],
 *   rows: readonly (readonly (string | number | undefined)[])[], note?: string}} Table
 * @typedef {{tables: readonly Table[], targets: readonly Target[], figures: Readonly<Record<string, unknown>>,
 *   skipped?: readonly string[]}} Result
 * @typedef {{quick: boolean, log: (line: string) => void}} Context
 * @typedef {{name: string, summary: string, run: (context: Context) => Promise<Result>}} Bench
 */

/** @param {string | number | undefined} cell */
function show(cell) {
  if (cell === undefined || (typeof cell === 'number' && Number.isNaN(cell))) return '–';
  if (typeof cell === 'string') return cell;
  if (Number.isInteger(cell) || Math.abs(cell) >= 1000) return String(Math.round(cell));
  return String(round(cell, 3));
}

/** As Markdown, so that a table can be pasted into the docs. @param {Table} table */
export function formatTable({ title, columns, rows, note }) {
  const cells = [columns, ...rows].map((row) => row.map(show));
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => (row[index] ?? '').length)));
  /** @param {readonly string[]} row */
  const line = (row) =>
    `| ${row
      .map((cell, index) =>
        index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const [head = [], ...body] = cells;
  return [`### ${title}`, '', line(head), rule, ...body.map(line), ...(note ? ['', note] : []), ''].join(
    '\n',
  );
}

/**
 * Whether a target is met; undefined if it could not be measured.
 *
 * @param {Target} target
 */
export function isMet({ value, op, limit }) {
  if (value === undefined || Number.isNaN(value)) return undefined;
  return op === '<=' ? value <= limit : value >= limit;
}

/** @param {Target} target */
function verdict(target) {
  const met = isMet(target);
  if (met === undefined) return `not measured${target.note ? `: ${target.note}` : ''}`;
  const factor = /** @type {number} */ (target.value) / target.limit;
  const share = target.op === '<=' ? factor : 1 / factor;
  const text = met ? 'met' : `missed by ${Math.round((share - 1) * 100)} %`;
  return target.note ? `${text} (${target.note})` : text;
}

/** @param {readonly Target[]} targets @returns {Table} */
export function targetTable(targets) {
  return {
    title: 'Targets',
    columns: ['figure', 'value', 'target', 'result'],
    rows: targets.map((target) => [
      target.name,
      target.value === undefined ? undefined : `${show(target.value)}${target.unit ? ` ${target.unit}` : ''}`,
      `${target.op === '<=' ? '≤' : '≥'} ${target.limit}${target.unit ? ` ${target.unit}` : ''}`,
      verdict(target),
    ]),
  };
}

/** Figures and targets with readable precision, for `--json`. @param {Result} result */
export function toJson(result) {
  return {
    ...Object.fromEntries(
      Object.entries(result.figures).map(([key, value]) => [
        key,
        typeof value === 'number' ? round(value) : value,
      ]),
    ),
    targets: result.targets.map((target) => ({
      name: target.name,
      ...(target.value !== undefined && { value: round(target.value) }),
      op: target.op,
      limit: target.limit,
      met: isMet(target) ?? null,
      ...(target.note !== undefined && { note: target.note }),
    })),
    skipped: result.skipped ?? [],
  };
}
