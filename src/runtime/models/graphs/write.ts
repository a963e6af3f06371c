/**
 * Keeps the graph of a model on disk, beside its weights.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, systemCode, VsrError } from '../../errors.js';
import { type BuiltGraph, buildGraph, type GraphSource, graphVersion } from './build.js';
import { linkedFolder } from './linked-folder.js';

export interface WrittenGraph extends Omit<BuiltGraph, 'model'> {
  /** Path of the ONNX file. */
  readonly file: string;
  /** False if the file was there already. */
  readonly written: boolean;
}

/**
 * The graph of a model as a file that ONNX Runtime can load.
 *
 * ONNX Runtime refuses weights whose real path leaves the folder of the graph. So the graph goes where the
 * weights really are: with a cache of symbolic links that is the folder of the blobs, not the snapshot's.
 * Its name carries the weights' name, the version of our graphs, a hash of what it is for and one of its
 * content, which covers configuration and header. Older graphs for the same are removed.
 *
 * @param spare where a folder with hard links to the weights is made if theirs can't be written to.
 * @throws what {@link buildGraph} throws, and VSR_FILE_UNWRITABLE.
 */
export function writeGraph(source: GraphSource, spare?: string): WrittenGraph {
  const built = buildGraph(source);
  try {
    return writeInto(built, source);
  } catch (error) {
    const unwritten = error instanceof VsrError && error.code === 'VSR_FILE_UNWRITABLE';
    if (!unwritten || spare === undefined) throw error;
    const root = linkedFolder(built.root, built.external, spare);
    return writeInto({ ...built, root }, source);
  }
}

function writeInto({ model, ...rest }: BuiltGraph, source: GraphSource): WrittenGraph {
  const stem = `${rest.weights}.${purposeOf(source)}.`;
  const name = `${stem}v${graphVersion}-${hash(model).slice(0, 16)}.onnx`;
  const file = join(rest.root, name);
  const written = !holds(file, model);
  if (written) replace(file, model);
  removeOthers(rest.root, stem, name);
  return { ...rest, file, written };
}

/** Tells graphs of the same weights apart: by the folder of the configuration, the adapters, the kind. */
function purposeOf({ folder, kind, adapter }: GraphSource): string {
  const adapters = typeof adapter === 'string' ? resolve(adapter) : adapter?.map((one) => resolve(one));
  return hash(JSON.stringify([resolve(folder), kind ?? null, adapters ?? null])).slice(0, 8);
}

function hash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The name's hash alone would trust a file that was damaged later. */
function holds(file: string, model: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(model);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw unwritable(file, error);
  }
}

/** Readers see the old file or the new one, never a part. */
function replace(file: string, model: Uint8Array): void {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, model, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unwritable(file, error);
  }
}

/** Nothing depends on their absence, so failures don't count. */
function removeOthers(folder: string, stem: string, current: string): void {
  const ours = /^v\d+-[0-9a-f]{16}\.onnx$/;
  try {
    for (const name of readdirSync(folder)) {
      if (name === current || !name.startsWith(stem) || !ours.test(name.slice(stem.length))) continue;
      rmSync(join(folder, name), { force: true });
    }
  } catch {
    // In use on Windows, or a folder that may be written but not listed.
  }
}

function unwritable(file: string, cause: unknown): VsrError {
  return new VsrError('VSR_FILE_UNWRITABLE', `The graph ${file} can't be written: ${messageOf(cause)}.`, {
    hint: 'Graphs lie beside the weights: make that folder writable, or copy the model to one that is.',
    cause,
  });
}
