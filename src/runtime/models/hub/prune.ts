/**
 * Giving back what downloads have left: unfinished files, superseded commits, contents that nothing names.
 *
 * The cache belongs to other tools as well, so only repositories with a record of ours are looked at, and in
 * them only snapshots that we have made.
 *
 * @module
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cachedCommit, linkedBlob, type RepositoryCache, repositoryCache, sizeOf } from './cache.js';
import { diskError } from './failures.js';
import { readRecords } from './record.js';
import type { HubSettings } from './settings.js';

export interface Leftover {
  readonly kind: 'unfinished' | 'old-commit' | 'unused-content' | 'model';
  readonly repo: string;
  /** Absolute. */
  readonly path: string;
  /** What its removal gives back. */
  readonly bytes: number;
}

/**
 * What can go.
 *
 * @param repos Repositories that are to go altogether.
 */
export async function findLeftovers(
  settings: HubSettings,
  repos: readonly string[] = [],
): Promise<Leftover[]> {
  const names = await readdir(settings.cacheDir).catch(() => []);
  const found: Leftover[] = [];
  for (const name of names.sort()) {
    const repo = name.startsWith('models--') ? name.slice('models--'.length).replaceAll('--', '/') : '';
    if (repo === '') continue;
    const cache = repositoryCache(settings.cacheDir, repo);
    // By folder, since a name with two dashes in a row cannot be told from two parts.
    if (repos.some((each) => repositoryCache(settings.cacheDir, each).dir === cache.dir)) {
      found.push({ kind: 'model', repo, path: cache.dir, bytes: await bytesBelow(cache.dir) });
    } else if (repos.length === 0) {
      found.push(...(await leftoversOf(cache, repo)));
    }
  }
  return found;
}

async function leftoversOf(cache: RepositoryCache, repo: string): Promise<Leftover[]> {
  const unfinished = (await namesIn(cache.blobs)).filter((name) => name.includes('.vllm-sr.incomplete'));
  const found: Leftover[] = await Promise.all(
    unfinished.map(async (name) => leftover('unfinished', repo, join(cache.blobs, name))),
  );
  const records = await readRecords(cache);
  if (records.length === 0) return found;
  const current = await referredCommits(cache);
  // A commit that was pulled by its hash has no name; as long as nothing newer is there, it is in use.
  const old = records.filter(({ commit, revision }) => !current.has(commit) && revision !== commit);
  for (const { commit } of old) {
    found.push({ kind: 'old-commit', repo, path: cache.snapshot(commit), bytes: 0 });
    found.push({ kind: 'old-commit', repo, path: cache.realFiles(commit), bytes: 0 });
    found.push({ kind: 'old-commit', repo, path: cache.record(commit), bytes: 0 });
  }
  const used = await usedBlobs(cache, new Set(old.map(({ commit }) => commit)));
  for (const { commit, files } of records) {
    if (!old.some((each) => each.commit === commit)) for (const { digest } of files) used.add(digest.hex);
  }
  for (const name of await namesIn(cache.blobs)) {
    if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(name) && !used.has(name)) {
      found.push(await leftover('unused-content', repo, join(cache.blobs, name)));
    }
  }
  return found;
}

async function leftover(kind: Leftover['kind'], repo: string, path: string): Promise<Leftover> {
  return { kind, repo, path, bytes: (await sizeOf(path)) ?? 0 };
}

/** Commits that some ref stands for. */
async function referredCommits(cache: RepositoryCache): Promise<Set<string>> {
  const commits = new Set<string>();
  for (const path of await filesBelow(join(cache.dir, 'refs'))) {
    const revision = path.slice(join(cache.dir, 'refs').length + 1).replaceAll('\\', '/');
    const commit = await cachedCommit(cache, revision);
    if (commit !== undefined) commits.add(commit);
  }
  return commits;
}

/** Blobs that snapshots link to, those of other tools included. */
async function usedBlobs(cache: RepositoryCache, without: ReadonlySet<string>): Promise<Set<string>> {
  const used = new Set<string>();
  const snapshots = join(cache.dir, 'snapshots');
  for (const commit of await namesIn(snapshots)) {
    if (without.has(commit)) continue;
    for (const path of await filesBelow(join(snapshots, commit))) {
      const blob = await linkedBlob(path, cache);
      if (blob !== undefined) used.add(blob);
    }
  }
  return used;
}

/** Removes what {@link findLeftovers} has found; returns the bytes given back. */
export async function removeLeftovers(leftovers: readonly Leftover[]): Promise<number> {
  let bytes = 0;
  for (const { path, bytes: size } of leftovers) {
    try {
      await rm(path, { recursive: true, force: true });
    } catch (error) {
      throw diskError(error, path);
    }
    bytes += size;
  }
  return bytes;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** Each file once, however many names it has. */
async function bytesBelow(folder: string): Promise<number> {
  const sizes = new Map<string, number>();
  for (const path of await filesBelow(folder)) {
    if (basename(path).endsWith('.lock')) continue;
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined) sizes.set(found.ino === 0 ? path : `${found.dev}:${found.ino}`, found.size);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
