/**
 * One model from the hub to the cache: which files, all of them, and only then the names that lead to them.
 *
 * @module
 */
import { link, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { VsrError } from '../../errors.js';
import type { CatalogEntry } from '../catalog/types.js';
import {
  isRealFile,
  linkedBlob,
  linkIntoSnapshot,
  type RepositoryCache,
  repositoryCache,
  sizeOf,
  writeAtomically,
} from './cache.js';
import type { HubClient } from './client.js';
import { downloadFile, type StoredFile } from './download.js';
import { externalDataOf } from './external-data.js';
import { listRepository } from './listing.js';
import { type RecordedFile, readRecords, writeRecord } from './record.js';
import { type RepositoryFile, type SelectedFile, selectFiles } from './select.js';
import { isSame, placeSideBySide } from './side-by-side.js';

export interface PlannedFile extends SelectedFile {
  /** Whether the cache has it, as far as its size tells. */
  readonly cached: boolean;
}

export interface PullPlan {
  readonly entry: CatalogEntry;
  readonly repo: string;
  readonly revision: string;
  readonly commit: string;
  readonly files: readonly PlannedFile[];
  /** Everything in the repository, for files that only a downloaded graph names. */
  readonly listing: readonly RepositoryFile[];
}

export interface PulledModel {
  readonly entry: CatalogEntry;
  readonly repo: string;
  readonly commit: string;
  /** Folder of real files, side by side: what the runtime opens. Absolute. */
  readonly dir: string;
  readonly files: readonly RecordedFile[];
}

/** What somebody who waits wants to know. */
export interface PullObserver {
  onBytes?(path: string, bytes: number, total: number): void;
  onDone?(path: string): void;
  /** `path` is undefined while the repository is being listed. */
  onWait?(path: string | undefined, why: string): void;
}

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly observer?: PullObserver;
}

/** Files that come in at the same time. */
const parallel = 4;

/**
 * Asks the hub what has to be downloaded. Nothing is written.
 *
 * @param revision Instead of the one in the catalogue.
 * @throws VsrError with a `VSR_HUB_…` code, `VSR_MODEL_FILES_MISSING` or `VSR_MODEL_NOT_DOWNLOADABLE`.
 */
export async function planPull(
  client: HubClient,
  entry: CatalogEntry,
  revision: string | undefined,
  { signal, observer }: PullOptions = {},
): Promise<PullPlan> {
  const source = hubSource(entry);
  const wanted = revision ?? source.revision;
  const { commit, files: listing } = await listRepository(client, source.repo, wanted, {
    signal,
    onWait: (ms, why) => observer?.onWait?.(undefined, `${why}, trying again in ${Math.ceil(ms / 1000)} s`),
  });
  const { files, problem } = selectFiles(listing, entry.files);
  if (problem !== undefined) {
    throw new VsrError('VSR_MODEL_FILES_MISSING', `${source.repo} cannot be run here: ${problem}.`, {
      hint:
        `Export it, e.g. with \`optimum-cli export onnx --model ${source.repo} FOLDER\`, ` +
        'and add it with `vllm-sr models import FOLDER --name NAME`.',
    });
  }
  const cache = repositoryCache(client.settings.cacheDir, source.repo);
  const planned = files.map(async (file) => ({ ...file, cached: await looksCached(cache, commit, file) }));
  return { entry, repo: source.repo, revision: wanted, commit, files: await Promise.all(planned), listing };
}

/** The repository of a model that can be downloaded. Throws `VSR_MODEL_NOT_DOWNLOADABLE` for others. */
export function hubSource({ name, source }: CatalogEntry): {
  readonly repo: string;
  readonly revision: string;
} {
  if (source.kind === 'hub') return source;
  throw source.kind === 'folder'
    ? new VsrError('VSR_MODEL_NOT_DOWNLOADABLE', `\`${name}\` is the folder ${source.path}.`, {
        hint: 'There is nothing to download: it is used from where it is.',
      })
    : new VsrError(
        'VSR_MODEL_NOT_DOWNLOADABLE',
        `\`${name}\` is a generative model, which the router does not run itself.`,
        {
          hint: source.advice,
        },
      );
}

async function looksCached(cache: RepositoryCache, commit: string, file: SelectedFile): Promise<boolean> {
  if (file.size === undefined) return false;
  const places = [join(cache.snapshot(commit), ...file.path.split('/'))];
  if (file.digest !== undefined) places.push(join(cache.blobs, file.digest.hex));
  const sizes = await Promise.all(places.map(sizeOf));
  return sizes.includes(file.size);
}

/**
 * Downloads what a plan names, as far as it is not there, and makes the model usable.
 *
 * @throws VsrError with a `VSR_HUB_…` code, `VSR_DISK_FULL` or `VSR_FILE_UNWRITABLE`. What has come in is kept.
 */
