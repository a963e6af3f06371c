/**
 * Shortens a JSON Schema: what stands in it at several places is written once, under `$defs`.
 *
 * The parts are named after the first place they stand at (`routing.signals.keywords`), not numbered, so that a new
 * field changes the lines of that field in the published file and no others.
 *
 * @module
 */
import { isRecord } from '../is-record.js';

/** Shorter parts are clearer where they stand than behind a reference; characters of JSON. */
const leastLength = 300;

/**
 * @param schema Written out, except for parts that hold themselves: these may stand under `$defs` already, and are
 *   named anew with the others.
 * @returns A schema that accepts the same.
 */
export function sharePartsOf(schema: Record<string, unknown>): Record<string, unknown> {
  const { $defs: recursive, ...root } = schema;
  const ofItself = isRecord(recursive) ? recursive : {};
  const repeated = repeatedParts([root, ...Object.values(ofItself)]);
  const names = new Map<string, string>();
  const parts: Record<string, unknown> = {};

  function refer(key: string, place: readonly string[], part: Record<string, unknown>): object {
    let name = names.get(key);
    if (name === undefined) {
      name = freeName(place.join('.'), parts);
      names.set(key, name);
      // Taken before its own parts look for names.
      parts[name] = {};
      parts[name] = rewritten(part, place);
    }
    return { $ref: `#/$defs/${name}` };
  }

  function shared(value: unknown, place: readonly string[]): unknown {
    if (Array.isArray(value)) return value.map((item) => shared(item, place));
    if (!isRecord(value)) return value;
    const target = typeof value.$ref === 'string' ? value.$ref.replace('#/$defs/', '') : undefined;
    const itself = target === undefined ? undefined : ofItself[target];
    if (target !== undefined && isRecord(itself))
      return { ...value, ...refer(`$ref ${target}`, place, itself) };
    const text = JSON.stringify(value);
    return repeated.has(text) ? refer(text, place, value) : rewritten(value, place);
  }

  function rewritten(part: Record<string, unknown>, place: readonly string[]): Record<string, unknown> {
    return mapValues(part, (value, key) =>
      key === 'properties' && isRecord(value)
        ? mapValues(value, (field, name) => shared(field, [...place, name]))
        : shared(value, place),
    );
  }

  const result = rewritten(root, []);
  return Object.keys(parts).length === 0 ? result : { ...result, $defs: parts };
}

/** JSON of the parts that stand at several places; a place within a part that is repeated itself counts once. */
function repeatedParts(roots: readonly unknown[]): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  function visit(value: unknown): void {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isRecord(value)) return;
    const text = JSON.stringify(value);
    if (text.length >= leastLength && isSchema(value)) {
      if (seen.has(text)) {
        repeated.add(text);
        return;
      }
      seen.add(text);
    }
    Object.values(value).forEach(visit);
  }
  roots.forEach(visit);
  return repeated;
}

/** Whether it is a schema and not, for instance, a table of properties. */
function isSchema(value: Record<string, unknown>): boolean {
  return typeof value.type === 'string' || Array.isArray(value.anyOf) || Array.isArray(value.oneOf);
}

function freeName(name: string, taken: Record<string, unknown>): string {
  let free = name;
  for (let number = 2; Object.hasOwn(taken, free); number += 1) free = `${name}.${number}`;
  return free;
}

function mapValues(
  object: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}
