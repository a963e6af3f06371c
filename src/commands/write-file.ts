/**
 * Writing files so that nothing is lost: all or nothing, and never over an existing file by accident.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, rename, unlink, writeFile } from 'node:fs/promises';
import { VsrError } from '../runtime/errors.js';

/**
 * Writes `text` to `file` through a temporary file beside it, so that a reader sees the old or the new
 * content and never half of it. Throws VSR_FILE_EXISTS if the file exists and `overwrite` is false.
 */
export async function writeNewFile(
  file: string,
  text: string,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  await writeFile(temporary, text, { flag: 'wx' }).catch((cause: unknown) => {
    // The name of the temporary file would only puzzle the user.
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
    throw new VsrError('VSR_FILE_UNWRITABLE', `${file} cannot be written${code}.`, {
      hint: 'Check that its folder exists and that you may write there.',
      cause,
    });
  });
  try {
    if (overwrite) await rename(temporary, file);
    else await publish(temporary, file, text);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** Gives the temporary file its name only if the name is free; unlike a check before, this cannot race. */
async function publish(temporary: string, file: string, text: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') throw alreadyExists(file, error);
    // Some file systems have no hard links: exclusive creation is the next best.
    await writeFile(file, text, { flag: 'wx' }).catch((cause: unknown) => {
      throw cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
        ? alreadyExists(file, cause)
        : cause;
    });
  }
}

function alreadyExists(file: string, cause: unknown): VsrError {
  return new VsrError('VSR_FILE_EXISTS', `${file} exists already; it was left as it is.`, {
    hint: 'Use --force to overwrite it, or write elsewhere with --output FILE.',
    cause,
  });
}