export async function executePull(
  client: HubClient,
  plan: PullPlan,
  { signal, observer }: PullOptions = {},
): Promise<PulledModel> {
  const cache = repositoryCache(client.settings.cacheDir, plan.repo);
  const isChecked = await checkedBlobs(cache);
  // One failure ends the others: their bytes are kept, and the error is not buried under theirs.
  const failed = new AbortController();
  let reason: unknown;
  const both = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])]);
  const fetchFile = async (file: SelectedFile): Promise<RecordedFile> => {
    try {
      await adopt(cache, plan.commit, file);
      const stored = await downloadFile(
        client,
        cache,
        { repo: plan.repo, commit: plan.commit, file },
        {
          signal: both,
          isChecked,
          onBytes: (bytes, total) => observer?.onBytes?.(file.path, bytes, total),
          onWait: (why) => observer?.onWait?.(file.path, why),
        },
      );
      await putIntoSnapshot(cache, plan.commit, stored);
      observer?.onDone?.(file.path);
      const { mtimeMs } = await stat(stored.blob);
      return { path: file.path, role: file.role, size: stored.size, digest: stored.digest, checked: mtimeMs };
    } catch (error) {
      reason ??= error;
      failed.abort(reason);
      throw reason;
    }
  };
  const files = await eachOf(plan.files, fetchFile);
  files.push(...(await eachOf(await dataFiles(cache, plan, files), fetchFile)));
  if (plan.revision !== plan.commit) await writeAtomically(cache.ref(plan.revision), plan.commit);
  const dir = await realFolder(cache, plan.commit, files);
  const { repo, revision, commit } = plan;
  await writeRecord(cache, { version: 1, repo, revision, commit, files });
  return { entry: plan.entry, repo, commit, dir, files };
}

/** Runs `work` on a few at a time, in order; waits for all that have begun, then throws the first failure. */
async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const run = async (): Promise<void> => {
    while (failures.length === 0) {
      const index = next++;
      const item = items[index];
      if (item === undefined) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, run));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Files that the graphs refer to under names nobody could guess, as far as the repository has them. */
async function dataFiles(
  cache: RepositoryCache,
  { commit, listing }: PullPlan,
  files: readonly RecordedFile[],
): Promise<SelectedFile[]> {
  const found = new Map<string, SelectedFile>();
  for (const { path, role } of files) {
    if (role !== 'graph' || !path.endsWith('.onnx')) continue;
    for (const name of await externalDataOf(join(cache.snapshot(commit), ...path.split('/')))) {
      const wanted = posix.join(posix.dirname(path), name);
      const listed = listing.find((file) => file.path === wanted);
      if (listed !== undefined && !files.some((file) => file.path === wanted)) {
        found.set(wanted, { ...listed, role: 'external-data' });
      }
    }
  }
  return [...found.values()];
}

/** Blobs that a pull has checked and nobody has changed since need no second look. */
async function checkedBlobs(cache: RepositoryCache): Promise<(blob: string) => Promise<boolean>> {
  const checked = new Map<string, number>();
  for (const { files } of await readRecords(cache)) {
    for (const { digest, checked: at } of files)
      if (at !== undefined) checked.set(join(cache.blobs, digest.hex), at);
  }
  return async (blob) => {
    const at = checked.get(blob);
    return at !== undefined && (await stat(blob)).mtimeMs === at;
  };
}

/** A cache made where links were not allowed has files in snapshots and no blobs; they are as good. */
async function adopt(cache: RepositoryCache, commit: string, file: SelectedFile): Promise<void> {
  if (file.digest === undefined) return;
  const blob = join(cache.blobs, file.digest.hex);
  const path = join(cache.snapshot(commit), ...file.path.split('/'));
  if ((await sizeOf(blob)) !== undefined || !(await isRealFile(path))) return;
  // Its content is checked with that of any other blob; without hard links it is fetched again.
  await link(path, blob).catch(() => undefined);
}

async function putIntoSnapshot(
  cache: RepositoryCache,
  commit: string,
  { path, blob, digest }: StoredFile,
): Promise<void> {
  const goal = join(cache.snapshot(commit), ...path.split('/'));
  if ((await linkedBlob(goal, cache)) === digest.hex) return;
  if ((await isRealFile(goal)) && (await isSame(goal, blob, digest))) return;
  await linkIntoSnapshot(blob, goal);
}

/** Folder of a pulled model's files, the snapshot itself if there is no link in it. */
async function realFolder(
  cache: RepositoryCache,
  commit: string,
  files: readonly Pick<RecordedFile, 'path' | 'digest'>[],
): Promise<string> {
  const snapshot = cache.snapshot(commit);
  const inSnapshot = files.map(({ path }) => join(snapshot, ...path.split('/')));
  if ((await Promise.all(inSnapshot.map(isRealFile))).every((real) => real)) return snapshot;
  const folder = cache.realFiles(commit);
  const placed = files.map(async ({ path, digest }) => {
    const blob = join(cache.blobs, digest.hex);
    // A snapshot of mixed kind has files without blobs.
    const source = (await sizeOf(blob)) === undefined ? join(snapshot, ...path.split('/')) : blob;
    return { path, source, digest };
  });
  await placeSideBySide(await Promise.all(placed), folder);
  return folder;
}
