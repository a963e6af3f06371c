/**
 * What differs in meaning between two configurations, by name: order, layout, comments, and defaults that are written
 * out do not count.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { maskSecrets } from './print.js';
import { isRecord, textAt } from './raw.js';
import type { LoadedConfig } from './types.js';

export interface Difference {
  readonly kind: 'added' | 'removed' | 'changed';
  /** Where, with names instead of indices: `routing.decisions[code].priority`. */
  readonly path: string;
  /** Values without secrets; left out where there is none. A secret that changed is `***` on both sides. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A place in both documents. */
interface Place {
  readonly text: string;
  /** The field it is below, also for entries of its list. */
  readonly key: string;
}

/** Differences from `before` to `after`, in the order of the layout. None: they mean the same. */
export function diffConfigs(before: LoadedConfig, after: LoadedConfig): readonly Difference[] {
  const found: Difference[] = [];
  compare(before.document, after.document, { text: '', key: '' }, found);
  return found;
}

/** Told as a whole: half a tree of conditions says nothing. */
const wholes: ReadonlySet<string> = new Set(['rules', 'composer', 'predicate', 'pricing']);
/** Lists of entries where the order means something too: of the outputs of a mapping the first one that fits is taken. */
const ordered: ReadonlySet<string> = new Set(['modelRefs', 'outputs']);

function compare(before: unknown, after: unknown, place: Place, found: Difference[]): void {
  if (isDeepStrictEqual(before, after) || (isNothing(before) && isNothing(after))) return;
  if (place.key === 'rules' && isDeepStrictEqual(unwrapped(before), unwrapped(after))) return;
  if (!wholes.has(place.key)) {
    if (isRecord(before) && isRecord(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        compare(before[key], after[key], fieldOf(place, key), found);
      }
      return;
    }
    const [left, right] = [entriesOf(before, place.key), entriesOf(after, place.key)];
    if (left !== undefined && right !== undefined && left.size + right.size > 0) {
      const size = found.length;
      for (const name of new Set([...left.keys(), ...right.keys()])) {
        compare(left.get(name), right.get(name), { text: `${place.text}[${name}]`, key: place.key }, found);
      }
      if (found.length === size && ordered.has(place.key)) {
        found.push({ kind: 'changed', path: place.text, before: [...left.keys()], after: [...right.keys()] });
      }
      return;
    }
  }
  const kind = isNothing(before) ? 'added' : isNothing(after) ? 'removed' : 'changed';
  found.push({
    kind,
    path: place.text,
    ...(kind !== 'added' && { before: maskSecrets(before, place.key) }),
    ...(kind !== 'removed' && { after: maskSecrets(after, place.key) }),
  });
}

/** A tree of conditions without operators that have nothing to join; an AND of nothing is no rule at all. */
function unwrapped(rule: unknown): unknown {
  if (!isRecord(rule) || !Array.isArray(rule.conditions)) return rule ?? undefined;
  const conditions = rule.conditions.map((child: unknown) => unwrapped(child) ?? child);
  if (rule.operator === 'AND' && conditions.length === 0) return undefined;
  return rule.operator !== 'NOT' && conditions.length === 1 ? conditions[0] : { ...rule, conditions };
}

function fieldOf({ text }: Place, key: string): Place {
  return { text: text === '' ? key : `${text}.${key}`, key };
}

/** Entries by their names; undefined if the value is something else than a list of uniquely named mappings. */
function entriesOf(value: unknown, key: string): ReadonlyMap<string, unknown> | undefined {
  if (value === undefined) return new Map();
  if (!Array.isArray(value)) return undefined;
  const entries = new Map<string, unknown>();
  for (const item of value) {
    const name = nameOf(item, key);
    if (name === undefined || entries.has(name)) return undefined;
    entries.set(name, item);
  }
  return entries;
}

function nameOf(item: unknown, key: string): string | undefined {
  if (key === 'plugins') return textAt(item, 'type');
  // Endpoints and listeners need no name.
  const names = key === 'modelRefs' ? ['model'] : ['name', 'id', 'base_url', 'endpoint'];
  for (const field of names) {
    const name = textAt(item, field);
    if (name !== undefined) return name;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isNothing);
}
