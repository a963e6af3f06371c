/**
 * Values and names as text: on one line where they fit, else one entry a line.
 *
 * @module
 */
import type { Comment, Field, Item, ModelReference, Name, TextValue, Value } from './ast.js';
import { blockWords } from './cursor.js';

/** Lines are not filled beyond this, indentation not counted; a single long text may be longer. */
export const lineWidth = 100;

const plainName = /^[A-Za-z_](?:[A-Za-z0-9_./]|-(?!>))*$/;
/** Words that could be read as something else where a keyword may stand. */
const reservedNames: ReadonlySet<string> = new Set([
  ...['AND', 'OR', 'NOT', 'IF', 'ELSE', 'IN', 'PRIORITY', 'TIER', 'DESCRIPTION', 'NAME', 'WHEN', 'ALGORITHM'],
  ...['FOR', 'EMIT', ...blockWords],
]);
/** Words that would be read as another value. */
const reservedValues: ReadonlySet<string> = new Set(['true', 'false', 'null']);

/** Whether `text` needs no quotes as a value. */
export function isPlainValue(text: string): boolean {
  return plainName.test(text) && !reservedValues.has(text);
}

/** Whether `text` needs no quotes as a name. */
export function isPlainName(text: string): boolean {
  return plainName.test(text) && !reservedNames.has(text);
}

export function formatName({ text }: Name): string {
  return isPlainName(text) ? text : quote(text);
}

export function formatText({ text, bare }: TextValue): string {
  return bare && !reservedValues.has(text) ? text : quote(text);
}

const escaped: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** Characters that are not seen, or end a line, or are half of one. */
const unprintable = /["\\\p{Cc}\p{Cs}\u2028\u2029\ufeff]/gu;

/** `text` in double quotes, on one line. */
export function quote(text: string): string {
  const inner = text.replace(unprintable, (unit) => {
    return escaped[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${inner}"`;
}

/** The lines of `value`, the first one behind `prefix`. */
export function valueLines(value: Value, prefix: string): string[] {
  if (value.kind !== 'list' && value.kind !== 'object') return [`${prefix}${inline(value, Infinity) ?? ''}`];
  const line = inline(value, lineWidth - prefix.length);
  if (line !== undefined) return [`${prefix}${line}`];
  const [open, close] = value.kind === 'list' ? '[]' : '{}';
  const inner =
    value.kind === 'list'
      ? entryLines(value.body.items, (entry, last) => withComma(valueLines(entry, ''), last))
      : entryLines(value.body.items, (field) => valueLines(field.value, `${formatName(field.key)}: `));
  inner.push(
    ...value.body.dangling.flatMap((comment, index) => spaced(comment, index > 0 || inner.length > 0)),
  );
  return [`${prefix}${open}`, ...inner.map((text) => (text === '' ? '' : `  ${text}`)), `${close}`];
}

function withComma(lines: string[], last: boolean): string[] {
  return last ? lines : [...lines.slice(0, -1), `${lines.at(-1) ?? ''},`];
}

function entryLines<Node>(
  items: readonly Item<Node>[],
  write: (node: Node, last: boolean) => string[],
): string[] {
  const lines: string[] = [];
  items.forEach(({ node, leading, trailing, blankBefore }, index) => {
    lines.push(...leading.flatMap((comment, at) => spaced(comment, index > 0 || at > 0)));
    if (blankBefore && (index > 0 || leading.length > 0)) lines.push('');
    lines.push(...write(node, index === items.length - 1));
    if (trailing !== undefined) lines.push(`${lines.pop() ?? ''}  ${trailing}`);
  });
  return lines;
}

function spaced({ text, blankBefore }: Comment, allowed: boolean): string[] {
  return blankBefore && allowed ? ['', text] : [text];
}

/** `value` on one line of at most `budget` characters; undefined if it is longer or has comments. */
function inline(value: Value, budget: number): string | undefined {
  switch (value.kind) {
    case 'text':
      return within(formatText(value), budget);
    case 'number':
      return within(value.raw, budget);
    case 'boolean':
      return within(String(value.value), budget);
    case 'null':
      return within('null', budget);
    case 'list': {
      const parts = inlineAll(value.body.items, value.body.dangling, budget, (entry, left) =>
        inline(entry, left),
      );
      return parts && within(`[${parts.join(', ')}]`, budget);
    }
    case 'object': {
      const parts = inlineAll(value.body.items, value.body.dangling, budget, inlineField);
      if (parts === undefined) return undefined;
      return within(parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`, budget);
    }
  }
}

function inlineField({ key, value }: Field, budget: number): string | undefined {
  const text = inline(value, budget);
  return text === undefined ? undefined : `${formatName(key)}: ${text}`;
}

function inlineAll<Node>(
  items: readonly Item<Node>[],
  dangling: readonly Comment[],
  budget: number,
  write: (node: Node, budget: number) => string | undefined,
): string[] | undefined {
  if (dangling.length > 0) return undefined;
  const parts: string[] = [];
  let left = budget;
  for (const { node, leading, trailing } of items) {
    if (leading.length > 0 || trailing !== undefined || left < 0) return undefined;
    const part = write(node, left);
    if (part === undefined) return undefined;
    parts.push(part);
    left -= part.length + 2;
  }
  return parts;
}

function within(text: string, budget: number): string | undefined {
  return text.length <= budget ? text : undefined;
}

/** ` (key = value, …)`, or nothing. Always on one line. */
export function inlineOptions(options: readonly Field[]): string {
  if (options.length === 0) return '';
  const parts = options.map(({ key, value }) => `${formatName(key)} = ${inline(value, Infinity) ?? ''}`);
  return ` (${parts.join(', ')})`;
}

/** Fields of a condition: ` key: value, …`. */
export function inlineFields(fields: readonly Field[]): string {
  return fields.map(({ key, value }) => `${formatName(key)}: ${inline(value, Infinity) ?? ''}`).join(', ');
}

/** `MODEL a (…), b`, one a line if they do not fit on one. */
export function referenceLines(references: readonly ModelReference[], prefix: string): string[] {
  const parts = references.map(({ model, options }) => `${formatName(model)}${inlineOptions(options)}`);
  const line = `${prefix}${parts.join(', ')}`;
  if (parts.length < 2 || line.length <= lineWidth) return [line];
  const pad = ' '.repeat(prefix.length);
  return parts.map((part, index) => {
    return `${index === 0 ? prefix : pad}${part}${index === parts.length - 1 ? '' : ','}`;
  });
}
