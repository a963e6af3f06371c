/**
 * Files of a model side by side, for a runtime that refuses what leaves the folder of the graph.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { messageOf, systemCode, VsrError } from '../../errors.js';

/**
 * A folder of our own that holds `files`, all below `root`, at the same places as real files: hard links
 * where the file system can do that, else copies. It is found again as long as the files are the same;
 * one for older contents is removed.
 *
 * @param spare folder for such folders; created.
 * @throws VSR_FILE_UNWRITABLE.
 */
export function linkedFolder(root: string, files: readonly string[], spare: string): string {
  const sources = files.map((file) => {
    const path = realpathSync(file);
    const { size, mtimeMs } = statSync(path);
    return { path, size, place: relative(root, file), identity: `${path}\n${size}\n${mtimeMs}` };
  });
  const stem = `${hash(root)}-`;
  const name = stem + hash(sources.map(({ identity }) => identity).join('\n'));
  const folder = join(spare, name);
  try {
    for (const { path, size, place } of sources) bring(path, join(folder, place), size);
    for (const other of readdirSync(spare)) {
      if (other.startsWith(stem) && other !== name)
        rmSync(join(spare, other), { recursive: true, force: true });
    }
  } catch (cause) {
    throw new VsrError('VSR_FILE_UNWRITABLE', `${folder} can't be written: ${messageOf(cause)}.`, {
      hint: 'Make it writable, or the folder of the model, or set XDG_CACHE_HOME to a folder that is.',
      cause,
    });
  }
  return folder;
}

function bring(source: string, target: string, size: number): void {
  if (sizeOf(target) === size) return;
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    try {
      linkSync(source, draft);
    } catch {
      // Another disk, or a file system without links.
      copyFileSync(source, draft, constants.COPYFILE_FICLONE);
    }
    renameSync(draft, target);
  } finally {
    // A rename onto another link of the same file leaves both.
    rmSync(draft, { force: true });
  }
}

function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
