/**
 * Markdown for terminals: headings, paragraphs, lists, tables and code, as model cards use them.
 *
 * @module
 */
import type { Palette } from './output.js';
import { renderTable } from './table.js';
import { displayWidth, oneLine, wrap } from './text.js';

export interface MarkdownOptions {
  /** Terminal columns; undefined leaves lines as long as they are. */
  readonly width: number | undefined;
  readonly palette: Palette;
}

type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'items'; readonly items: readonly { readonly mark: string; readonly text: string }[] }
  | { readonly kind: 'table'; readonly header: readonly string[]; readonly rows: readonly string[][] }
  | { readonly kind: 'code'; readonly lines: readonly string[] };

/** The text laid out, ending with a line break. */
export function renderMarkdown(markdown: string, options: MarkdownOptions): string {
  return blocksOf(markdown)
    .map((block) => renderBlock(block, options))
    .join('\n');
}

const itemStart = /^\s*([-*]|\d+\.)\s+(.*)$/;
const rule = /^\s*\|?\s*:?-{2,}/;

function blocksOf(markdown: string): Block[] {
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let line = lines[at]; line !== undefined && belongs(line); line = lines[++at]) taken.push(line);
    return taken;
  };
  for (let line = lines[at]; line !== undefined; line = lines[at]) {
    if (line.trim() === '') at++;
    else if (line.startsWith('```')) {
      at++;
      blocks.push({ kind: 'code', lines: take((next) => !next.startsWith('```')) });
      at++;
    } else if (line.startsWith('#')) {
      const text = line.replace(/^#+\s*/, '');
      blocks.push({ kind: 'heading', level: line.length - line.replace(/^#+/, '').length, text });
      at++;
    } else if (line.trimStart().startsWith('|')) {
      const [header = [], ...rows] = take((next) => next.trimStart().startsWith('|'))
        .filter((row) => !rule.test(row))
        .map(cellsOf);
      blocks.push({ kind: 'table', header, rows });
    } else if (itemStart.test(line)) {
      blocks.push({ kind: 'items', items: itemsOf(take((next) => next.trim() !== '')) });
    } else {
      const text = take(
        (next) => next.trim() !== '' && !/^(#|```|\s*\|)/.test(next) && !itemStart.test(next),
      );
      blocks.push({ kind: 'paragraph', text: text.map((one) => one.trim()).join(' ') });
    }
  }
  return blocks;
}

function cellsOf(row: string): string[] {
  const inner = row.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => bare(cell.trim().replaceAll('\\|', '|')));
}

/** Lines that begin no item go on with the one before. */
function itemsOf(lines: readonly string[]): { mark: string; text: string }[] {
  const items: { mark: string; text: string }[] = [];
  for (const line of lines) {
    const [, mark = '-', text] = itemStart.exec(line) ?? [];
    const last = items.at(-1);
    if (text !== undefined) items.push({ mark: mark === '*' ? '-' : mark, text });
    else if (last !== undefined) last.text += ` ${line.trim()}`;
  }
  return items;
}

/** Without marks that mean nothing on a terminal. */
function bare(text: string): string {
  return text
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/`([^`]+)`/g, '$1')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '$1 ($2)');
}

function renderBlock(block: Block, { width, palette }: MarkdownOptions): string {
  switch (block.kind) {
    case 'heading': {
      const text = oneLine(bare(block.text));
      return `${palette.bold(block.level === 1 ? palette.cyan(text) : text)}\n`;
    }
    case 'paragraph':
      return hanging('', block.text, width);
    case 'items':
      return block.items.map(({ mark, text }) => hanging(`${mark} `, text, width)).join('');
    case 'code':
      return block.lines.map((line) => `    ${palette.dim(harmless(line))}\n`).join('');
    case 'table':
      return renderTable(columnsOf(block.header, block.rows), block.rows, {
        width,
        paintHeader: palette.dim,
      });
  }
}

/** Code keeps its spaces, but no escape sequences. */
function harmless(line: string): string {
  return line.replaceAll('\t', '  ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

function hanging(label: string, text: string, width: number | undefined): string {
  const plain = oneLine(bare(text));
  const lines = width === undefined ? [plain] : wrap(plain, Math.max(20, width - label.length));
  return lines.map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}\n`).join('');
}

const numeric = /^[-–·]?$|^[<>≤≥~]?[-+]?\d/;

/** Columns of figures are aligned on the right; the widest other one gives way on a narrow terminal. */
function columnsOf(header: readonly string[], rows: readonly (readonly string[])[]) {
  const figures = header.map((_, at) => at > 0 && rows.every((row) => numeric.test(row[at] ?? '')));
  const widths = header.map((_, at) =>
    figures[at] === true ? 0 : Math.max(...rows.map((row) => displayWidth(row[at] ?? '')), 0),
  );
  const widest = widths.indexOf(Math.max(...widths));
  return header.map((name, at) => ({
    header: name,
    ...(figures[at] === true ? { align: 'right' as const } : {}),
    ...(at === widest ? { flexible: true } : {}),
  }));
}
