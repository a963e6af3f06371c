/**
 * Reading every file of a downloaded model again.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfBlob, linkedBlob, type RepositoryCache, repositoryCache, sizeOf } from './cache.js';
import { hasDigest } from './checksum.js';
import type { LocalModel } from './local-models.js';
import { type RecordedFile, readRecord, replaceRecord } from './record.js';
import type { Digest } from './select.js';
import type { HubSettings } from './settings.js';

export interface VerifiedFile {
  readonly path: string;
  /** `unknown`: nothing says what its content should be, as for files of a folder. */
  readonly state: 'ok' | 'damaged' | 'missing' | 'unknown';
}

/**
 * Checks the contents of a model's files. What is damaged is marked, so that the next pull fetches it anew;
 * nothing is deleted.
 */
export async function verifyModel(
  model: LocalModel,
  settings: HubSettings,
  signal?: AbortSignal,
): Promise<VerifiedFile[]> {
  if (model.kind === 'folder') return model.files.map(({ path }) => ({ path, state: 'unknown' }));
  const cache = repositoryCache(settings.cacheDir, model.repo);
  const results: VerifiedFile[] = [];
  for (const { path } of model.files) {
    const file = join(model.snapshot, ...path.split('/'));
    const known = model.record?.find((each) => each.path === path);
    const digest = known?.digest ?? (await digestByName(file, cache));
    results.push({ path, state: await stateOf(file, known?.size, digest, signal) });
  }
  await markDamaged(cache, model.commit, results);
  return results;
}

async function digestByName(file: string, cache: RepositoryCache): Promise<Digest | undefined> {
  const blob = await linkedBlob(file, cache);
  return blob === undefined ? undefined : digestOfBlob(blob);
}

async function stateOf(
  file: string,
  size: number | undefined,
  digest: Digest | undefined,
  signal: AbortSignal | undefined,
): Promise<VerifiedFile['state']> {
  const found = await sizeOf(file);
  if (found === undefined) return 'missing';
  if (size !== undefined && found !== size) return 'damaged';
  if (digest === undefined) return 'unknown';
  return (await hasDigest(file, digest, signal)) ? 'ok' : 'damaged';
}

/** A pull trusts what the record calls checked. */
async function markDamaged(
  cache: RepositoryCache,
  commit: string,
  results: readonly VerifiedFile[],
): Promise<void> {
  const record = await readRecord(cache, commit);
  if (record === undefined || !results.some(({ state }) => state === 'damaged')) return;
  const files = await Promise.all(
    record.files.map(async ({ checked, ...file }): Promise<RecordedFile> => {
      const state = results.find(({ path }) => path === file.path)?.state;
      const unchanged =
        checked !== undefined && (await mtimeOf(join(cache.blobs, file.digest.hex))) === checked;
      return state === 'damaged' || !unchanged ? file : { ...file, checked };
    }),
  );
  await replaceRecord(cache, { ...record, files });
}

async function mtimeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
