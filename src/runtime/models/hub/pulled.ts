/**
 * Models of this machine that no catalogue names: what was pulled by the name of its repository, and imports.
 *
 * @module
 */
import { readdir } from 'node:fs/promises';
import type { Catalog } from '../catalog/catalog.js';
import { discoverModel, discoverModels } from '../catalog/local-folder.js';
import type { CatalogEntry } from '../catalog/types.js';
import { repositoryCache } from './cache.js';
import { findLocal, type LocalModel } from './local-models.js';
import { readRecords } from './record.js';
import type { HubSettings } from './settings.js';

export interface Stranger {
  readonly entry: CatalogEntry;
  readonly local: LocalModel;
}

/** All of them that are complete, by name. What other tools have put into the cache is left out. */
export async function strangersHere(catalog: Catalog, settings: HubSettings): Promise<Stranger[]> {
  const found: Stranger[] = [];
  const add = async (entry: CatalogEntry): Promise<void> => {
    const local = await findLocal(entry, settings);
    if (local !== undefined) found.push({ entry: await asFound(entry, local), local });
  };
  for (const { repo, revision } of await pulled(settings)) {
    if (catalog.find(repo) !== undefined) continue;
    const entry = catalog.resolve(repo);
    await add(entry.source.kind === 'hub' ? { ...entry, source: { ...entry.source, revision } } : entry);
  }
  for (const entry of await discoverModels(settings.modelsDir).catch(() => [])) {
    if (catalog.find(entry.name.replace('--', '/')) === undefined) await add(entry);
  }
  return found.sort((a, b) => (a.entry.name < b.entry.name ? -1 : 1));
}

/** A repository nobody has described, with what its files say once they are here. */
export async function asFound(entry: CatalogEntry, local: LocalModel | undefined): Promise<CatalogEntry> {
  if (entry.origin !== 'given' || local?.kind !== 'cached') return entry;
  const found = await discoverModel(local.snapshot).catch(() => undefined);
  if (found === undefined) return entry;
  const { task, labels, architecture, maxTokens, dimension, requires } = found;
  return { ...entry, task, labels, architecture, maxTokens, dimension, requires };
}

/** The newest record per repository and revision. */
async function pulled(
  settings: HubSettings,
): Promise<readonly { readonly repo: string; readonly revision: string }[]> {
  const names = await readdir(settings.cacheDir).catch(() => []);
  const found = new Map<string, { readonly repo: string; readonly revision: string }>();
  for (const name of names) {
    if (!name.startsWith('models--')) continue;
    const cache = repositoryCache(settings.cacheDir, name.slice('models--'.length));
    for (const { repo, revision } of await readRecords(cache))
      found.set(`${repo}@${revision}`, { repo, revision });
  }
  return [...found.values()];
}
