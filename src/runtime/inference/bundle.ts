/**
 * The model bundle on disk: a folder with `manifest.json`, the ONNX graphs and the tokenizer.
 *
 * Reading is cheap (one small file, a few sizes), so it happens at each start; the check of the contents
 * reads all of it and is made on demand.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, VsrError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import {
  type Manifest,
  type ManifestEmbedding,
  type ManifestFile,
  type ManifestHead,
  parseManifest,
} from './manifest.js';

export type BundleHead = ManifestHead;

export interface BundleFile {
  /** Absolute. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The graph that reads one text. */
export interface TextGraph {
  readonly file: BundleFile;
  readonly embedding: ManifestEmbedding;
  /** In manifest order. */
  readonly heads: readonly BundleHead[];
}

/** The graph that reads two texts together. */
export interface PairGraph {
  readonly file: BundleFile;
  /** In manifest order. */
  readonly heads: readonly BundleHead[];
}

/** A bundle whose manifest is valid and whose files are there with the right sizes. */
export interface Bundle {
  /** Absolute. */
  readonly dir: string;
  readonly name: string;
  readonly version: string;
  readonly encoder: Manifest['encoder'];
  readonly tokenizer: BundleFile;
  readonly text: TextGraph;
  readonly pair: PairGraph | undefined;
}

const reinstall = 'Reinstall the package, or restore the model bundle from its source.';

function invalid(file: string, what: string, cause?: unknown, hint: string = reinstall): VsrError {
  return new VsrError('VSR_MODEL_BUNDLE_INVALID', `${file}: ${what}`, { hint, cause });
}

/** Folder of the bundle that comes with the package. */
export function embeddedBundleDir(): string {
  return join(packageRoot(), 'models', 'embedded');
}

function readManifest(file: string): Manifest {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(file, `cannot be read (${messageOf(cause)})`, cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'not JSON', cause);
  }
  const parsed = parseManifest(json);
  if ('manifest' in parsed) return parsed.manifest;
  throw invalid(file, parsed.issues.join('; '));
}

function locate(dir: string, manifest: string, file: ManifestFile): BundleFile {
  const path = resolve(dir, file.path);
  const inside = relative(dir, path);
  if (isAbsolute(file.path) || isAbsolute(inside) || inside.startsWith('..')) {
    throw invalid(manifest, `file "${file.path}" leaves the folder of the bundle`);
  }
  let size: number;
  try {
    size = statSync(path).size;
  } catch (cause) {
    throw invalid(path, `named in the manifest, but cannot be read (${messageOf(cause)})`, cause);
  }
  if (size !== file.bytes) {
    const pointer = size < 1024 && readFileSync(path, 'utf8').startsWith('version https://git-lfs');
    throw invalid(
      path,
      `has ${size} bytes, the manifest says ${file.bytes}`,
      undefined,
      pointer ? 'This is a Git LFS pointer: fetch the file itself with "git lfs pull".' : reinstall,
    );
  }
  return { path, sha256: file.sha256, bytes: file.bytes };
}

/**
 * Reads the manifest in `dir` and checks that its files are there with the sizes it says.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` naming the file at fault.
 */
export function readBundle(dir: string): Bundle {
  const root = resolve(dir);
  const file = join(root, 'manifest.json');
  const manifest = readManifest(file);
  const text = manifest.graphs.find(({ input }) => input === 'text');
  const pair = manifest.graphs.find(({ input }) => input === 'pair');
  if (text?.embedding === undefined) throw invalid(file, 'graphs: no graph gives an embedding');
  return {
    dir: root,
    name: manifest.name,
    version: manifest.version,
    encoder: manifest.encoder,
    tokenizer: locate(root, file, manifest.tokenizer),
    text: { file: locate(root, file, text.file), embedding: text.embedding, heads: text.heads },
    pair: pair && { file: locate(root, file, pair.file), heads: pair.heads },
  };
}

/** All files of a bundle, each once. */
function filesOf(bundle: Bundle): BundleFile[] {
  return [bundle.text.file, ...(bundle.pair === undefined ? [] : [bundle.pair.file]), bundle.tokenizer];
}

/**
 * Checks the contents of the files against the manifest.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` naming the first file that differs or can't be read.
 */
export async function verifyBundle(bundle: Bundle): Promise<void> {
  for (const file of filesOf(bundle)) {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(file.path), hash);
    } catch (cause) {
      throw invalid(file.path, `cannot be read (${messageOf(cause)})`, cause);
    }
    const found = hash.digest('hex');
    if (found !== file.sha256) {
      throw invalid(file.path, `sha256 is ${found}, the manifest says ${file.sha256}`);
    }
  }
}
