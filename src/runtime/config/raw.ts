/**
 * Looking into values of unknown shape. Checks run on what the file says even where other parts of it
 * are wrong, so that all problems show at once.
 *
 * @module
 */
import { isRecord } from '../is-record.js';

export { isRecord };

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isRecord(value) ? value : undefined;
}

/** Value reached by following `keys` through mappings. */
export function at(value: unknown, ...keys: string[]): unknown {
  let current = value;
  for (const key of keys)
    current = isRecord(current) && Object.hasOwn(current, key) ? current[key] : undefined;
  return current;
}

/** The list reached by following `keys`; empty if there is none. */
export function listAt(value: unknown, ...keys: string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** The text reached by following `keys`. */
export function textAt(value: unknown, ...keys: string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

/** Text of a plain value; '' for lists and mappings, which may not even convert. */
export function plainText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** A value in messages: short, on one line. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = String(value).replace(/\s+/g, ' ');
  return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
}
