/**
 * The signals that a configuration evaluates: those that some decision asks for.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import { leafContextOf } from '../decision/context.js';
import { DecisionEngine } from '../decision/engine.js';
import { routingsInUse } from '../decision/routing-of.js';

/** Each with its recipe, projections among them, as evaluations report them. */
export function signalsOfRecipes(
  config: RouterConfig,
): { readonly recipe: string; readonly type: string; readonly name: string }[] {
  return [...routingsInUse(config)].flatMap(([recipe, routing]) => {
    const { decisions, strategy } = routing;
    const { leaves } = new DecisionEngine(decisions, strategy, () => 'free', leafContextOf(routing));
    return leaves.filter((leaf) => leaf.reported).map(({ type, name }) => ({ recipe, type, name }));
  });
}

/** `family:name` of each, once, whichever recipe it belongs to. */
export function signalsInUse(config: RouterConfig): string[] {
  return [...new Set(signalsOfRecipes(config).map(({ type, name }) => `${type}:${name}`))];
}
