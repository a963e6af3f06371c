/**
 * The layout of the cache, the same as that of Hugging Face's own tools, so that each can use what the other
 * has downloaded:
 *
 *     models--org--name/blobs/<digest>             content, named by what the hub calls it
 *     models--org--name/snapshots/<commit>/<path>  links to blobs
 *     models--org--name/refs/<revision>            the commit that a branch or tag stood for
 *
 * Beside these, what others ignore: `vllm-sr/<commit>.json` says which files of a snapshot are complete and
 * checked, `vllm-sr/<commit>/` holds them as real files if the snapshot itself is made of links.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { systemCode } from '../../errors.js';
import { diskError } from './failures.js';
import type { Digest } from './select.js';

export interface RepositoryCache {
  /** `models--org--name`, absolute. */
  readonly dir: string;
  readonly blobs: string;
  /** Folder of locks, where Hugging Face's tools keep theirs. */
  readonly locks: string;
  snapshot(commit: string): string;
  ref(revision: string): string;
  /** Record of what we have checked. */
  record(commit: string): string;
  /** Folder of real files. */
  realFiles(commit: string): string;
}

/** Where the parts of `repo` lie below `cacheDir`. Nothing is created. */
export function repositoryCache(cacheDir: string, repo: string): RepositoryCache {
  const name = `models--${repo.replaceAll('/', '--')}`;
  const dir = join(cacheDir, name);
  return {
    dir,
    blobs: join(dir, 'blobs'),
    locks: join(cacheDir, '.locks', name),
    snapshot: (commit) => join(dir, 'snapshots', commit),
    // Branches may have slashes in their names; they become folders, as in git itself.
    ref: (revision) => join(dir, 'refs', ...revision.split('/')),
    record: (commit) => join(dir, 'vllm-sr', `${commit}.json`),
    realFiles: (commit) => join(dir, 'vllm-sr', commit),
  };
}

/** The commit that `revision` stood for when it was last downloaded; a full hash stands for itself. */
export async function cachedCommit(cache: RepositoryCache, revision: string): Promise<string | undefined> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  try {
    const text = (await readFile(cache.ref(revision), 'utf8')).trim();
    return /^[0-9a-f]{40,64}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Name of a blob. */
export function blobName({ hex }: Digest): string {
  return hex;
}

/** What a blob must contain, by its name; undefined if the name is no digest. */
export function digestOfBlob(name: string): Digest | undefined {
  if (/^[0-9a-f]{64}$/.test(name)) return { kind: 'sha256', hex: name };
  return /^[0-9a-f]{40}$/.test(name) ? { kind: 'git-sha1', hex: name } : undefined;
}

/** Bytes of the file, links followed; undefined if there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}

/** Name of the blob that a file of a snapshot is a link to; undefined for a real file or none. */
export async function linkedBlob(path: string, cache: RepositoryCache): Promise<string | undefined> {
  try {
    const target = resolve(dirname(path), await readlink(path));
    return dirname(target) === cache.blobs ? target.slice(cache.blobs.length + sep.length) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes `text` so that a reader sees the old file or the new one, and never a part. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const draft = draftName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/**
 * Puts a blob into a snapshot: as a link, or where those are not allowed (Windows without developer mode, some
 * network drives) as a hard link or copy.
 */
export async function linkIntoSnapshot(blob: string, path: string): Promise<void> {
  await place(path, async (draft) => {
    try {
      await symlink(relative(dirname(path), blob), draft, 'file');
    } catch (error) {
      if (!cannotLink(error)) throw error;
      await hardLinkOrCopy(blob, draft);
    }
  });
}

/** Puts the same content at `path` as a real file, sharing the space on disk if possible. */
export async function putRealFile(source: string, path: string): Promise<void> {
  await place(path, (draft) => hardLinkOrCopy(source, draft));
}

async function hardLinkOrCopy(source: string, draft: string): Promise<void> {
  try {
    await link(source, draft);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    await copyFile(source, draft, constants.COPYFILE_FICLONE);
  }
}

async function place(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  const draft = draftName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await make(draft);
    await rename(draft, path);
    // Renaming one hard link over another of the same file does nothing and leaves both.
    await rm(draft, { force: true });
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Beside its goal, so that renaming stays within one file system; hidden, so that no listing shows it. */
function draftName(path: string): string {
  return join(dirname(path), `.${randomBytes(6).toString('hex')}.draft`);
}

/** The file system, or the system's policy, does not do this kind of link. */
function cannotLink(error: unknown): boolean {
  return [
    'EPERM',
    'EACCES',
    'ENOSYS',
    'ENOTSUP',
    'EOPNOTSUPP',
    'EXDEV',
    'EMLINK',
    'EINVAL',
    'UNKNOWN',
  ].includes(systemCode(error));
}

/** Whether `path` is a real file and no link. */
export async function isRealFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() === true;
}
