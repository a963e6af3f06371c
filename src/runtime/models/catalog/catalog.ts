/**
 * Finding a model by any of its names.
 *
 * @module
 */
import { VsrError } from '../../errors.js';
import { nearestName } from '../../text/suggestions.js';
import { catalogEntries } from './entries.js';
import { anyFiles, asBase } from './file-rules.js';
import type { CatalogEntry } from './types.js';
import { type UserModels, userEntries } from './user-entries.js';

export interface Catalog {
  /** Each model once: ours in catalogue order, then the configuration's own. */
  readonly entries: readonly CatalogEntry[];
  /** By canonical name, alias, either behind `models/`, or repository; case does not count. */
  find(reference: string): CatalogEntry | undefined;
  /** `organisation/name` as it is, whether anybody knows it or not; undefined if it is no such name. */
  repository(reference: string): CatalogEntry | undefined;
  /** The models that an entry says it needs, such as the base of an adapter, as far as they have names. */
  needs(entry: CatalogEntry): CatalogEntry[];
  /**
   * As {@link find}; a repository `organisation/name` that nobody knows is taken as it is.
   *
   * @throws VsrError `VSR_USAGE` naming the nearest name.
   */
  resolve(reference: string): CatalogEntry;
}

export interface CatalogOptions {
  /** `global.model_catalog.registry` of the configuration. */
  readonly userModels?: UserModels;
  /** What relative folders in it are relative to. Default: the working directory. */
  readonly cwd?: string;
}

/** The catalogue, with a configuration's own models merged over it. */
export function openCatalog({ userModels = {}, cwd = process.cwd() }: CatalogOptions = {}): Catalog {
  const ours = indexOf(catalogEntries);
  const own = userEntries(userModels, (reference) => ours.get(keyOf(reference)), cwd);
  const replaced = new Set(own.map(({ name }) => name));
  const entries = [
    ...catalogEntries.map((entry) => own.find(({ name }) => name === entry.name) ?? entry),
    ...own.filter(({ name }) => !catalogEntries.some((entry) => entry.name === name)),
  ];
  // Where two models share a name, the configuration's own has it.
  const index = new Map([...indexOf(entries.filter(({ name }) => !replaced.has(name))), ...indexOf(own)]);
  const find = (reference: string) => index.get(keyOf(reference));
  return {
    entries,
    find,
    repository: unlistedRepository,
    needs: ({ requires }) =>
      requires.flatMap((name) => find(name) ?? unlistedRepository(name) ?? []).map(asBase),
    resolve(reference) {
      const found = find(reference) ?? unlistedRepository(reference);
      if (found !== undefined) return found;
      throw unknownModel(reference, entries);
    },
  };
}

/** Names and aliases beat repositories, since a name may be spelled like a repository of someone else. */
function indexOf(entries: readonly CatalogEntry[]): Map<string, CatalogEntry> {
  const index = new Map<string, CatalogEntry>();
  const add = (name: string, entry: CatalogEntry) => {
    const key = keyOf(name);
    if (!index.has(key)) index.set(key, entry);
  };
  for (const entry of entries) add(entry.name, entry);
  for (const entry of entries) for (const alias of entry.aliases) add(alias, entry);
  for (const entry of entries) if (entry.source.kind === 'hub') add(entry.source.repo, entry);
  return index;
}

function keyOf(reference: string): string {
  return reference
    .trim()
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/^models\//, '');
}

function unlistedRepository(reference: string): CatalogEntry | undefined {
  const repo = reference.trim();
  // `models/x` is a name of this catalogue and no repository of an organisation called "models".
  if (!/^[\w][\w.-]*\/[\w][\w.-]*$/.test(repo) || /^models\//i.test(repo)) return undefined;
  return {
    name: repo,
    aliases: [],
    source: { kind: 'hub', repo, revision: 'main' },
    architecture: 'unknown',
    purpose: 'other',
    task: 'sequence',
    input: 'text',
    labels: [],
    threshold: undefined,
    maxTokens: undefined,
    dimension: undefined,
    files: anyFiles,
    requires: [],
    approximateBytes: undefined,
    license: undefined,
    gated: false,
    standIn: undefined,
    origin: 'given',
  };
}

/** The error for a name nobody knows, with the names that are near. */
export function unknownModel(reference: string, entries: readonly CatalogEntry[]): VsrError {
  const names = entries.map(({ name }) => name);
  const wanted = keyOf(reference);
  // "jailbreak" is no slip of the keyboard, but says clearly enough what was meant.
  const near = wanted.length < 3 ? [] : names.filter((name) => name.toLowerCase().includes(wanted));
  const shown = near.slice(0, 5).map((name) => `\`${name}\``);
  const nearest = nearestName(
    wanted,
    entries.flatMap(({ name, aliases }) => [name, ...aliases]),
  );
  if (shown.length === 0 && nearest !== undefined) shown.push(`\`${nearest}\``);
  const advice = shown.length === 0 ? '' : `Did you mean ${shown.join(' or ')}? `;
  return new VsrError('VSR_USAGE', `There is no model \`${reference.slice(0, 100)}\`.`, {
    hint: `${advice}See \`vllm-sr models list\` for all names.`,
  });
}
