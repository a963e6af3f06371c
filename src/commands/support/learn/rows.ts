/**
 * Labelled rows for training a head.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { VsrError } from '../../../runtime/errors.js';
import { selectText } from '../../../runtime/signals/request.js';
import type { CommandContext } from '../../command.js';
import { linesOf, openInput, parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

export interface LabelledRows {
  readonly rows: readonly LabelledText[];
  /** Sorted, so that the order of the rows does not matter to it. */
  readonly labels: readonly string[];
  /** Rows with the same text and label as an earlier one; they are left out. */
  readonly repeated: number;
  /** Of texts and labels, in file order. */
  readonly sha256: string;
}

/** Fewest rows of a class that a cross-validation can be made of. */
export const fewestPerClass = 5;

/**
 * Reads `{prompt | messages, label}` rows.
 *
 * @throws VsrError `VSR_INPUT_INVALID` naming the line, `VSR_TOO_FEW_ROWS` naming the classes.
 */
export async function readLabelledRows(file: string, context: CommandContext): Promise<LabelledRows> {
  const name = file === '-' ? '<stdin>' : file;
  const known = new Map<string, { readonly label: string; readonly line: number }>();
  const rows: LabelledText[] = [];
  const hash = createHash('sha256');
  let repeated = 0;
  for await (const { number, text: line } of linesOf(await openInput(file, context), context.signal)) {
    const { text, label } = readRow(line, `${name}:${number}`);
    const key = text.toLowerCase().replace(/\s+/g, ' ').trim();
    const before = known.get(key);
    if (before !== undefined && before.label !== label) {
      throw new VsrError(
        'VSR_INPUT_INVALID',
        `${name}:${number}: the same text is \`${before.label}\` in line ${before.line} and \`${label}\` here.`,
        { hint: 'Keep one of the two rows; a head cannot learn both.' },
      );
    }
    if (before !== undefined) {
      repeated++;
      continue;
    }
    known.set(key, { label, line: number });
    rows.push({ text, label });
    hash.update(`${JSON.stringify([label, text])}\n`);
  }
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  requireEnough(rows, labels, name);
  return { rows, labels, repeated, sha256: hash.digest('hex') };
}

function readRow(line: string, place: string): LabelledText {
  try {
    const fields = parseObject(line);
    const { label } = fields;
    if (typeof label !== 'string' || label.trim() === '') {
      throw new VsrError('VSR_INPUT_INVALID', label === undefined ? 'has no `label`' : '`label` is no text', {
        hint: 'Write rows such as {"prompt": "Where is my invoice?", "label": "billing"}.',
      });
    }
    return { text: selectText(rowRequest(fields, 'auto').messages), label: label.trim() };
  } catch (error) {
    if (!(error instanceof VsrError)) throw error;
    throw new VsrError(error.code, `${place}: ${error.message}`, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}

function requireEnough(rows: readonly LabelledText[], labels: readonly string[], name: string): void {
  if (labels.length < 2) {
    const found = labels[0] === undefined ? 'no labelled row' : `only rows of \`${labels[0]}\``;
    throw new VsrError('VSR_TOO_FEW_ROWS', `${name} has ${found}; a head tells at least two classes apart.`, {
      hint: 'Add rows of another class, e.g. {"prompt": "…", "label": "other"}.',
    });
  }
  const small = labels.flatMap((label) => {
    const count = rows.filter((row) => row.label === label).length;
    return count < fewestPerClass ? [{ label, count }] : [];
  });
  if (small.length === 0) return;
  const missing = small.reduce((sum, { count }) => sum + fewestPerClass - count, 0);
  const list = small.map(({ label, count }) => `\`${label}\` ${count}`).join(', ');
  throw new VsrError(
    'VSR_TOO_FEW_ROWS',
    `Some classes of ${name} have fewer than ${fewestPerClass} rows: ${list}.`,
    {
      hint: `Add at least ${missing} more (15 or more per class give figures to rely on), or take these classes out.`,
    },
  );
}
