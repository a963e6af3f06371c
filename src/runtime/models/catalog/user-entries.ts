/**
 * Models that a configuration adds to the catalogue, or puts in the place of ours.
 *
 * `global.model_catalog.registry`, once the top-level `mom_registry`, maps a name (or `models/<name>`) to a
 * repository of the hub or to a folder. What an entry does not say is taken from the model it replaces.
 *
 * @module
 */
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { adapterFiles, anyFiles } from './file-rules.js';
import type { CatalogEntry, ModelSource } from './types.js';

const repoPattern = /^[\w][\w.-]*\/[\w][\w.-]*$/;

const entrySchema = z
  .strictObject({
    repo: z
      .string()
      .regex(repoPattern, 'expected `organisation/name`')
      .optional()
      .describe('Repository of the hub, `organisation/name`.'),
    revision: z.string().min(1).optional().describe('Branch, tag or commit. Default: `main`.'),
    path: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with `config.json` and weights, relative to this file.'),
    base: z
      .string()
      .min(1)
      .optional()
      .describe('For a LoRA adapter: the model it sits on, by any of its names.'),
    aliases: z.array(z.string().min(1)).optional().describe('Further names.'),
    task: z.enum(['sequence', 'token', 'embedding']).optional().describe('What the model gives.'),
    labels: z.array(z.string().min(1)).optional().describe('Labels in the order of their ids.'),
    threshold: z.number().min(0).max(1).optional().describe('Probability from which a label counts.'),
    max_tokens: z.number().int().min(1).optional().describe('Longest input in tokens.'),
    files: z
      .array(z.string().min(1))
      .optional()
      .describe('Graphs to take, in order of preference, e.g. `onnx/model_fp16.onnx`.'),
    license: z.string().min(1).optional().describe('Licence, for `models list`.'),
    gated: z.boolean().optional().describe('Whether the licence must be accepted on the hub first.'),
  })
  .refine(({ repo, path }) => (repo === undefined) !== (path === undefined), {
    message: 'expected either `repo` or `path`',
  });

/** `global.model_catalog.registry`. */
export const registrySchema = z
  .record(z.string().min(1), z.union([z.string().min(1), entrySchema]))
  .describe(
    'Models by name: a repository `organisation/name`, a folder (`./…` or absolute), or an object that says more.',
  );

/** A configuration's own models, validated. */
export type UserModels = z.output<typeof registrySchema>;

/** The registry in a configuration document; empty if it has none. */
export function userModelsOf(document: Readonly<Record<string, unknown>>): UserModels {
  const parsed = holderSchema.safeParse(document);
  return parsed.success ? (parsed.data.global?.model_catalog?.registry ?? {}) : {};
}

const holderSchema = z.looseObject({
  global: z
    .looseObject({ model_catalog: z.looseObject({ registry: registrySchema.optional() }).optional() })
    .optional(),
});

/**
 * Entries for the configuration's models. `known` finds the entry that a name replaces; `cwd` is what relative
 * folders are relative to.
 */
export function userEntries(
  models: UserModels,
  known: (reference: string) => CatalogEntry | undefined,
  cwd: string,
): CatalogEntry[] {
  return Object.entries(models).map(([key, value]) => {
    const name = key.replace(/^models\//, '').replace(/\/+$/, '');
    const given = typeof value === 'string' ? shorthand(value) : value;
    const base = known(key);
    const graphs = given.files?.map((path) => [path]);
    const files = given.base === undefined ? (base?.files ?? anyFiles) : adapterFiles;
    return {
      architecture: 'unknown',
      purpose: base?.purpose ?? 'other',
      input: base?.input ?? 'text',
      dimension: base?.dimension,
      requires: given.base === undefined ? [] : [given.base],
      approximateBytes: undefined,
      standIn: base?.standIn,
      task: given.task ?? base?.task ?? 'sequence',
      labels: given.labels ?? base?.labels ?? [],
      threshold: given.threshold ?? base?.threshold,
      maxTokens: given.max_tokens ?? base?.maxTokens,
      license: given.license,
      gated: given.gated ?? false,
      name: base?.name ?? name,
      // The names of the model it replaces lead to it as well.
      aliases: [...new Set([...(given.aliases ?? []), ...(base?.aliases ?? [])])],
      source: sourceOf(given, cwd),
      // A model of one's own may be of another kind than the one it replaces, e.g. no adapter any more.
      files:
        given.base === undefined
          ? {
              graphs: [...(graphs ?? []), ...files.graphs, ...anyFiles.graphs],
              weights: anyFiles.weights,
              companions: [...new Set([...files.companions, ...anyFiles.companions])],
            }
          : files,
      origin: 'config',
    };
  });
}

function shorthand(text: string): z.output<typeof entrySchema> {
  return repoPattern.test(text) && !/^\.{1,2}\//.test(text) ? { repo: text } : { path: text };
}

function sourceOf({ repo, revision, path }: z.output<typeof entrySchema>, cwd: string): ModelSource {
  if (repo !== undefined) return { kind: 'hub', repo, revision: revision ?? 'main' };
  const folder = path ?? '.';
  return { kind: 'folder', path: isAbsolute(folder) ? folder : resolve(cwd, folder) };
}
