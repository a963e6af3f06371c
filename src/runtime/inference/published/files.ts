/**
 * Finds the parts of a published model among its files.
 *
 * @module
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fields } from '../../models/graphs/fields.js';
import { type JsonObject, readJsonObject, readJsonObjectIfAny } from '../../models/graphs/files.js';
import { linkedFolder } from '../../models/graphs/index.js';
import type { PublishedSettings } from './settings.js';

/** Paths are absolute. */
export interface ModelParts {
  /** The graph that is published; undefined if there are only weights. */
  readonly graph: string | undefined;
  /** config.json; undefined for an adapter without one. */
  readonly config: Fields | undefined;
  /** tokenizer.json, or vocab.txt of an older BERT. */
  readonly tokenizer: string;
  readonly tokenizerConfig: JsonObject;
  /** Bytes of graph, weights and adapter. */
  readonly bytes: number;
  /** Tells these files from others of the same names. */
  readonly identity: string;
}

/** @throws if a part is missing; the message names it. */
export function partsOf(settings: PublishedSettings): ModelParts {
  const { dir, files, base } = settings;
  const folders = base === undefined ? [dir] : [dir, base];
  const graphs = files.filter(({ role }) => role === 'graph').map(({ path }) => path);
  // Of one graph per kind of input, the one for texts.
  const graph = graphs.find((path) => /text/.test(path)) ?? graphs[0];
  const beside = graph === undefined ? [] : [join(dir, dirname(graph))];
  const places = [...folders, ...beside];
  const config = fileIn(places, 'config.json');
  const tokenizer = fileIn(places, 'tokenizer.json') ?? fileIn(places, 'vocab.txt');
  if (tokenizer === undefined)
    throw new Error(`${dir} has no tokenizer.json and no vocab.txt, without which no text can be read`);
  const tokenizerConfig = fileIn(places, 'tokenizer_config.json');
  const heavy = files
    .filter(({ role }) => ['graph', 'external-data', 'weights', 'adapter'].includes(role))
    .map(({ path }) => join(dir, path));
  if (base !== undefined) heavy.push(...weightNames.map((name) => join(base, name)));
  return {
    graph: graph === undefined ? undefined : realGraph(settings, graph),
    config: config === undefined ? undefined : new Fields(config, readJsonObject(config)),
    tokenizer,
    tokenizerConfig: readJsonObjectIfAny(tokenizerConfig ?? join(dir, 'tokenizer_config.json')) ?? {},
    bytes: heavy.reduce((sum, file) => sum + sizeOf(file), 0),
    identity: heavy.map(stampOf).join('\n'),
  };
}

function fileIn(folders: readonly string[], name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((file) => sizeOf(file) > 0);
}

/** Of a base; one in shards has an index that names them. */
const weightNames = ['model.safetensors', 'model.safetensors.index.json'];

function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return `${file} ${found?.size ?? ''} ${found?.mtimeMs ?? ''}`;
}

/** Bytes; 0 if there is no such file. */
function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.size : 0;
}

/**
 * The graph with its data beside it as real files: ONNX Runtime follows links, and then refuses data that lie
 * in another folder.
 */
function realGraph({ dir, files, cacheDir }: PublishedSettings, graph: string): string {
  const data = files.filter(({ role, path }) => role === 'external-data' && path.startsWith(graph));
  const all = [graph, ...data.map(({ path }) => path)].map((path) => join(dir, path));
  if (data.length === 0 || all.every((file) => !isLink(file))) return join(dir, graph);
  // Links that lead to one folder under their own names do no harm.
  const [first = '', ...others] = all.map((file) => realpathSync(file));
  const named = [first, ...others].every((file, i) => basename(file) === basename(all[i] ?? ''));
  if (named && others.every((file) => dirname(file) === dirname(first))) return first;
  return join(linkedFolder(dir, all, join(cacheDir, 'models')), graph);
}

function isLink(file: string): boolean {
  return lstatSync(file).isSymbolicLink();
}
