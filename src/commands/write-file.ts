/**
 * Writing files so that nothing is lost: all or nothing, and never over an existing file by accident.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, stat, unlink, writeFile } from 'node:fs/promises';
import { isVsrError, systemCode, VsrError } from '../runtime/errors.js';
import { replaceFile } from '../runtime/files/replace.js';

/**
 * Writes `text` to `file` so that a reader sees the old or the new content and never half of it; a file that is
 * replaced keeps its mode, and a link stays one. `mode` is that of a new file. Throws VSR_FILE_EXISTS if the file exists and `overwrite` is
 * false, VSR_FILE_UNWRITABLE if it cannot be written.
 */
export async function writeNewFile(
  file: string,
  text: string,
  { overwrite, mode }: { overwrite: boolean; mode?: number },
): Promise<void> {
  if (overwrite) {
    await replaceFile(file, text).catch((cause: unknown) => {
      throw unwritable(file, cause);
    });
    return;
  }
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, text, { flag: 'wx', mode }).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
  try {
    await publish(temporary, file, text, mode);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/**
 * Puts `next` in the place of `previous`, which `file` holds, and keeps that beside it under a name that was free:
 * `.bak`, `.bak1`, ... Returns the path of the one kept; it has the mode of `file`.
 */
export async function replaceKeepingOld(file: string, previous: string, next: string): Promise<string> {
  const { mode } = await stat(file);
  for (let number = 0; ; number++) {
    const kept = number === 0 ? `${file}.bak` : `${file}.bak${number}`;
    try {
      await writeNewFile(kept, previous, { overwrite: false, mode });
    } catch (error) {
      if (isVsrError(error) && error.code === 'VSR_FILE_EXISTS') continue;
      throw error;
    }
    await writeNewFile(file, next, { overwrite: true });
    return kept;
  }
}

/** Gives the temporary file its name only if the name is free; unlike a check before, this cannot race. */
async function publish(
  temporary: string,
  file: string,
  text: string,
  mode: number | undefined,
): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw alreadyExists(file, error);
    // Some file systems have no hard links: exclusive creation is the next best.
    await writeFile(file, text, { flag: 'wx', mode }).catch((cause: unknown) => {
      throw systemCode(cause) === 'EEXIST' ? alreadyExists(file, cause) : unwritable(file, cause);
    });
  }
}

function alreadyExists(file: string, cause: unknown): VsrError {
  return new VsrError('VSR_FILE_EXISTS', `${file} exists already; it was left as it is.`, {
    hint: 'Use --force to overwrite it, or write elsewhere with --output FILE.',
    cause,
  });
}

function unwritable(file: string, cause: unknown): VsrError {
  // The name of the temporary file would only puzzle the user.
  const code = systemCode(cause);
  return new VsrError('VSR_FILE_UNWRITABLE', `${file} cannot be written${code === '' ? '' : ` (${code})`}.`, {
    hint: 'Check that its folder exists and that you may write there.',
    cause,
  });
}
