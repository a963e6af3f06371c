/**
 * From what a configuration writes for a model to the model that is meant.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { isVsrError } from '../../errors.js';
import type { Catalog } from './catalog.js';
import { discoverModel } from './local-folder.js';
import type { CatalogEntry } from './types.js';

export interface ReferencePlaces {
  /** What relative folders are relative to: the folder of the configuration. */
  readonly cwd: string;
  /** Folder of imported models, one folder each. */
  readonly modelsDir: string;
}

export type ResolvedReference =
  | { readonly entry: CatalogEntry }
  /**
   * Nothing is meant that could be found; both are sentences for people. `elsewhere`: it may be right on
   * another machine, as a path that is not on this one or as a name that is like none we know.
   */
  | {
      readonly problem: string;
      readonly hint: string | undefined;
      readonly elsewhere?: 'path' | 'name' | undefined;
    };

/**
 * Finds the model behind a name, an alias, `models/<name>`, a repository, the name of an import, or a folder.
 * A folder that is there comes before a repository of the same spelling, and a name before a folder.
 */
export async function resolveReference(
  reference: string,
  catalog: Catalog,
  { cwd, modelsDir }: ReferencePlaces,
): Promise<ResolvedReference> {
  const text = reference.trim();
  if (isPath(text)) return modelIn(absolute(text, cwd), text);
  const known = catalog.find(text);
  const folder = resolve(cwd, text);
  if (known !== undefined) {
    // `models/<alias>` beside the configuration, as older tools have put it there.
    if (!/^models[\\/]/i.test(text) || known.source.kind === 'folder' || !(await isFolder(folder)))
      return { entry: known };
    const found = await discoverModel(folder).catch(() => undefined);
    return {
      entry: found === undefined ? known : { ...known, source: found.source, requires: found.requires },
    };
  }
  for (const place of [folder, join(modelsDir, text.replaceAll('/', '--'))]) {
    if (await isFolder(place)) return modelIn(place, text);
  }
  try {
    return { entry: catalog.resolve(text) };
  } catch (error) {
    if (!isVsrError(error)) throw error;
    // A near miss of a name is a slip; anything else may be somebody's own.
    const slip = error.hint?.startsWith('Did you mean') === true;
    const kind = /^models[\\/]/i.test(text) ? 'path' : 'name';
    return { problem: error.message, hint: error.hint, elsewhere: slip ? undefined : kind };
  }
}

/** Whether `text` can be nothing but a folder. */
function isPath(text: string): boolean {
  return /^(?:\.{1,2}(?:[\\/]|$)|~(?:[\\/]|$))/.test(text) || isAbsolute(text);
}

function absolute(text: string, cwd: string): string {
  return text.startsWith('~') ? join(homedir(), text.slice(1)) : resolve(cwd, text);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function modelIn(folder: string, text: string): Promise<ResolvedReference> {
  if (!(await isFolder(folder))) {
    return {
      problem: `There is no folder \`${text}\`.`,
      hint: `Looked for ${folder}; relative folders count from the folder of the configuration.`,
      elsewhere: 'path',
    };
  }
  try {
    const entry = await discoverModel(folder);
    if (entry !== undefined) return { entry };
  } catch (error) {
    if (!isVsrError(error)) throw error;
    return { problem: error.message, hint: error.hint };
  }
  return {
    problem: `The folder \`${text}\` holds no model.`,
    hint: 'A model is `config.json`, a tokenizer, and `model.onnx` or `model.safetensors`; an adapter is `adapter_config.json` and `adapter_model.safetensors`.',
  };
}
