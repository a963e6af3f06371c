/**
 * Learned heads on disk: one folder each, with `head.json` in it.
 *
 * Reading is one small file, and rules are compiled without waiting, so it is synchronous.
 *
 * @module
 */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { messageOf, VsrError } from '../../errors.js';
import { nearestName } from '../../text/suggestions.js';
import { headFile, headSchema, headVersion } from './format.js';
import { headOf, type LearnedHead } from './head.js';

/** Names a head can have: they become a folder. */
export const headName = /^\w[\w.-]{0,99}$/;

export interface HeadPlaces {
  /** Folder with a folder per model; see `hubSettings(env).modelsDir`. */
  readonly modelsDir: string;
  /** What relative paths start from. */
  readonly baseDir: string;
}

/**
 * Reads the head in a folder, or the `head.json` that `path` names.
 *
 * @throws VsrError `VSR_MODEL_FILES_MISSING` if there is none, `VSR_HEAD_INVALID` if it cannot be used.
 */
export function readLearnedHead(path: string): LearnedHead {
  const file = basename(path) === headFile ? resolve(path) : join(resolve(path), headFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new VsrError('VSR_MODEL_FILES_MISSING', `${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'Train a head with `vllm-sr learn NAME --data FILE`, or check the path.',
      cause,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, `not JSON (${messageOf(cause)})`, cause);
  }
  const version = versionOf(json);
  if (version !== undefined && version > headVersion) {
    throw new VsrError('VSR_HEAD_INVALID', `${file} has version ${version} of the layout.`, {
      hint: `This release reads up to version ${headVersion}: update vllm-sr, or train the head again with this one.`,
    });
  }
  const parsed = headSchema.safeParse(json);
  if (!parsed.success) {
    const [first, ...more] = parsed.error.issues.map(
      ({ path: at, message }) => `${at.join('.') || '(root)'}: ${message}`,
    );
    throw invalid(file, `${first ?? 'invalid'}${more.length > 0 ? ` (and ${more.length} more)` : ''}`);
  }
  return headOf(parsed.data, dirname(file));
}

function versionOf(json: unknown): number | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return typeof json.version === 'number' ? json.version : undefined;
}

function invalid(file: string, what: string, cause?: unknown): VsrError {
  return new VsrError('VSR_HEAD_INVALID', `${file}: ${what}`, {
    hint: 'Train the head again with `vllm-sr learn`; the file is not made to be edited.',
    cause,
  });
}

/**
 * Folder of the head that a configuration means: a path (with a slash, or to an existing `head.json`), else a
 * name under `modelsDir`. Undefined if there is no such head.
 */
export function findLearnedHead(reference: string, { modelsDir, baseDir }: HeadPlaces): string | undefined {
  const holds = (dir: string) => (existsSync(join(dir, headFile)) ? dir : undefined);
  if (/[\\/]/.test(reference) || isAbsolute(reference)) {
    const path = resolve(baseDir, reference);
    return holds(basename(path) === headFile ? dirname(path) : path);
  }
  return headName.test(reference) ? holds(join(modelsDir, reference)) : undefined;
}

/**
 * Finds and reads the head that a configuration means; see {@link findLearnedHead}.
 *
 * @throws VsrError `VSR_MODEL_FILES_MISSING` with the nearest name if there is none, `VSR_HEAD_INVALID`.
 */
export function openLearnedHead(reference: string, places: HeadPlaces): LearnedHead {
  const dir = findLearnedHead(reference, places);
  if (dir !== undefined) return readLearnedHead(dir);
  const known = learnedHeadNames(places.modelsDir);
  const nearest = nearestName(reference, known);
  const train = `train it with \`vllm-sr learn ${headName.test(reference) ? reference : 'NAME'} --data FILE\``;
  throw new VsrError('VSR_MODEL_FILES_MISSING', `There is no learned head \`${reference}\`.`, {
    hint:
      nearest === undefined
        ? `${train.replace(/^t/, 'T')}; heads are looked for in ${places.modelsDir}.`
        : `Did you mean \`${nearest}\`? Else ${train}.`,
  });
}

/** Names of the heads in a models folder, sorted; none if there is no such folder. */
export function learnedHeadNames(modelsDir: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(modelsDir, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => headName.test(entry.name) && existsSync(join(modelsDir, entry.name, headFile)))
    .map(({ name }) => name)
    .sort();
}
