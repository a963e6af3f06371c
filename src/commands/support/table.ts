/**
 * Tables without borders, for terminals and pipes.
 *
 * @module
 */
import { cut, displayWidth, oneLine } from './text.js';

export interface Column {
  readonly header: string;
  readonly align?: 'right';
  /** Takes what is left of the width; cells are cut to it. At most one column. */
  readonly flexible?: boolean;
}

export interface TableOptions {
  /** Undefined: as wide as needed. */
  readonly width: number | undefined;
  readonly indent?: number;
  /** Colours a padded cell; its width is fixed by then. */
  readonly paint?: (cell: string, row: number, column: number) => string;
  readonly paintHeader?: (header: string) => string;
}

const gap = '  ';
/** A flexible column never gets narrower; longer lines are the lesser evil then. */
const leastFlexible = 12;

/** The table, every line ended; '' without rows. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, indent = 0, paint, paintHeader }: TableOptions,
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map((_, column) => oneLine(row[column] ?? '')));
  const widths = columns.map(({ header }, column) =>
    Math.max(displayWidth(header), ...cells.map((row) => displayWidth(row[column] ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible === true);
  if (width !== undefined && flexible >= 0) {
    const others = widths.reduce((sum, each, column) => (column === flexible ? sum : sum + each), 0);
    const left = width - indent - others - gap.length * (columns.length - 1);
    widths[flexible] = Math.max(leastFlexible, Math.min(widths[flexible] ?? 0, left));
  }
  const line = (row: readonly string[], color: (cell: string, column: number) => string): string => {
    const padded = columns.map(({ align }, column) => {
      const room = widths[column] ?? 0;
      const cell = cut(row[column] ?? '', room);
      const padding = ' '.repeat(room - displayWidth(cell));
      if (align === 'right') return padding + color(cell, column);
      // Nothing follows the last column, so nothing pads it.
      return color(cell, column) + (column === columns.length - 1 ? '' : padding);
    });
    return `${' '.repeat(indent)}${padded.join(gap)}`.trimEnd();
  };
  const header = line(
    columns.map((column) => column.header),
    (cell) => paintHeader?.(cell) ?? cell,
  );
  const body = cells.map((row, index) => line(row, (cell, column) => paint?.(cell, index, column) ?? cell));
  return [header, ...body].map((text) => `${text}\n`).join('');
}
