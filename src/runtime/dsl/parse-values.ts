/**
 * Fields and values.
 *
 * @module
 */
import { type Field, type ListValue, nodesOf, type ObjectValue, type Value } from './ast.js';
import type { Cursor } from './cursor.js';

/** `key: value`; `=` is read as well. */
export function parseField(cursor: Cursor): Field {
  const key = cursor.name('the name of a field', 'threshold: 0.7');
  const { token } = cursor;
  if (token.kind !== ':' && token.kind !== '=') {
    return cursor.fail(`expected \`:\` after \`${key.text}\`; found ${cursor.found()}`);
  }
  cursor.advance();
  const value = parseValue(cursor);
  return { key, value, span: { start: key.span.start, end: value.span.end } };
}

/** `{ key: value … }`. */
export function parseObject(cursor: Cursor, what: string): ObjectValue {
  const open = cursor.expect('{', `to start ${what}`).span;
  const body = cursor.body('}', open, what, () => parseField(cursor));
  refuseDuplicates(cursor, nodesOf(body), what);
  return { kind: 'object', body, span: { start: open.start, end: cursor.reached } };
}

/** `(key = value, …)`, or nothing. */
export function parseOptions(cursor: Cursor, what: string): Field[] {
  if (cursor.token.kind !== '(') return [];
  const open = cursor.advance().span;
  return optionsUntilClosed(cursor, open, what);
}

/** Fields up to the `)`, which is skipped. */
export function optionsUntilClosed(
  cursor: Cursor,
  opened: { readonly start: number; readonly end: number },
  what: string,
): Field[] {
  const fields: Field[] = [];
  while (cursor.token.kind !== ')') {
    if (cursor.token.kind === 'end') return cursor.failAt(opened, `\`)\` is missing: ${what} is not closed`);
    const { next, token } = cursor;
    if ((token.kind === 'word' || token.kind === 'text') && next.kind !== ':' && next.kind !== '=') {
      return cursor.fail(`expected \`)\` or \`key = value\` in ${what}; found ${cursor.found()}`);
    }
    fields.push(cursor.onOneLine(() => parseField(cursor)));
    cursor.accept(',');
  }
  cursor.advance();
  refuseDuplicates(cursor, fields, what);
  return fields;
}

function refuseDuplicates(cursor: Cursor, fields: readonly Field[], what: string): void {
  const seen = new Set<string>();
  for (const { key } of fields) {
    if (seen.has(key.text)) {
      cursor.problems.error(key.span, `\`${key.text}\` is given twice in ${what}`, 'keep one of them');
    }
    seen.add(key.text);
  }
}

export function parseValue(cursor: Cursor): Value {
  const { token } = cursor;
  const { span } = token;
  switch (token.kind) {
    case 'text':
      cursor.advance();
      return { kind: 'text', text: token.text, bare: false, span };
    case 'number':
      cursor.advance();
      if (!Number.isFinite(Number(token.text))) {
        return cursor.failAt(span, `\`${token.text.slice(0, 40)}\` is out of the range of numbers`);
      }
      return { kind: 'number', raw: token.text, span };
    case 'word':
      cursor.advance();
      return wordValue(token.text, span);
    case '[':
      return parseList(cursor);
    case '{':
      return parseObject(cursor, 'this object');
    default:
      return cursor.fail(`expected a value; found ${cursor.found()}`, valueHint(token.kind));
  }
}

/** `[value, …]`. */
export function parseList(cursor: Cursor): ListValue {
  const open = cursor.expect('[', 'to start a list').span;
  const body = cursor.body(']', open, 'this list', () => parseValue(cursor));
  return { kind: 'list', body, span: { start: open.start, end: cursor.reached } };
}

/** `true`, `false` and `null` have a meaning; any other word is text. */
function wordValue(text: string, span: Value['span']): Value {
  if (text === 'true' || text === 'false') return { kind: 'boolean', value: text === 'true', span };
  if (text === 'null') return { kind: 'null', span };
  return { kind: 'text', text, bare: true, span };
}

function valueHint(kind: string): string | undefined {
  return kind === '->' ? 'put text that starts with a dash in double quotes' : undefined;
}
