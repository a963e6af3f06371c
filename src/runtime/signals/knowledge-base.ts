/**
 * Knowledge bases: labels with example texts, from the configuration or from a file beside it.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf, VsrError } from '../errors.js';
import { prototypeScoringSchema } from './prototypes.js';
import { unitNumber } from './rule-fields.js';

const nonEmpty = z.string().refine((text) => text.trim() !== '', { message: 'must not be empty' });

const labelSchema = z
  .looseObject({
    description: z.string().optional().describe('For people, and compared like an example.'),
    exemplars: z.array(nonEmpty).default([]).describe('Texts of this label.'),
  })
  .describe('A label with its examples.');

/** A `labels.json`. */
export const manifestSchema = z.looseObject({
  version: z.union([z.string(), z.number()]).optional(),
  description: z.string().optional(),
  labels: z.record(nonEmpty, labelSchema),
});

const metricSchema = z
  .strictObject({
    name: nonEmpty.describe('Name for projections (`kb_metric`).'),
    type: z.literal('group_margin').default('group_margin').describe('The one kind there is.'),
    positive_group: nonEmpty.describe('Group whose similarity counts for it.'),
    negative_group: nonEmpty.describe('Group whose similarity counts against it.'),
  })
  .describe('A number that projections can use.');

export const knowledgeBaseSchema = z
  .strictObject({
    name: nonEmpty.describe('Name that `kb` rules refer to.'),
    source: z
      .strictObject({
        path: nonEmpty.describe('Folder, relative to this file.'),
        manifest: nonEmpty.default('labels.json').describe('File in it, JSON.'),
      })
      .optional()
      .describe('Where the labels are, instead of `labels`.'),
    labels: z.record(nonEmpty, labelSchema).optional().describe('Labels with examples.'),
    threshold: unitNumber
      .default(0.3)
      .describe('Least similarity of a text to the examples of a label, a cosine of sentence embeddings.'),
    label_thresholds: z.record(nonEmpty, unitNumber).default({}).describe('The same for single labels.'),
    groups: z.record(nonEmpty, z.array(nonEmpty)).default({}).describe('Labels by the name of their group.'),
    metrics: z.array(metricSchema).default([]).describe('Numbers for projections.'),
    prototype_scoring: prototypeScoringSchema
      .optional()
      .describe('How similarities become one; on by default.'),
  })
  .describe('Labels with example texts that requests are compared with.');

export type KnowledgeBase = z.output<typeof knowledgeBaseSchema>;
export type KnowledgeLabel = z.output<typeof labelSchema>;

/** Metrics that every knowledge base has. */
export const builtInMetrics = ['best_score', 'best_matched_score'] as const;

/**
 * Labels of a knowledge base, from the configuration and its file together.
 *
 * @param baseDir Folder that `source.path` counts from.
 * @throws VsrError `VSR_FILE_UNREADABLE` if the file cannot be read or is no manifest.
 */
export function labelsOf(base: KnowledgeBase, baseDir: string): ReadonlyMap<string, KnowledgeLabel> {
  const labels = new Map(Object.entries(base.labels ?? {}));
  if (base.source === undefined) return labels;
  const file = manifestOf(resolve(baseDir, base.source.path), base.source.manifest);
  const hint = 'A manifest is JSON: {"labels": {"NAME": {"description": "…", "exemplars": ["…"]}}}.';
  const refuse = (why: string, cause?: unknown) =>
    new VsrError('VSR_FILE_UNREADABLE', `knowledge base \`${base.name}\`: ${file} ${why}`, { hint, cause });
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refuse(`cannot be read: ${messageOf(cause)}`, cause);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`is no manifest: ${issue?.path.join('.') || '(root)'}: ${issue?.message ?? 'invalid'}`);
  }
  for (const [name, label] of Object.entries(parsed.data.labels)) labels.set(name, label);
  return labels;
}

/** `path` may be the manifest itself. */
function manifestOf(path: string, manifest: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : join(path, manifest);
}
