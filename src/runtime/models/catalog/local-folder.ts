/**
 * Recognising a model in a folder: `config.json` and weights that can be run.
 *
 * @module
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, VsrError } from '../../errors.js';
import { type RepositoryFile, selectFiles } from '../hub/select.js';
import { adapterFiles, classifierFiles } from './file-rules.js';
import type { Architecture, CatalogEntry, CatalogTask } from './types.js';

/** What we read of a model's `config.json`; everything else is the graph builder's concern. */
const configSchema = z.looseObject({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  max_position_embeddings: z.number().nullish(),
  hidden_size: z.number().nullish(),
  vocab_size: z.number().nullish(),
});

const architectures: Readonly<Record<string, Architecture>> = {
  bert: 'bert',
  modernbert: 'modernbert',
  qwen3: 'qwen3',
  gemma3_text: 'gemma3',
};

/** ModernBERT with the vocabulary of Gemma: nothing else in the file tells the two apart. */
const multilingualVocabulary = 200_000;

/**
 * The model in `folder`, or undefined if there is none: no `config.json`, or no weights.
 *
 * @throws VsrError `VSR_MODEL_FILES_MISSING` if `config.json` is there and cannot be understood.
 */
export async function discoverModel(folder: string): Promise<CatalogEntry | undefined> {
  const path = resolve(folder);
  const files = await listFolder(path);
  if (files === undefined) return undefined;
  const selection = selectFiles(files, classifierFiles);
  if (selection.problem !== undefined) return discoverAdapter(path, files);
  const config = selection.files.find(
    ({ role, path: name }) => role === 'config' && name.endsWith('config.json'),
  );
  if (config === undefined) return undefined;
  const {
    model_type,
    architectures: classes,
    ...read
  } = await readJson(join(path, config.path), configSchema);
  const multilingual = model_type === 'modernbert' && (read.vocab_size ?? 0) >= multilingualVocabulary;
  const task = classes?.[0] === undefined ? await taskOfWeights(path) : taskOf(classes[0]);
  return {
    name: basename(path),
    aliases: [],
    source: { kind: 'folder', path },
    architecture: multilingual ? 'mmbert' : (architectures[model_type ?? ''] ?? 'unknown'),
    purpose: task === 'embedding' ? 'embedding' : 'other',
    task,
    input: 'text',
    labels: labelsOf(read.id2label ?? {}),
    threshold: undefined,
    maxTokens: read.max_position_embeddings ?? undefined,
    dimension: task === 'embedding' ? (read.hidden_size ?? undefined) : undefined,
    files: classifierFiles,
    requires: [],
    approximateBytes: selection.files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    license: undefined,
    gated: false,
    standIn: undefined,
    origin: 'config',
  };
}

/** An adapter: weights without a model, which its `adapter_config.json` names. */
async function discoverAdapter(
  path: string,
  files: readonly RepositoryFile[],
): Promise<CatalogEntry | undefined> {
  const selection = selectFiles(files, adapterFiles);
  if (selection.problem !== undefined) return undefined;
  const adapter = await readAdapterConfig(path);
  if (adapter === undefined) return undefined;
  return {
    name: basename(path),
    aliases: [],
    source: { kind: 'folder', path },
    architecture: 'unknown',
    purpose: 'other',
    task: adapter.task,
    input: 'text',
    labels: [],
    threshold: undefined,
    maxTokens: undefined,
    dimension: undefined,
    files: adapterFiles,
    requires: adapter.base === undefined ? [] : [adapter.base],
    approximateBytes: selection.files.reduce((sum, { size }) => sum + (size ?? 0), 0),
    license: undefined,
    gated: false,
    standIn: undefined,
    origin: 'config',
  };
}

const adapterSchema = z.looseObject({
  base_model_name_or_path: z.string().min(1).nullish(),
  task_type: z.string().nullish(),
});

/**
 * What the adapter in `folder` sits on, and what it gives; undefined if there is no `adapter_config.json`.
 *
 * @throws VsrError `VSR_MODEL_FILES_MISSING` if it cannot be understood.
 */
export async function readAdapterConfig(
  folder: string,
): Promise<{ readonly base: string | undefined; readonly task: CatalogTask } | undefined> {
  const file = join(folder, 'adapter_config.json');
  if ((await stat(file).catch(() => undefined))?.isFile() !== true) return undefined;
  const { base_model_name_or_path: base, task_type: type } = await readJson(file, adapterSchema);
  const task = type === 'TOKEN_CLS' ? 'token' : type === 'FEATURE_EXTRACTION' ? 'embedding' : 'sequence';
  return { base: base ?? undefined, task };
}

/** Models in the folders directly below `parent`, by name of the folder. */
export async function discoverModels(parent: string): Promise<CatalogEntry[]> {
  let names: string[];
  try {
    names = (await readdir(parent, { withFileTypes: true }))
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map(({ name }) => name);
  } catch {
    return [];
  }
  const found = await Promise.all(names.sort().map((name) => discoverModel(join(parent, name))));
  return found.filter((entry) => entry !== undefined);
}

/** Files below `folder` as a repository would list them; undefined if it is no folder. Hidden ones are left out. */
export async function listFolder(folder: string): Promise<RepositoryFile[] | undefined> {
  const files: RepositoryFile[] = [];
  const visit = async (below: string): Promise<void> => {
    for (const name of await readdir(join(folder, below))) {
      if (name.startsWith('.')) continue;
      const path = below === '' ? name : `${below}/${name}`;
      // `stat` follows links, as whoever opens the file does; a link to nowhere is no file.
      const found = await stat(join(folder, path)).catch(() => undefined);
      if (found?.isDirectory() === true && path.split('/').length < 4) await visit(path);
      else if (found?.isFile() === true) files.push({ path, size: found.size });
    }
  };
  try {
    await visit('');
  } catch {
    return undefined;
  }
  return files;
}

async function readJson<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new VsrError('VSR_MODEL_FILES_MISSING', `${file} is no configuration of a model: ${reason}`, {
      hint: 'Save the model again with its configuration, or take the folder out.',
      cause,
    });
  }
}

function taskOf(className: string): CatalogTask {
  if (className.endsWith('ForTokenClassification')) return 'token';
  return className.endsWith('ForSequenceClassification') ? 'sequence' : 'embedding';
}

/** For configurations that do not name the class; most folders do, and need no look into the weights. */
async function taskOfWeights(folder: string): Promise<CatalogTask> {
  const { kindOfModel } = await import('../graphs/index.js');
  return kindOfModel(folder) ?? 'embedding';
}

function labelsOf(names: Readonly<Record<string, string>>): string[] {
  return Object.entries(names)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label);
}
