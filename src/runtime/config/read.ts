/**
 * The text of config files, with errors that say what to do.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { messageOf, VsrError } from '../errors.js';
import { isRecord } from './raw.js';

/**
 * Reads a config file.
 *
 * @param shownAs Name for messages, if not the path.
 * @throws VsrError `VSR_CONFIG_NOT_FOUND` or `VSR_CONFIG_UNREADABLE`.
 */
export async function readConfigText(path: string, shownAs = path): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = isRecord(error) ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new VsrError('VSR_CONFIG_NOT_FOUND', `there is no config file ${shownAs}`, {
        hint: 'write one with `vllm-sr init`, or name another with `--config`',
        cause: error,
      });
    }
    const reasons: Readonly<Record<string, string>> = {
      EACCES: 'you have no permission to read it',
      EPERM: 'you have no permission to read it',
      EISDIR: 'it is a folder',
    };
    const reason = (typeof code === 'string' && reasons[code]) || messageOf(error);
    throw new VsrError('VSR_CONFIG_UNREADABLE', `the config file ${shownAs} cannot be read: ${reason}`, {
      cause: error,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new VsrError('VSR_CONFIG_UNREADABLE', `the config file ${shownAs} is not UTF-8 text`, {
      hint: 'save it with the encoding UTF-8',
      cause: error,
    });
  }
}
