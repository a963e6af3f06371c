/**
 * Schema of recipes and entrypoints: several virtual models, each with rules of its own, on one server.
 *
 * @module
 */
import { z } from 'zod';
import { recipeRoutingSchema } from './schema-routing.js';

export const recipeSchema = z
  .strictObject({
    name: z.string().min(1).describe('Shown in headers, logs and evaluations.'),
    description: z.string().default('').describe('For people only.'),
    routing: recipeRoutingSchema.prefault({}),
  })
  .describe('A set of rules beside `routing`.');

export const entrypointSchema = z
  .strictObject({
    model_names: z
      .array(z.string().trim().min(1))
      .min(1)
      .describe('Names that clients put into `model` to be routed by the recipe.'),
    recipe: z.string().min(1).describe('Name of a recipe, or `default` for the rules under `routing`.'),
  })
  .describe('A virtual model.');
