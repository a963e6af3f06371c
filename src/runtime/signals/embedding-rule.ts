/**
 * Fields of an embedding rule.
 *
 * @module
 */
import { z } from 'zod';
import { prototypeScoringSchema } from './prototypes.js';
import { description, unitNumber } from './rule-fields.js';
import type { RuleIssueReporter } from './types.js';

const unused = 'Accepted, not used.';
const phrases = z.array(z.string());
const phrase = z.string().refine((text) => text.trim() !== '', { message: 'a candidate must not be empty' });

export const embeddingSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  threshold: unitNumber.describe(
    'Least similarity: a cosine of sentence embeddings, which models scale differently.',
  ),
  candidates: z.array(phrase).default([]).describe('Example phrases that the text is compared with.'),
  aggregation_method: z
    .enum(['max', 'mean', 'any'])
    .default('max')
    .describe(
      '`max`: the nearest candidate counts; `mean`: the average over all; `any`: one candidate at or above the threshold is enough.',
    ),
  query_modality: z
    .enum(['text', 'image', 'audio'])
    .default('text')
    .describe('What is compared. Rules for `image` and `audio` are accepted and report `unavailable`.'),
  negative_candidates: z
    .array(phrase)
    .optional()
    .describe('A text that is nearer to one of these than to the candidates does not match.'),
  image_candidates: phrases.optional().describe(unused),
  negative_image_candidates: phrases.optional().describe(unused),
  prototype_scoring: prototypeScoringSchema
    .optional()
    .describe('Blends the nearest candidates into one number, instead of `aggregation_method`.'),
});

export type EmbeddingRule = z.infer<typeof embeddingSchema>;

/** What becomes of fields that later releases of the original read and this version does not. */
const consequences = {
  image_candidates: 'images are not compared',
  negative_image_candidates: 'images are not compared',
} as const;

export function checkEmbeddingRule(rule: EmbeddingRule, index: number, report: RuleIssueReporter): void {
  if (rule.query_modality !== 'text') {
    const message = `found \`${rule.query_modality}\`, and this version compares only text: the rule reports \`unavailable\` and never matches`;
    report(index, ['query_modality'], message, 'warning');
  } else if (rule.candidates.length === 0) {
    report(index, ['candidates'], 'found none; give at least one example phrase');
  }
  for (const [field, consequence] of Object.entries(consequences)) {
    if (!Object.hasOwn(rule, field)) continue;
    report(index, [field], `not available in this version: ${consequence}`, 'warning');
  }
}
