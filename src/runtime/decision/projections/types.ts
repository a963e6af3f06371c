/**
 * Projections: what lies between signals and decisions. Partitions make signals exclusive, scores add
 * signals up, mappings turn a score into named outputs that conditions of type `projection` ask for.
 *
 * @module
 */
import { z } from 'zod';
import { predicateSchema } from '../../signals/predicate.js';
import { description } from '../../signals/rule-fields.js';

/** Condition type of the outputs of mappings. */
export const projectionType = 'projection';

/** Input type that reads a metric of a knowledge base instead of a rule. */
export const metricType = 'kb_metric';

/** Steepness of calibrated confidences unless a mapping names its own. */
export const defaultSlope = 12;

const name = z.string().min(1);

export const partitionSchema = z
  .strictObject({
    name: name.describe('For messages and traces.'),
    description,
    semantics: z
      .enum(['exclusive', 'softmax_exclusive'])
      .default('exclusive')
      .describe(
        '`exclusive`: of several matching members only the strongest counts. `softmax_exclusive`: likewise, and its confidence is its share of the softmax of all members.',
      ),
    temperature: z
      .number()
      .positive()
      .optional()
      .describe('Of the softmax: the lower, the more the strongest member gets.'),
    members: z.array(name).min(1).describe('Domain signals, or embedding signals.'),
    default: name.optional().describe('Member that counts as matched if none matches.'),
  })
  .refine(({ semantics, temperature }) => semantics !== 'softmax_exclusive' || temperature !== undefined, {
    message: '`softmax_exclusive` needs a `temperature` above 0',
    path: ['semantics'],
  })
  .describe('Signals of which at most one counts.');

export const valueSources = ['binary', 'confidence', 'raw', 'score'] as const;

export const scoreInputSchema = z
  .strictObject({
    type: name.describe(
      'Signal family, `projection` for an output or another score, `kb_metric` for a metric of a knowledge base.',
    ),
    name: name.optional().describe('Name of the signal, output or score.'),
    kb: name.optional().describe('Knowledge base, for `kb_metric`.'),
    metric: name.optional().describe('Metric of the knowledge base, for `kb_metric`.'),
    weight: z.number().describe('Factor of the value.'),
    value_source: z
      .enum(valueSources)
      .optional()
      .describe(
        '`binary`: `match` or `miss`. `confidence`: confidence of a match, else 0. `raw`: the number that the signal measures. `score`: value of another score. Default: `score` for the name of a score, `raw` for `kb_metric`, otherwise `binary`.',
      ),
    match: z.number().optional().describe('Value of a match, for `binary`. Default: 1.'),
    miss: z.number().optional().describe('Value otherwise, for `binary`. Default: 0.'),
  })
  .describe('A part of a score.');

export const scoreSchema = z
  .strictObject({
    name: name.describe('Name that mappings refer to.'),
    description,
    method: z.enum(['weighted_sum']).default('weighted_sum').describe('The sum of weight × value.'),
    inputs: z.array(scoreInputSchema).min(1).describe('What is added up.'),
  })
  .describe('A number made of signals.');

export const mappingOutputSchema = predicateSchema
  .extend({
    name: name.describe('Name that conditions of type `projection` use.'),
    description,
  })
  .describe('An output and the bounds in which the score has it.');

export const mappingSchema = z
  .strictObject({
    name: name.describe('For messages and traces.'),
    description,
    source: name.describe('Name of a score.'),
    method: z
      .enum(['threshold_bands', 'multi_emit'])
      .default('threshold_bands')
      .describe('`threshold_bands`: the first output whose bounds hold; `multi_emit`: all of them.'),
    calibration: z
      .strictObject({
        method: z.enum(['sigmoid_distance']).default('sigmoid_distance'),
        slope: z.number().positive().default(defaultSlope).describe('Steepness.'),
      })
      .optional()
      .describe(
        'Confidence of an output: 1 / (1 + e^(−slope × d)), where d is the distance of the score to the nearest bound.',
      ),
    outputs: z.array(mappingOutputSchema).min(1).describe('Bands of the score.'),
  })
  .describe('Names for ranges of a score.');

export const projectionsSchema = z
  .strictObject({
    partitions: z.array(partitionSchema).default([]).describe('Signals that exclude each other.'),
    scores: z.array(scoreSchema).default([]).describe('Numbers made of signals.'),
    mappings: z.array(mappingSchema).default([]).describe('Outputs of scores.'),
  })
  .describe('What is derived from signals before decisions look at them.');

export type Partition = z.infer<typeof partitionSchema>;
export type ScoreInput = z.infer<typeof scoreInputSchema>;
export type Mapping = z.infer<typeof mappingSchema>;
export type MappingOutput = z.infer<typeof mappingOutputSchema>;
export type Projections = z.infer<typeof projectionsSchema>;

export const noProjections: Projections = { partitions: [], scores: [], mappings: [] };
