/**
 * Reads the files of a model folder, within bounds.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { messageOf, systemCode, VsrError } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { invalidModel, shown } from './invalid.js';

/** Larger than any real JSON file beside weights (the index of a sharded model of 100 000 tensors has 10 MB). */
const maxJsonBytes = 64 * 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/** The value of an object's own key; keys such as `constructor` are not found in every object. */
export function ownValue(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** @throws VSR_FILE_UNREADABLE if the file can't be opened, VSR_MODEL_BUNDLE_INVALID if it holds no object. */
export function readJsonObject(file: string): JsonObject {
  const object = readJsonObjectIfAny(file);
  if (object === undefined) throw unreadable(file, 'no such file');
  return object;
}

/** Like {@link readJsonObject}, and undefined if there is no such file. */
export function readJsonObjectIfAny(file: string): JsonObject | undefined {
  const value = readJsonIfAny(file);
  if (value === undefined || isRecord(value)) return value;
  throw invalidModel(`${file} holds ${shown(value)}, where an object is needed.`);
}

/** The JSON value of a file; undefined if there is no such file. */
export function readJsonIfAny(file: string): unknown {
  let text: string;
  try {
    text = withFile(file, (descriptor, size) => {
      if (size > maxJsonBytes)
        throw invalidModel(`${file} has ${size} bytes; that is no configuration file.`);
      return readFileSync(descriptor, 'utf8');
    });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error instanceof VsrError ? error : unreadable(file, messageOf(error), error);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw invalidModel(`${file} is not valid JSON: ${messageOf(error)}.`, 'Pull the model again.', error);
  }
}

/**
 * Opens a file, hands over its descriptor and size in bytes, and closes it again.
 *
 * @throws what `use` throws, or the file system's error.
 */
export function withFile<T>(file: string, use: (descriptor: number, size: number) => T): T {
  const descriptor = openSync(file, 'r');
  try {
    return use(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** Exactly `length` bytes from `offset`. @throws RangeError if the file ends before. */
export function readExactly(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(descriptor, bytes, filled, length - filled, offset + filled);
    if (read === 0) throw new RangeError(`the file ends at byte ${offset + filled}`);
    filled += read;
  }
  return bytes;
}

export function unreadable(file: string, why: string, cause?: unknown): VsrError {
  return new VsrError('VSR_FILE_UNREADABLE', `${file} can't be read: ${why}.`, {
    hint: 'Check that the model is there in full, and that this user may read it.',
    ...(cause === undefined ? {} : { cause }),
  });
}
