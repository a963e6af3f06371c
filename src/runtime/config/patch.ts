/**
 * Merges a patch into the text of a config file and changes nothing else: names that a file of today's layout still
 * writes in an older way stay as they are.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, type Pair, type YAMLMap } from 'yaml';
import { ConfigError, Findings } from './diagnostics.js';
import { maxDepth, parseSource } from './document.js';
import { ConfigEdit } from './edit.js';
import { migrateConfigText } from './migrate.js';
import { keyOf, newPair, takePair } from './nodes.js';
import { asRecord, isRecord } from './raw.js';
import { restoreSecrets } from './secrets.js';
import { upgradeDocument } from './upgrade.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * A patch that is sent as YAML; `null` removes a key.
 *
 * @throws ConfigError with the places in `text`.
 */
export function readPatch(text: string): Values {
  const findings = new Findings();
  // Its aliases are written out. `toPlain` would leave out what is null.
  const parsed = parseSource(text, findings, {
    kind: 'a patch',
    whenEmpty: 'send the part to change, below the keys that lead to it',
  });
  const values = parsed === undefined || findings.hasErrors ? undefined : asRecord(parsed.document.toJS());
  if (values !== undefined) return values;
  throw new ConfigError('the patch', findings.resolve(parsed?.locate ?? (() => undefined)));
}

/** Whether it is nested deeper than a config file may be, and so no patch of one. */
export function isTooDeep(value: unknown, levels = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isTooDeep(inner, levels - 1));
}

/**
 * The text with `patch` merged into it: mappings key by key, lists as a whole, `null` removes a key. The patch may use
 * the names of any layout, and `***` for secrets of the file. A file of the layouts before v0.3 is rewritten in the
 * canonical one, as are names that stand in the way of the patch.
 *
 * @throws ConfigError if the text is no config file; VsrError `VSR_INPUT_INVALID` for a secret that is not clear.
 */
export function patchConfigText(text: string, patch: Values, source: string): string {
  const migrated = migrateConfigText(text, source);
  const whole = new ConfigEdit(migrated.text, source);
  const canonical = recordOf(restoreSecrets(canonicalPatch(patch), whole.values()), patch);
  whole.merge(canonical);
  if (migrated.early || !migrated.changed) return whole.toString();
  const attempts: readonly ((current: unknown) => Values)[] = [
    (current) => recordOf(restoreSecrets(patch, current), patch),
    () => canonical,
    () => inNamesOf(namesWritten(text), canonical),
  ];
  const wanted = readingOf(whole.toString(), source);
  const known = new Set(readingOf(text, source)?.warnings);
  for (const attempt of attempts) {
    const edited = merged(text, attempt, source);
    const reading = edited === undefined ? undefined : readingOf(edited, source);
    if (edited === undefined || reading === undefined) continue;
    const isClean = reading.warnings.every((warning) => known.has(warning));
    if (isClean && isDeepStrictEqual(reading.values, wanted?.values)) return edited;
  }
  return whole.toString();
}

/** A patch in the names of the canonical layout, whichever it is written in; `null` still removes a key. */
function canonicalPatch(patch: Values): Values {
  const document = new Document(patch);
  const root = document.contents;
  if (!isMap(root)) return patch;
  const own = Object.hasOwn(patch, 'version');
  // A part of a file says nothing about its version, and must not be taken for an early file.
  if (!own) root.items.unshift(newPair('version', 'v0.3'));
  upgradeDocument(root, new Findings(), () => undefined, 'told');
  if (!own) takePair(root, 'version');
  return asRecord(document.toJS()) ?? patch;
}

function recordOf(value: unknown, otherwise: Values): Values {
  return isRecord(value) ? value : otherwise;
}

/** The text with what `attempt` makes of its values merged into it; undefined if a secret of it has no place there. */
function merged(text: string, attempt: (current: unknown) => Values, source: string): string | undefined {
  try {
    const edit = new ConfigEdit(text, source);
    edit.merge(attempt(edit.values()));
    return edit.toString();
  } catch {
    return undefined;
  }
}

/** What a text means in canonical names, and what reading it warns of; undefined if it cannot be read. */
function readingOf(
  text: string,
  source: string,
): { readonly values: unknown; readonly warnings: readonly string[] } | undefined {
  try {
    const { text: canonical, diagnostics } = migrateConfigText(text, source);
    const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
    return {
      values: new ConfigEdit(canonical, source).values(),
      warnings: warnings.map(({ message }) => message),
    };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** A key that the file writes in an older way. */
interface OlderName {
  /** Keys that lead to the mapping. */
  readonly path: readonly string[];
  readonly canonical: string;
  readonly written: string;
}

/** Older names of keys that have newer ones in the same mapping. What is in lists is replaced with its list. */
function namesWritten(text: string): readonly OlderName[] {
  const parsed = parseSource(text, new Findings());
  if (parsed === undefined) return [];
  const before = new Map<Pair, { readonly key: string; readonly map: YAMLMap }>();
  walk(parsed.root, [], (pair, map) => before.set(pair, { key: keyOf(pair), map }));
  upgradeDocument(parsed.root, new Findings(), () => undefined, 'told');
  const found: OlderName[] = [];
  walk(parsed.root, [], (pair, map, path) => {
    const old = before.get(pair);
    const canonical = keyOf(pair);
    if (old?.map === map && old.key !== canonical) found.push({ path, canonical, written: old.key });
  });
  return found;
}

function walk(
  map: YAMLMap,
  path: readonly string[],
  visit: (pair: Pair, map: YAMLMap, path: readonly string[]) => void,
): void {
  for (const pair of map.items) {
    visit(pair, map, path);
    if (isMap(pair.value)) walk(pair.value, [...path, keyOf(pair)], visit);
  }
}

function inNamesOf(names: readonly OlderName[], patch: Values, path: readonly string[] = []): Values {
  const renamed = Object.entries(patch).map(([key, value]) => {
    const name = names.find((one) => one.canonical === key && isDeepStrictEqual(one.path, path));
    return [name?.written ?? key, isRecord(value) ? inNamesOf(names, value, [...path, key]) : value] as const;
  });
  return Object.fromEntries(renamed);
}
