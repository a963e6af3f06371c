/**
 * Values of the syntax tree: making them, reading them as plain data, finding places in them.
 *
 * @module
 */
import { formatPath, type Path } from '../config/diagnostics.js';
import { isRecord } from '../config/raw.js';
import { bodyOf, type Field, type Name, nodesOf, type ObjectValue, type Value } from './ast.js';
import { nowhere, type Span } from './source.js';

/** Plain data of a value. Objects have no prototype, so that no key has a meaning of its own. */
export function toPlain(value: Value): unknown {
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
      return Number(value.raw);
    case 'boolean':
      return value.value;
    case 'null':
      return null;
    case 'list':
      return nodesOf(value.body).map(toPlain);
    case 'object':
      return plainObject(value);
  }
}

export function plainObject({ body }: ObjectValue): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null);
  for (const { key, value } of nodesOf(body)) result[key.text] = toPlain(value);
  return result;
}

/** Data that no value can hold, with where it stands. */
export class Inexpressible extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

/** The value of plain data. Throws {@link Inexpressible} for numbers like infinity. */
export function fromPlain(plain: unknown, path: Path = []): Value {
  if (plain === null || plain === undefined) return { kind: 'null', span: nowhere };
  if (typeof plain === 'string') return textValue(plain);
  if (typeof plain === 'boolean') return { kind: 'boolean', value: plain, span: nowhere };
  if (typeof plain === 'number' && Number.isFinite(plain)) return numberValue(plain);
  if (Array.isArray(plain)) {
    const items = plain.map((item, index) => fromPlain(item, [...path, index]));
    return { kind: 'list', body: bodyOf(items), span: nowhere };
  }
  if (isRecord(plain)) return objectFromPlain(plain, path);
  throw new Inexpressible(path, `\`${formatPath(path)}\` holds ${String(plain)}, which the DSL cannot write`);
}

export function objectFromPlain(plain: Readonly<Record<string, unknown>>, path: Path = []): ObjectValue {
  return objectValue(fieldsFromPlain(plain, path));
}

export function fieldsFromPlain(plain: Readonly<Record<string, unknown>>, path: Path = []): Field[] {
  return Object.entries(plain).map(([key, value]) => {
    if (key === '')
      throw new Inexpressible(path, `\`${formatPath(path)}\` has an empty key, which the DSL cannot write`);
    return fieldOf(key, fromPlain(value, [...path, key]));
  });
}

export function textValue(text: string, span: Span = nowhere): Value & { readonly kind: 'text' } {
  return { kind: 'text', text, bare: false, span };
}

export function numberValue(number: number, span: Span = nowhere): Value & { readonly kind: 'number' } {
  return { kind: 'number', raw: Object.is(number, -0) ? '-0' : String(number), span };
}

export function listValue(values: readonly Value[], span: Span = nowhere): Value & { readonly kind: 'list' } {
  return { kind: 'list', body: bodyOf(values), span };
}

export function objectValue(fields: readonly Field[], span: Span = nowhere): ObjectValue {
  return { kind: 'object', body: bodyOf(fields), span };
}

export function nameOf(text: string, span: Span = nowhere): Name {
  return { text, span };
}

/** A field whose place is that of its value. */
export function fieldOf(key: string, value: Value, span: Span = value.span): Field {
  return { key: nameOf(key, span), value, span };
}

export function textOfName({ text, span }: Name): Value & { readonly kind: 'text' } {
  return textValue(text, span);
}

export interface Located {
  readonly span: Span;
  /** The value itself, if the whole path leads somewhere. */
  readonly value: Value | undefined;
  /** The name of the last field on the path, if the whole path leads somewhere. */
  readonly key: Name | undefined;
}

/** Where a path of the plain data stands in the text: the value, or the nearest thing around it. */
export function locate(root: Value, path: Path): Located {
  let current = root;
  let { span } = root;
  let key: Name | undefined;
  for (const part of path) {
    const found = childAt(current, part);
    if (found === undefined) return { span, value: undefined, key: undefined };
    ({ value: current, key } = found);
    // What follows from the text and stands nowhere itself is where its parent is.
    if (found.span !== nowhere) ({ span } = found);
    if (current.span !== nowhere) ({ span } = current);
  }
  return { span, value: current, key };
}

/** All values on the way to `path`, as far as it leads, the root first. */
export function valuesAlong(root: Value, path: Path): Value[] {
  const values = [root];
  let current = root;
  for (const part of path) {
    const found = childAt(current, part);
    if (found === undefined) break;
    current = found.value;
    values.push(current);
  }
  return values;
}

function childAt(
  value: Value,
  part: string | number,
): { value: Value; span: Span; key: Name | undefined } | undefined {
  if (value.kind === 'list' && typeof part === 'number') {
    const item = value.body.items[part]?.node;
    return item && { value: item, span: item.span, key: undefined };
  }
  if (value.kind !== 'object' || typeof part !== 'string') return undefined;
  // Of a key that is given twice, the last one counts.
  const field = value.body.items.findLast(({ node }) => node.key.text === part)?.node;
  return field && { value: field.value, span: field.span, key: field.key };
}
