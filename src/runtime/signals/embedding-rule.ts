/**
 * Fields of an embedding rule.
 *
 * @module
 */
import { z } from 'zod';
import type { RuleIssueReporter } from './types.js';

const unused = 'Accepted, not used.';
const phrases = z.array(z.string());

export const embeddingSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description: z.string().optional().describe('For people only.'),
  threshold: z.number().min(0).max(1).describe('Least similarity, 0 to 1.'),
  candidates: z
    .array(z.string().refine((text) => text.trim() !== '', { message: 'a candidate must not be empty' }))
    .default([])
    .describe('Example phrases that the text is compared with.'),
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
  negative_candidates: phrases.optional().describe(unused),
  image_candidates: phrases.optional().describe(unused),
  negative_image_candidates: phrases.optional().describe(unused),
  prototype_scoring: z.looseObject({}).optional().describe(unused),
});

export type EmbeddingRule = z.infer<typeof embeddingSchema>;

/** What becomes of fields that later releases of the original read and this version does not. */
const consequences = {
  negative_candidates: 'texts near them are not held back',
  image_candidates: 'images are not compared',
  negative_image_candidates: 'images are not compared',
  prototype_scoring: 'every candidate is compared by itself',
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
