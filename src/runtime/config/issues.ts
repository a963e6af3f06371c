/**
 * What the schema objects to, in words a user can act on.
 *
 * @module
 */
import { z } from 'zod';
import { listNames, suggestion } from '../text/suggestions.js';
import type { Findings, Path } from './diagnostics.js';
import { formatPath } from './diagnostics.js';
import { isRecord, plainText, show } from './raw.js';

export type Issue = z.core.$ZodIssue;

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** Fields whose values are secrets and never quoted. */
const secretField = /(?:^|_)(?:api_?keys?|access_?key|token|secret|password)$/i;

export interface IssueContext {
  readonly schema: unknown;
  readonly raw: unknown;
  readonly findings: Findings;
  /** How the value at a path is written in the file, if that differs from the value. */
  readonly written: (path: Path) => string | undefined;
  /** The characters of a scalar without quotes; undefined for anything else. Left out: values are shown as they are read. */
  readonly source?: (path: Path) => string | undefined;
}

/** Adds a finding per issue. */
export function reportIssues(issues: readonly Issue[], context: IssueContext, prefix: Path = []): void {
  for (const issue of issues) {
    const path = [...prefix, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
    reportIssue(issue, path, context);
  }
}

function reportIssue(issue: Issue, path: Path, context: IssueContext): void {
  const { findings } = context;
  const value = valueAt(context.raw, path);
  const field = fieldName(path);
  const found = foundText(path, value, context);
  if (issue.code === 'invalid_union') {
    reportUnion(issue, path, context);
  } else if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(context.schema, path, context.raw);
    for (const key of issue.keys) {
      const place = path.length === 0 ? '' : ` in \`${formatPath(path)}\``;
      findings.error([...path, key], `unknown key \`${key}\`${place}`, suggestion(key, allowed), 'key');
    }
  } else if (value === undefined && path.length > 0) {
    const parent = path.slice(0, -1);
    const place = parent.length === 0 ? '' : ` in \`${formatPath(parent)}\``;
    findings.error(path, `\`${path.at(-1)}\` is missing${place}`, expectation(issue), 'key');
  } else if (issue.code === 'invalid_type') {
    const wanted = typeWords[issue.expected] ?? issue.expected;
    findings.error(
      path,
      `${field}: found ${found}; expected ${wanted}`,
      isHidden(path, value, context)
        ? undefined
        : typeHint(issue.expected, value, context.source?.(path) ?? plainText(value)),
    );
  } else if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const hint = typeof value === 'string' ? suggestion(value, allowed) : `allowed: ${listNames(allowed)}`;
    findings.error(path, `${field}: found ${found}`, hint);
  } else if (issue.code === 'too_small' || issue.code === 'too_big') {
    findings.error(path, `${field}: found ${found}; ${sizeText(issue)}`);
  } else if (issue.code === 'invalid_key') {
    findings.error(path, `${field}: ${issue.issues[0]?.message ?? issue.message}`, undefined, 'key');
  } else {
    const detail = issue.message.replace(/\.$/, '');
    // A refinement's own message says what is wrong; the value helps to see it.
    const tail = value === undefined || isRecord(value) || Array.isArray(value) ? '' : `; found ${found}`;
    findings.error(path, `${field}: ${detail}${tail}`);
  }
}

function expectation(issue: Issue): string | undefined {
  if (issue.code === 'invalid_value') return `allowed: ${listNames(issue.values.map(String))}`;
  if (issue.code === 'invalid_type') return `expected ${typeWords[issue.expected] ?? issue.expected}`;
  return undefined;
}

function typeHint(expected: string, value: unknown, source: string): string | undefined {
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `write it in quotes: "${source}"`;
  }
  if (
    expected === 'number' &&
    typeof value === 'string' &&
    value.trim() !== '' &&
    !Number.isNaN(Number(value))
  ) {
    return 'write it without quotes';
  }
  if (expected === 'array' && isRecord(value)) return 'start each entry with `- `';
  if (expected === 'array' && typeof value === 'string') return `write a list: [${value}]`;
  return undefined;
}

function sizeText(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  if (issue.code === 'too_big') {
    return issue.inclusive === false
      ? `must be less than ${issue.maximum}${unit}`
      : `must be at most ${issue.maximum}${unit}`;
  }
  if (unit !== '' && Number(issue.minimum) === 1) return 'must not be empty';
  return issue.inclusive === false
    ? `must be more than ${issue.minimum}${unit}`
    : `must be at least ${issue.minimum}${unit}`;
}

