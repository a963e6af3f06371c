/**
 * The model bundle on disk: a folder with `manifest.json`, the ONNX graph and the tokenizer.
 *
 * Reading is cheap (one small file, two sizes), so it happens at each start; the check of the contents
 * reads all 24 MB and is made on demand.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { messageOf, VsrError } from '../errors.js';

const fileSchema = z.object({
  path: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  bytes: z.number().int().nonnegative(),
});

const headSchema = z.object({
  /** Registry name, e.g. `mom-domain-classifier`. */
  model: z.string().min(1),
  /** `sequence`: one row of logits per text. Kinds this version doesn't know are kept but not run. */
  task: z.string().min(1),
  output: z.string().min(1),
  labels: z
    .array(z.string().min(1))
    .min(1)
    .refine((labels) => new Set(labels).size === labels.length, 'must not repeat'),
  /** Divides the logits before the softmax. */
  temperature: z.number().positive().default(1),
  /** Recommended probability from which the top label counts. */
  threshold: z.number().min(0).max(1).default(0.5),
  card: z.string().optional(),
  /** Figures of the evaluation, as the training wrote them. */
  metrics: z.record(z.string(), z.unknown()).default({}),
});

/** Unknown keys are ignored, so that a newer bundle works with an older router. */
const manifestSchema = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  encoder: z.object({
    name: z.string().min(1),
    license: z.string().min(1),
    dimension: z.number().int().positive(),
    max_tokens: z.number().int().min(2),
    precision: z.string().default('fp32'),
  }),
  files: z.object({ graph: fileSchema, tokenizer: fileSchema }),
  embedding: z.object({
    model: z.string().min(1),
    output: z.string().min(1),
    card: z.string().optional(),
    metrics: z.record(z.string(), z.unknown()).default({}),
  }),
  heads: z
    .array(headSchema)
    .refine(
      (heads) => new Set(heads.map((head) => head.model)).size === heads.length,
      'models must not repeat',
    ),
});

type Manifest = z.output<typeof manifestSchema>;

export type BundleHead = Manifest['heads'][number];

export interface BundleFile {
  /** Absolute. */
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A bundle whose manifest is valid and whose files are there with the right sizes. */
export interface Bundle {
  /** Absolute. */
  readonly dir: string;
  readonly name: string;
  readonly version: string;
  readonly encoder: Manifest['encoder'];
  readonly graph: BundleFile;
  readonly tokenizer: BundleFile;
  readonly embedding: Manifest['embedding'];
  /** In manifest order. */
  readonly heads: readonly BundleHead[];
}

const reinstall = 'Reinstall the package, or restore the model bundle from its source.';

function invalid(file: string, what: string, cause?: unknown, hint: string = reinstall): VsrError {
  return new VsrError('VSR_MODEL_BUNDLE_INVALID', `${file}: ${what}`, { hint, cause });
}

/** Folder of the bundle that comes with the package; the same for the sources and for `dist`. */
export function embeddedBundleDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
  return join(dir, 'models', 'embedded');
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
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  throw invalid(file, issues.join('; '));
}

function locate(dir: string, manifest: string, file: Manifest['files']['graph']): BundleFile {
  const path = resolve(dir, file.path);
  const inside = relative(dir, path);
  if (isAbsolute(file.path) || isAbsolute(inside) || inside.startsWith('..')) {
    throw invalid(manifest, `files: "${file.path}" leaves the folder of the bundle`);
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
  return {
    dir: root,
    name: manifest.name,
    version: manifest.version,
    encoder: manifest.encoder,
    graph: locate(root, file, manifest.files.graph),
    tokenizer: locate(root, file, manifest.files.tokenizer),
    embedding: manifest.embedding,
    heads: manifest.heads,
  };
}

/**
 * Checks the contents of the files against the manifest.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` naming the first file that differs or can't be read.
 */
export async function verifyBundle(bundle: Bundle): Promise<void> {
  for (const file of [bundle.graph, bundle.tokenizer]) {
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
