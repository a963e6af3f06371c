/**
 * Fields of a preference rule.
 *
 * @module
 */
import { z } from 'zod';
import { prototypeScoringSchema } from './prototypes.js';
import { unitNumber } from './rule-fields.js';

export const preferenceSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the route, used in decision conditions.'),
  description: z.string().optional().describe('What requests of this route are about, in words.'),
  examples: z
    .array(z.string().refine((text) => text.trim() !== '', { message: 'an example must not be empty' }))
    .default([])
    .describe('Requests of this route; three to ten that differ are best.'),
  threshold: unitNumber
    .optional()
    .describe(
      'Least similarity of a text to the examples and the description, a cosine of sentence embeddings. 0 or left out: 0.26, so that a text that fits no route matches none.',
    ),
  prototype_scoring: prototypeScoringSchema
    .optional()
    .describe(
      'How similarities become one, on by default. `margin_threshold` is the least lead over the next best route; without it, routes up to 0.05 behind the best one match as well.',
    ),
});

export type PreferenceRule = z.infer<typeof preferenceSchema>;
