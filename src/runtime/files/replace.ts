/**
 * Replacing a file as a whole, so that a reader sees the old content or the new one and never a part.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmod, open, realpath, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { systemCode } from '../errors.js';

/**
 * Writes `text` through a file beside it. A link stays a link, and its target gets the text; the mode of a file that was
 * there is kept, as it may hide secrets. What is no file, such as `/dev/stdout`, is written to. Throws what the
 * operating system says.
 *
 * @param modeIfNew Mode of a file that was not there. Default: what the process gives new files.
 */
export async function replaceFile(path: string, text: string, modeIfNew?: number): Promise<void> {
  const before = await statIfAny(path);
  if (before !== undefined && !before.isFile()) {
    await writeFile(path, text);
    return;
  }
  const target = before === undefined ? path : await realpath(path);
  const draft = `${target}.${randomUUID()}.tmp`;
  try {
    // Nobody else reads the draft before it has the mode of the file it replaces.
    const handle = await open(draft, 'wx', before === undefined ? modeIfNew : 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (before !== undefined) await chmod(draft, before.mode);
    await rename(draft, target);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

async function statIfAny(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
