/**
 * Reads the header of a safetensors file: which tensors it holds, and where.
 *
 * The format (https://huggingface.co/docs/safetensors, section "Format"): 8 bytes, the length N of the
 * header, unsigned and little-endian; N bytes of JSON, an object of `{dtype, shape, data_offsets: [begin,
 * end]}` by tensor name plus `__metadata__`; then the data. Offsets count from the end of the header. As
 * in the reference implementation, the tensors must cover the data without overlaps or holes, so a file
 * that was cut off or glued together is noticed before ONNX Runtime maps it.
 *
 * @module
 */
import { realpathSync } from 'node:fs';
import { messageOf, VsrError } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { readExactly, unreadable, withFile } from './files.js';
import { invalidModel, shown } from './invalid.js';

/** As in the reference implementation; the header of the largest public models has a few megabytes. */
const maxHeaderBytes = 100_000_000;

const incomplete = 'The download may be incomplete or the file damaged: pull the model again.';

/** Bits per element of the types the format knows. */
const bitsOf: ReadonlyMap<string, number> = new Map([
  ['BOOL', 8],
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
]);

export interface TensorEntry {
  readonly name: string;
  /** As the header spells it, e.g. `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Position in the file, in bytes from its start. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

export interface SafetensorsFile {
  /** Path without symbolic links. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/**
 * @throws VSR_FILE_UNREADABLE if the file can't be read, VSR_MODEL_BUNDLE_INVALID if its header is not as
 *   the format says.
 */
export function openSafetensors(file: string): SafetensorsFile {
  try {
    const path = realpathSync(file);
    return withFile(path, (descriptor, size) => {
      const length = headerLength(readExactly(descriptor, 0, Math.min(8, size)), size, file);
      return { path, size, tensors: parseHeader(readExactly(descriptor, 8, length), size, file) };
    });
  } catch (error) {
    throw error instanceof VsrError ? error : unreadable(file, messageOf(error), error);
  }
}

/**
 * The length of the header in bytes, without the 8 bytes that state it.
 *
 * @param start the first 8 bytes of the file, or all of them if it has fewer.
 * @param fileSize in bytes.
 * @param file name for error messages.
 */
export function headerLength(start: Uint8Array, fileSize: number, file: string): number {
  if (start.length < 8) {
    throw invalidModel(`${file} has ${fileSize} bytes, too few for a safetensors file.`, incomplete);
  }
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw invalidModel(
      `${file} says that its header has ${length} bytes; the format allows ${maxHeaderBytes}.`,
      'Check that this is a safetensors file: a pointer of Git LFS or an HTML page is not.',
    );
  }
  if (length < 2n || Number(length) > fileSize - 8) {
    throw invalidModel(
      `${file} says that its header has ${length} bytes, and has ${fileSize - 8} after that statement.`,
      incomplete,
    );
  }
  return Number(length);
}

/**
 * The tensors by name.
 *
 * @param header the JSON text.
 * @param fileSize in bytes, of the whole file.
 * @param file name for error messages.
 */
export function parseHeader(header: Uint8Array, fileSize: number, file: string): Map<string, TensorEntry> {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
  } catch (error) {
    throw invalidModel(`The header of ${file} is not valid JSON: ${messageOf(error)}.`, incomplete, error);
  }
  if (!isRecord(root)) throw invalidModel(`The header of ${file} is ${shown(root)}, not an object.`);
  const dataStart = 8 + header.length;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(root)) {
    if (name !== '__metadata__') tensors.set(name, entryOf(name, value, dataStart, file));
  }
  checkCover(tensors, dataStart, fileSize, file);
  return tensors;
}

function entryOf(name: string, value: unknown, dataStart: number, file: string): TensorEntry {
  const where = `tensor ${shown(name)} in ${file}`;
  if (!isRecord(value)) throw invalidModel(`The header entry of ${where} is ${shown(value)}.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw invalidModel(`The dtype of ${where} is ${shown(dtype)}.`);
  const bits = bitsOf.get(dtype);
  if (bits === undefined) {
    throw invalidModel(`The dtype of ${where} is ${shown(dtype)}, which the format does not know.`);
  }
  if (!isSizes(shape)) {
    throw invalidModel(`The shape of ${where} is ${shown(shape)}, where a list of sizes is needed.`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw invalidModel(`The data_offsets of ${where} are ${shown(offsets)}, where [begin, end] is needed.`);
  }
  const [begin = 0, end = 0] = offsets;
  const totalBits = shape.reduce((product, size) => product * size, bits);
  if (!Number.isSafeInteger(totalBits) || end < begin || (end - begin) * 8 !== totalBits) {
    throw invalidModel(
      `The data_offsets of ${where} are ${shown(offsets)}: ${end - begin} bytes, ` +
        `which is not the size of ${dtype} ${shown(shape)}.`,
      incomplete,
    );
  }
  return { name, dtype, shape, offset: dataStart + begin, length: end - begin };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkCover(
  tensors: ReadonlyMap<string, TensorEntry>,
  dataStart: number,
  fileSize: number,
  file: string,
): void {
  const inOrder = [...tensors.values()].sort((a, b) => a.offset - b.offset || a.length - b.length);
  let end = dataStart;
  for (const { name, offset, length } of inOrder) {
    if (offset !== end) {
      const what = offset < end ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw invalidModel(
        `Tensor ${shown(name)} in ${file} starts at byte ${offset} of the file and ${what}, which ends at ${end}.`,
        incomplete,
      );
    }
    end = offset + length;
  }
  if (end !== fileSize) {
    throw invalidModel(`${file} has ${fileSize} bytes, its header describes ${end}.`, incomplete);
  }
}
