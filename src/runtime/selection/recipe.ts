/**
 * A compiled recipe: rules that decide, and what their decisions do to requests.
 *
 * @module
 */

import type { CandidateRequirements, Decision, RouterConfig, Routing } from '../config/types.js';
import { Evaluator } from '../decision/evaluate.js';
import { defaultRecipe, routingsInUse } from '../decision/routing-of.js';
import type { RemoteServices } from '../external/services.js';
import type { Encoder } from '../inference/types.js';
import { signalFamilies } from '../signals/index.js';
import { compilePlugins, type DecisionPlugins, noPlugins } from './decision-plugins.js';
import { type ReasoningNeeds, reasoningNeeds } from './reasoning.js';

export class CompiledRecipe {
  readonly name: string;
  readonly evaluator: Evaluator;
  /** Whether explicitly named models have to be evaluated at all. */
  readonly guardsExplicit: boolean;
  /** Which categories its decisions would reason about. */
  readonly reasoningNeeds: ReasoningNeeds;
  /** Needs of requests that exclude models. */
  readonly requirements: CandidateRequirements | undefined;
  readonly #plugins: ReadonlyMap<string, DecisionPlugins>;

  constructor(
    name: string,
    config: RouterConfig,
    routing: Routing,
    encoder: Encoder | undefined,
    remote: RemoteServices,
  ) {
    this.name = name;
    this.evaluator = new Evaluator({ ...config, ...routing }, signalFamilies, encoder, remote, name);
    this.requirements = routing.requirements;
    this.reasoningNeeds = reasoningNeeds(routing);
    this.#plugins = new Map(routing.decisions.map((decision) => [decision.name, compilePlugins(decision)]));
    this.guardsExplicit =
      routing.decisions.some(({ action }) => action?.type === 'block') ||
      [...this.#plugins.values()].some(
        ({ explicit, unavailable }) => explicit.length > 0 || unavailable.length > 0,
      );
  }

  pluginsOf(decision: Decision | undefined): DecisionPlugins {
    return (decision && this.#plugins.get(decision.name)) ?? noPlugins;
  }
}

/** The rules under `routing`, and all recipes that a virtual model or a decision leads to; others are never compiled. */
export function compileRecipes(
  config: RouterConfig,
  encoder: Encoder | undefined,
  remote: RemoteServices,
): { readonly standard: CompiledRecipe; readonly recipes: ReadonlyMap<string, CompiledRecipe> } {
  const recipes = new Map(
    [...routingsInUse(config)].map(([name, routing]) => [
      name,
      new CompiledRecipe(name, config, routing, encoder, remote),
    ]),
  );
  const standard =
    recipes.get(defaultRecipe) ?? new CompiledRecipe(defaultRecipe, config, config, encoder, remote);
  return { standard, recipes };
}
