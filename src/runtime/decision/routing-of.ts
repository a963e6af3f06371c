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

/** The recipe that a model's name asks for; concrete models are guarded by the standard one. */
export function recipeOf(config: Pick<RouterConfig, 'entrypoints'>, model: string): string {
  return Object.hasOwn(config.entrypoints, model)
    ? (config.entrypoints[model] ?? defaultRecipe)
    : defaultRecipe;
}

/** All sets of rules that a virtual model or a decision leads to, by recipe. */
export function routingsInUse(config: RouterConfig): ReadonlyMap<string, Routing> {
  const destinations = [config, ...config.recipes].flatMap(({ decisions }) =>
    decisions.flatMap(({ action }) => (action?.type === 'route' ? (action.destination ?? []) : [])),
  );
  const used = new Set([...Object.values(config.entrypoints), ...destinations]);
  return new Map<string, Routing>([
    [defaultRecipe, config],
    ...config.recipes.filter(({ name }) => used.has(name)).map((recipe) => [recipe.name, recipe] as const),
  ]);
}

/** `decision`, or `recipe/decision` for one of a recipe. */
export function qualifiedName(recipe: string | undefined, decision: string): string {
  return recipe === undefined || recipe === defaultRecipe ? decision : `${recipe}/${decision}`;
}
