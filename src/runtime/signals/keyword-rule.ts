/**
 * Fields of a keyword rule.
 *
 * @module
 */
import { z } from 'zod';
import { description, unitNumber } from './rule-fields.js';

export const keywordMethods = ['literal', 'regex', 'fuzzy', 'bm25', 'ngram'] as const;
export type KeywordMethod = (typeof keywordMethods)[number];

export const keywordSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  operator: z.enum(['AND', 'OR', 'NOR']).describe('`AND`: all keywords; `OR`: at least one; `NOR`: none.'),
  keywords: z
    .array(z.string().refine((keyword) => keyword.trim() !== '', { message: 'A keyword must not be empty.' }))
    .min(1)
    .describe('What is looked for. With `method: regex`, patterns in RE2 syntax.'),
  case_sensitive: z.boolean().default(false).describe('Whether upper and lower case differ.'),
  method: z
    .enum(keywordMethods)
    .optional()
    .describe(
      '`literal` (default): the keyword between word edges; `regex`; `fuzzy`: the same, words also with typing errors; `bm25`: by weighted terms; `ngram`: by overlap of character n-grams.',
    ),
  fuzzy_match: z
    .boolean()
    .default(false)
    .describe(
      '`true` is the same as `method: fuzzy`; with `method: regex`, words also match with typing errors.',
    ),
  fuzzy_threshold: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'Most typing errors in words of 6 or more characters; 3 to 5 characters allow 1, shorter ones 0. 0 means 2.',
    ),
  bm25_threshold: z.number().min(0).default(0.1).describe('Least BM25 score of a keyword. 0 means 0.1.'),
  ngram_threshold: unitNumber.default(0.4).describe('Least n-gram similarity, 0 to 1. 0 means 0.4.'),
  ngram_arity: z
    .int()
    .max(8)
    .default(3)
    .refine((arity) => arity === 0 || arity >= 2, { message: 'ngram_arity must be at least 2.' })
    .transform((arity) => arity || 3)
    .describe('Characters per n-gram, at least 2.'),
});

export type KeywordRule = z.infer<typeof keywordSchema>;

/** The method in force: `fuzzy_match` is the older way to ask for `fuzzy`. */
export function methodOf({ method, fuzzy_match }: KeywordRule): KeywordMethod {
  return fuzzy_match && (method === undefined || method === 'literal') ? 'fuzzy' : (method ?? 'literal');
}