/** Of the alternatives, the one that fits best is explained; if none fits at all, all are named. */
function reportUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, context: IssueContext): void {
  const value = valueAt(context.raw, path);
  if (issue.errors.length === 0) {
    const holder = valueAt(context.raw, path.slice(0, -1));
    const allowed = discriminators(context.schema, path, context.raw);
    if (value === undefined) {
      const place = isRecord(holder) ? ` in \`${formatPath(path.slice(0, -1))}\`` : '';
      context.findings.error(
        path,
        `\`${path.at(-1)}\` is missing${place}`,
        `allowed: ${listNames(allowed)}`,
        'key',
      );
    } else {
      const found = foundText(path, value, context);
      context.findings.error(
        path,
        `${fieldName(path)}: found ${found}`,
        suggestion(plainText(value), allowed),
      );
    }
    return;
  }
  const wrongType = (branch: readonly Issue[]) =>
    branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0);
  const fitting = issue.errors.filter((branch) => !wrongType(branch));
  const best = fitting.sort((a, b) => a.length - b.length)[0];
  if (reportNumberOrName(best, issue, path, context)) return;
  if (best !== undefined) {
    reportIssues(best, context, path);
    return;
  }
  const wanted = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) =>
      inner.code === 'invalid_type' ? [typeWords[inner.expected] ?? inner.expected] : [],
    ),
  );
  const found = foundText(path, value, context);
  const expected = [...new Set(wanted)].join(' or ');
  if (value === undefined) {
    context.findings.error(path, `\`${path.at(-1)}\` is missing`, `expected ${expected}`, 'key');
  } else {
    context.findings.error(path, `${fieldName(path)}: found ${found}; expected ${expected}`);
  }
}

/** Reports text where a number or one of some names is wanted; false if that is not what it is about. */
function reportNumberOrName(
  names: readonly Issue[] | undefined,
  union: z.core.$ZodIssueInvalidUnion,
  path: Path,
  context: IssueContext,
): boolean {
  const value = valueAt(context.raw, path);
  const [name] = names ?? [];
  const takesNumber = union.errors.some((branch) =>
    branch.some((inner) => inner.code === 'invalid_type' && inner.expected === 'number'),
  );
  if (typeof value !== 'string' || name?.code !== 'invalid_value' || !takesNumber) return false;
  const hint = typeHint('number', value, value);
  const wanted = hint === undefined ? 'a number or a name' : 'a number';
  context.findings.error(
    path,
    `${fieldName(path)}: found ${foundText(path, value, context)}; expected ${wanted}`,
    hint ?? suggestion(value, name.values.map(String)),
  );
  return true;
}

function foundText(path: Path, value: unknown, context: IssueContext): string {
  const written = context.written(path);
  if (written !== undefined) return `the value of \`${written}\``;
  if (isHidden(path, value, context)) return 'a value that is not shown';
  // 007 is not 7.
  const source = typeof value === 'number' ? context.source?.(path) : undefined;
  return source === undefined ? show(value) : `\`${source}\``;
}

/** Whether a value may be a secret: by the name of its field, or because it comes from a variable. */
function isHidden(path: Path, value: unknown, context: IssueContext): boolean {
  if (context.written(path) !== undefined) return true;
  const key = path.findLast((part) => typeof part === 'string');
  return typeof key === 'string' && secretField.test(key) && typeof value !== 'object';
}

/** `port`, or `keywords[2]`. */
function fieldName(path: Path): string {
  const start = path.findLastIndex((part) => typeof part === 'string');
  return path.length === 0 ? 'the file' : `\`${formatPath(path.slice(Math.max(0, start)))}\``;
}

function valueAt(raw: unknown, path: Path): unknown {
  let current = raw;
  for (const part of path) {
    if (Array.isArray(current) && typeof part === 'number') current = current[part];
    else if (isRecord(current) && Object.hasOwn(current, part)) current = current[part];
    else return undefined;
  }
  return current;
}

/** The schema behind wrappers that do not change the shape. */
function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodLazy
  ) {
    return unwrap(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) {
    return unwrap(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  }
  return schema;
}

/** Object schemas that apply at `path`; several where alternatives cannot be told apart. */
function objectsAt(root: unknown, path: Path, raw: unknown): z.ZodObject[] {
  let current = alternatives(root, raw);
  let value = raw;
  for (const part of path) {
    value = valueAt(value, [part]);
    const inner = value;
    current = current.flatMap((schema) => {
      if (schema instanceof z.ZodArray) return alternatives(schema.element, inner);
      if (schema instanceof z.ZodRecord) return alternatives(schema.valueType, inner);
      if (schema instanceof z.ZodObject && typeof part === 'string' && Object.hasOwn(schema.shape, part)) {
        return alternatives(schema.shape[part], inner);
      }
      return [];
    });
  }
  return current.filter((schema) => schema instanceof z.ZodObject);
}

function alternatives(schema: unknown, value: unknown): unknown[] {
  const bare = unwrap(schema);
  if (!(bare instanceof z.ZodUnion)) return [bare];
  const options = bare.options.map(unwrap);
  const type = isRecord(value) ? plainText(value.type) : '';
  const matching = options.filter((option) => typeLiterals(option).includes(type));
  return matching.length > 0 ? matching : options;
}

function typeLiterals(schema: unknown): string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const type: unknown = schema.shape.type;
  return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
}

/** Keys that `root` allows in the mapping at `path`, `raw` being the whole value. */
export function keysAt(root: unknown, path: Path, raw: unknown): string[] {
  return [...new Set(objectsAt(root, path, raw).flatMap((schema) => Object.keys(schema.shape)))];
}

function discriminators(root: unknown, path: Path, raw: unknown): string[] {
  const holder = path.slice(0, -1);
  return objectsAt(root, holder, raw).flatMap(typeLiterals);
}
