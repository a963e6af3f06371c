/**
 * What we know of a snapshot: which files make the model, and that their contents were checked.
 *
 * Written last, so a snapshot with a record is complete.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { type RepositoryCache, writeAtomically } from './cache.js';

const roles = [
  'config',
  'tokenizer',
  'labels',
  'graph',
  'external-data',
  'weights',
  'adapter',
  'pooling',
] as const;

const fileSchema = z.object({
  path: z.string().min(1),
  role: z.enum(roles),
  size: z.number().int().min(0),
  digest: z.object({ kind: z.enum(['sha256', 'git-sha1']), hex: z.string().regex(/^[0-9a-f]{40,64}$/) }),
  /** Modification time of the blob when it was checked; another one, or none, calls for a new check. */
  checked: z.number().optional(),
});

const recordSchema = z.object({
  version: z.literal(1),
  repo: z.string().min(1),
  revision: z.string().min(1),
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  files: z.array(fileSchema),
});

export type SnapshotRecord = z.output<typeof recordSchema>;
export type RecordedFile = SnapshotRecord['files'][number];

/** The record of `commit`; undefined if there is none, or none that is understood. */
export async function readRecord(
  cache: RepositoryCache,
  commit: string,
): Promise<SnapshotRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(cache.record(commit), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Records of all commits of a repository. */
export async function readRecords(cache: RepositoryCache): Promise<SnapshotRecord[]> {
  const folder = dirname(cache.record('x'));
  const names = await readdir(folder).catch(() => []);
  const commits = names.filter((name) => name.endsWith('.json')).map((name) => basename(name, '.json'));
  const records = await Promise.all(commits.map((commit) => readRecord(cache, commit)));
  return records.filter((record) => record !== undefined);
}

/** Writes the record; files of an earlier pull of the same commit, with other rules, stay in it. */
export async function writeRecord(cache: RepositoryCache, record: SnapshotRecord): Promise<void> {
  const before = await readRecord(cache, record.commit);
  const kept = (before?.files ?? []).filter(({ path }) => !record.files.some((file) => file.path === path));
  await replaceRecord(cache, { ...record, files: [...record.files, ...kept] });
}

/** Writes the record as it is. */
export async function replaceRecord(cache: RepositoryCache, record: SnapshotRecord): Promise<void> {
  await writeAtomically(cache.record(record.commit), `${JSON.stringify(record, null, 2)}\n`);
}
