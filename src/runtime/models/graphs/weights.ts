/**
 * The tensors of a model: one safetensors file, or several with an index.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { messageOf, VsrError } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { ownValue, readExactly, readJsonObject, unreadable, withFile } from './files.js';
import { invalidModel, shown } from './invalid.js';
import { openSafetensors, type SafetensorsFile, type TensorEntry } from './safetensors.js';

/** Element types a graph can read. */
export type FloatType = 'F32' | 'F16' | 'BF16';

/** A tensor and the file that holds it. */
export interface StoredTensor extends TensorEntry {
  readonly file: SafetensorsFile;
}

/** Tensors by name, from the files of one model or adapter. */
export interface Weights {
  /** The file that was asked for (with a sharded model, the index), without symbolic links resolved. */
  readonly file: string;
  /** Folder of the real files; a graph that refers to them must lie in it. */
  readonly root: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

export const weightsFile = 'model.safetensors';
export const weightsIndex = 'model.safetensors.index.json';

/**
 * The weights of a folder: `model.safetensors`, else the shards of `model.safetensors.index.json`.
 *
 * @throws VSR_FILE_UNREADABLE if there are none, VSR_MODEL_BUNDLE_INVALID if they are damaged.
 */
export function openWeights(folder: string): Weights {
  const single = join(folder, weightsFile);
  if (existsSync(single)) return openSingle(single);
  const index = join(folder, weightsIndex);
  if (existsSync(index)) return openShards(folder, index);
  throw new VsrError('VSR_FILE_UNREADABLE', `${folder} has no ${weightsFile} and no ${weightsIndex}.`, {
    hint: 'Only weights in the safetensors format can be run; pull the model, or export it to ONNX.',
  });
}

/** The weights of one file. */
export function openSingle(path: string): Weights {
  const file = openSafetensors(path);
  return { file: path, root: dirname(file.path), tensors: ownedBy(file) };
}

function openShards(folder: string, index: string): Weights {
  const map = ownValue(readJsonObject(index), 'weight_map');
  if (!isRecord(map)) {
    throw invalidModel(
      `${index}: weight_map is ${shown(map)}, where an object of files by tensor is needed.`,
    );
  }
  const shards = new Map<string, Map<string, StoredTensor>>();
  const tensors = new Map<string, StoredTensor>();
  let root: string | undefined;
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || shard !== basename(shard) || shard === '..' || shard.includes('\\')) {
      throw invalidModel(
        `${index}: weight_map names ${shown(shard)} for tensor ${shown(name)}; a file of the same folder is needed.`,
      );
    }
    let held = shards.get(shard);
    if (held === undefined) {
      const file = openSafetensors(join(folder, shard));
      held = ownedBy(file);
      shards.set(shard, held);
      root ??= dirname(file.path);
      if (dirname(file.path) !== root) {
        throw invalidModel(
          `The shards of ${index} lie in several folders: ${root} and ${dirname(file.path)}.`,
          'ONNX Runtime reads the weights of one folder only: put the shards, or hard links to them, side by side.',
        );
      }
    }
    const tensor = held.get(name);
    if (tensor === undefined) {
      throw invalidModel(`${index} says that ${shard} holds tensor ${shown(name)}, and it does not.`);
    }
    tensors.set(name, tensor);
  }
  if (root === undefined) throw invalidModel(`${index}: weight_map is empty.`);
  return { file: index, root, tensors };
}

function ownedBy(file: SafetensorsFile): Map<string, StoredTensor> {
  return new Map([...file.tensors].map(([name, entry]) => [name, { ...entry, file }]));
}

/** The bytes of a tensor. */
export function readTensor({ file, offset, length }: StoredTensor): Uint8Array {
  try {
    return withFile(file.path, (descriptor) => readExactly(descriptor, offset, length));
  } catch (error) {
    throw unreadable(file.path, messageOf(error), error);
  }
}

/**
 * How a graph in folder `root` names a file: relative, with forward slashes. Undefined if the file lies
 * outside, since ONNX Runtime refuses such references.
 */
export function locationIn(root: string, path: string): string | undefined {
  const location = relative(root, path);
  if (location === '' || isAbsolute(location) || location.split(sep)[0] === '..') return undefined;
  return location.split(sep).join('/');
}
