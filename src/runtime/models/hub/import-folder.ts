/**
 * Taking a model out of a folder into our own store, under a name.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VsrError } from '../../errors.js';
import { classifierFiles } from '../catalog/file-rules.js';
import { discoverModel, listFolder } from '../catalog/local-folder.js';
import type { CatalogEntry } from '../catalog/types.js';
import { putRealFile } from './cache.js';
import { externalDataOf } from './external-data.js';
import { diskError } from './failures.js';
import { folderName } from './local-models.js';
import { selectFiles } from './select.js';
import type { HubSettings } from './settings.js';

export interface ImportedModel {
  readonly name: string;
  /** Absolute. */
  readonly dir: string;
  readonly files: readonly string[];
  readonly bytes: number;
  /** What the folder's own `config.json` says of the model. */
  readonly found: CatalogEntry;
}

/**
 * Copies what is needed of a model, as hard links where possible. The store has either all of it or nothing;
 * a model that was there under this name is replaced.
 *
 * @throws VsrError `VSR_MODEL_FILES_MISSING` if the folder holds no model, `VSR_FILE_UNWRITABLE`, `VSR_DISK_FULL`.
 */
export async function importFolder(
  folder: string,
  name: string,
  settings: HubSettings,
): Promise<ImportedModel> {
  const source = resolve(folder);
  const listing = (await listFolder(source)) ?? [];
  const found = await discoverModel(source);
  if (found === undefined) {
    const { problem } = selectFiles(listing, classifierFiles);
    const why = listing.length === 0 ? 'it is empty, or no folder' : (problem ?? 'it has no config.json');
    throw new VsrError('VSR_MODEL_FILES_MISSING', `${folder} holds no model: ${why}.`, {
      hint: 'A model is `config.json`, a tokenizer, and `model.onnx` or `model.safetensors`.',
    });
  }
  const files = [...selectFiles(listing, found.files).files];
  for (const { path, role } of [...files]) {
    if (role !== 'graph') continue;
    for (const data of await externalDataOf(join(source, path))) {
      const wanted = `${path.replace(/[^/]*$/, '')}${data}`;
      const listed = listing.find((file) => file.path === wanted);
      if (listed !== undefined && !files.some((file) => file.path === wanted)) {
        files.push({ ...listed, role: 'external-data' });
      }
    }
  }
  const dir = join(settings.modelsDir, folderName(name));
  const draft = join(settings.modelsDir, `.${folderName(name)}.${randomBytes(4).toString('hex')}`);
  try {
    for (const { path } of files) await putRealFile(join(source, path), join(draft, path));
    await rm(dir, { recursive: true, force: true });
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error instanceof VsrError ? error : diskError(error, dir);
  }
  return {
    name,
    dir,
    files: files.map(({ path }) => path),
    bytes: files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    found,
  };
}
