/**
 * The rules that an evaluation went by: those of the configuration itself, or of one of its recipes.
 *
 * @module
 */
import type { RouterConfig, Routing } from '../config/types.js';
import type { Evaluation } from './evaluation.js';

/** Name of the recipe that `routing` itself is. */
export const defaultRecipe = 'default';

/** Decisions, signals and strategy of the recipe that the request ended in. */
export function routingOf(config: RouterConfig, { recipe }: Pick<Evaluation, 'recipe'>): Routing {
  return config.recipes.find(({ name }) => name === recipe) ?? config;
}

/** All sets of rules that some name leads to, by recipe. */
export function routingsInUse(config: RouterConfig): ReadonlyMap<string, Routing> {
  const used = new Set(Object.values(config.entrypoints));
  return new Map<string, Routing>([
    [defaultRecipe, config],
    ...config.recipes.filter(({ name }) => used.has(name)).map((recipe) => [recipe.name, recipe] as const),
  ]);
}

/** `decision`, or `recipe/decision` for one of a recipe. */
export function qualifiedName(recipe: string | undefined, decision: string): string {
  return recipe === undefined || recipe === defaultRecipe ? decision : `${recipe}/${decision}`;
}
