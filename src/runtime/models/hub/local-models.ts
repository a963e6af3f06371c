/**
 * Where a model lies on this machine, if it does.
 *
 * @module
 */
import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { VsrError } from '../../errors.js';
import { discoverModel, listFolder } from '../catalog/local-folder.js';
import type { CatalogEntry } from '../catalog/types.js';
import { cachedCommit, repositoryCache, sizeOf } from './cache.js';
import { externalDataOf } from './external-data.js';
import { type RecordedFile, readRecord } from './record.js';
import { type SelectedFile, selectFiles } from './select.js';
import type { HubSettings } from './settings.js';
import { placeSomewhere } from './side-by-side.js';

export type LocalModel =
  /** A folder that the configuration names, that was imported, or that lies in `models/`. */
  | { readonly kind: 'folder'; readonly dir: string; readonly files: readonly SelectedFile[] }
  /** In the hub's cache. */
  | {
      readonly kind: 'cached';
      readonly repo: string;
      readonly revision: string;
      readonly commit: string;
      /** As links lie in it, it is no folder for the runtime; see {@link modelFolder}. */
      readonly snapshot: string;
      readonly files: readonly SelectedFile[];
      /** What a pull has left; undefined if other tools have made the snapshot. */
      readonly record: readonly RecordedFile[] | undefined;
    };

export interface LocalOptions {
  readonly revision?: string | undefined;
  /** Folder whose `models/<name>` counts as the model; undefined: none. */
  readonly cwd?: string | undefined;
}

/** Finds a model on this machine: folders first, since somebody has put them there on purpose. */
export async function findLocal(
  entry: CatalogEntry,
  settings: HubSettings,
  { revision, cwd }: LocalOptions = {},
): Promise<LocalModel | undefined> {
  const { source } = entry;
  if (source.kind === 'folder') return folderModel(source.path, entry);
  if (revision === undefined) {
    const folders = [join(settings.modelsDir, folderName(entry.name))];
    if (cwd !== undefined) folders.push(join(cwd, 'models', folderName(entry.name)));
    for (const folder of folders) {
      const found = await folderModel(folder, entry);
      if (found !== undefined) return found;
    }
  }
  return source.kind === 'hub'
    ? cachedModel(entry, source.repo, revision ?? source.revision, settings)
    : undefined;
}

/** `org/name` as one folder. */
export function folderName(name: string): string {
  return name.replaceAll('/', '--');
}

async function folderModel(dir: string, { files }: CatalogEntry): Promise<LocalModel | undefined> {
  const listing = await listFolder(dir);
  if (listing === undefined) return undefined;
  const selection = selectFiles(listing, files);
  if (selection.problem === undefined) return { kind: 'folder', dir, files: selection.files };
  // One's own export may be of another kind than what is published.
  const found = await discoverModel(dir);
  return found && { kind: 'folder', dir, files: selectFiles(listing, found.files).files };
}

async function cachedModel(
  entry: CatalogEntry,
  repo: string,
  revision: string,
  settings: HubSettings,
): Promise<LocalModel | undefined> {
  const cache = repositoryCache(settings.cacheDir, repo);
  const commit = await cachedCommit(cache, revision);
  if (commit === undefined) return undefined;
  const snapshot = cache.snapshot(commit);
  const listing = await listFolder(snapshot);
  if (listing === undefined) return undefined;
  const { files, problem } = selectFiles(listing, entry.files);
  if (problem !== undefined) return undefined;
  const recorded = (await readRecord(cache, commit))?.files;
  // What was pulled for another purpose, e.g. with another graph, says nothing about these files.
  const record = covers(recorded ?? [], files) ? recorded : undefined;
  // The record knows what belongs to the model; without one, the graphs know what they need.
  const needed = record ?? (await dataOf(snapshot, files));
  for (const { path, size } of needed) {
    const found = await sizeOf(join(snapshot, ...path.split('/')));
    if (found === undefined || (size !== undefined && found !== size)) return undefined;
  }
  return { kind: 'cached', repo, revision, commit, snapshot, files: record ?? files, record };
}

function covers(recorded: readonly RecordedFile[], files: readonly SelectedFile[]): boolean {
  return files.every(({ path }) => recorded.some((file) => file.path === path));
}

async function dataOf(
  snapshot: string,
  files: readonly SelectedFile[],
): Promise<{ readonly path: string; readonly size?: number }[]> {
  const needed: { readonly path: string }[] = [];
  for (const { path, role } of files) {
    if (role !== 'graph') continue;
    const folder = path.replace(/[^/]*$/, '');
    for (const name of await externalDataOf(join(snapshot, ...path.split('/'))))
      needed.push({ path: `${folder}${name}` });
  }
  return needed;
}

/**
 * Folder with the model's files as real files side by side, for the runtime; made if it is not there yet.
 *
 * @throws VsrError `VSR_DISK_FULL` or `VSR_FILE_UNWRITABLE`.
 */
export async function modelFolder(model: LocalModel, settings: HubSettings): Promise<string> {
  if (model.kind === 'folder') return model.dir;
  const { repo, commit, snapshot, files } = model;
  const root = await realpath(snapshot);
  const placed = await Promise.all(
    files.map(async ({ path }) => {
      const file = join(root, ...path.split('/'));
      return { path, file, source: await realpath(file) };
    }),
  );
  if (placed.every(({ file, source }) => file === source)) return snapshot;
  const cache = repositoryCache(settings.cacheDir, repo);
  const spare = settings.spareDirs.map((dir) => join(dir, basename(cache.dir), commit));
  return placeSomewhere(placed, [cache.realFiles(commit), ...spare]);
}

/** The error for a model that is needed and not there. */
export function notDownloaded({ name, source }: CatalogEntry): VsrError {
  if (source.kind === 'folder') {
    return new VsrError('VSR_MODEL_NOT_DOWNLOADED', `\`${name}\` is not in ${source.path}.`, {
      hint: 'The folder must hold `config.json` and an ONNX graph or safetensors weights.',
    });
  }
  return new VsrError('VSR_MODEL_NOT_DOWNLOADED', `\`${name}\` is not downloaded.`, {
    hint: `Download it with \`vllm-sr models pull ${name}\`.`,
  });
}
