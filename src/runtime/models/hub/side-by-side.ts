/**
 * Folders in which the files of a model lie as real files.
 *
 * ONNX Runtime refuses external data whose path, links resolved, leaves the folder of the graph, and a snapshot
 * made of links does that.
 *
 * @module
 */
import { lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isVsrError } from '../../errors.js';
import { isRealFile, putRealFile } from './cache.js';
import { hasDigest } from './checksum.js';
import { diskError } from './failures.js';
import type { Digest } from './select.js';

export interface PlacedFile {
  /** Path in the model, with slashes. */
  readonly path: string;
  /** Where its content is. Absolute. */
  readonly source: string;
  /** Compared where a copy stands already; without it, a copy of the same size will do. */
  readonly digest?: Digest;
}

/**
 * Makes `folder` hold the files, as hard links where the disk allows it. What is there already stays.
 *
 * @throws VsrError `VSR_DISK_FULL` or `VSR_FILE_UNWRITABLE`.
 */
export async function placeSideBySide(files: readonly PlacedFile[], folder: string): Promise<void> {
  for (const { path, source, digest } of files) {
    const goal = join(folder, ...path.split('/'));
    if ((await isRealFile(goal)) && (await isSame(goal, source, digest))) continue;
    try {
      await putRealFile(source, goal);
    } catch (error) {
      throw diskError(error, dirname(goal));
    }
  }
}

/**
 * The first of `folders` that can hold the files, with the files in it. A cache on a disk that may only be read
 * needs another place than its own. All but the first are two levels below a folder of this user's own.
 *
 * @throws VsrError `VSR_DISK_FULL`, or `VSR_FILE_UNWRITABLE` about the first of them if none can be written.
 */
export async function placeSomewhere(
  files: readonly PlacedFile[],
  folders: readonly [string, ...string[]],
): Promise<string> {
  let refusal: unknown;
  for (const [index, folder] of folders.entries()) {
    try {
      if (index > 0) await makeOwn(folder);
      await placeSideBySide(files, folder);
      return folder;
    } catch (error) {
      if (!isVsrError(error) || error.code !== 'VSR_FILE_UNWRITABLE') throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** A folder for temporary files is shared: what somebody else has put there is not ours to run. */
async function makeOwn(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const uid = process.getuid?.();
    // Up to the spare folder itself: whoever owns one of them can exchange what is in it.
    const owned = [folder, dirname(folder), dirname(dirname(folder))].map(async (path) => {
      const found = await lstat(path);
      return found.isDirectory() && (uid === undefined || found.uid === uid);
    });
    if ((await Promise.all(owned)).every((own) => own)) return;
  } catch (error) {
    throw diskError(error, folder);
  }
  throw diskError(new Error('it belongs to another user'), folder);
}

/** The same file under two names, or a copy. */
export async function isSame(path: string, source: string, digest: Digest | undefined): Promise<boolean> {
  const [a, b] = await Promise.all([stat(path).catch(() => undefined), stat(source).catch(() => undefined)]);
  if (a === undefined || b === undefined || a.size !== b.size) return false;
  if (a.ino !== 0 && a.ino === b.ino && a.dev === b.dev) return true;
  return digest === undefined || (await hasDigest(path, digest));
}
