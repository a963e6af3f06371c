/**
 * A compiled configuration: evaluates requests, then selects model and plugins.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import type { RoutingRequest } from '../apis/types.js';
import type { Decision, LoadedConfig, ModelRef } from '../config/types.js';
import { unionOf } from '../decision/evaluate.js';
import type { Evaluation, EvaluationMode, Hop } from '../decision/evaluation.js';
import { VsrError } from '../errors.js';
import { noRemoteSettings, RemoteServices } from '../external/services.js';
import type { Encoder } from '../inference/types.js';
import type { UpstreamModel } from '../providers/types.js';
import { domainLabels } from '../signals/domain-labels.js';
import type { Caller } from '../signals/types.js';
import { nearestName } from '../text/suggestions.js';
import { reasoningFor } from './reasoning.js';
import { type CompiledRecipe, compileRecipes } from './recipe.js';
import { unfitness } from './requirements.js';
import { isWeighted, selectStatic } from './static.js';
import { suggestedRef } from './suggestion.js';
import type { Plan, Router, Target } from './types.js';

const notEvaluated: Evaluation = {
  text: '',
  decision: undefined,
  confidence: 0,
  matchedRules: [],
  recorded: [],
  failure: undefined,
  signals: [],
  conditions: [],
  category: undefined,
  encoded: undefined,
  encoderPasses: 0,
  milliseconds: 0,
  trace: () => [],
};

/**
 * Compiles a configuration. `encoder` is undefined when no model can be loaded. `previous` are services that are open
 * already: the same ones are not opened anew. Otherwise the router makes its own.
 */
export function createRouter(
  loaded: LoadedConfig,
  encoder: Encoder | undefined,
  previous?: RemoteServices,
): Router {
  const wanted = loaded.config.remote ?? noRemoteSettings;
  const remote =
    previous !== undefined && isDeepStrictEqual(previous.settings, wanted)
      ? previous
      : new RemoteServices(wanted, domainLabels);
  return new ConfiguredRouter(loaded, encoder, remote);
}

class ConfiguredRouter implements Router {
  readonly loaded: LoadedConfig;
  readonly encoder: Encoder | undefined;
  readonly remote: RemoteServices;
  readonly needsEncoder: boolean;
  readonly usesEncoder: boolean;
  readonly reads: readonly string[] | undefined;
  readonly #recipes: ReadonlyMap<string, CompiledRecipe>;
  readonly #standard: CompiledRecipe;
  /** Recipes by the names that ask the router to choose. */
  readonly #entries: ReadonlyMap<string, CompiledRecipe>;
  readonly #targets: ReadonlyMap<string, Target>;

  constructor(loaded: LoadedConfig, encoder: Encoder | undefined, remote: RemoteServices) {
    const { config } = loaded;
    this.loaded = loaded;
    this.encoder = encoder;
    this.remote = remote;
    const { standard, recipes } = compileRecipes(config, encoder, remote);
    this.#standard = standard;
    this.#recipes = recipes;
    this.#entries = new Map([
      ...Object.entries(config.entrypoints).map(
        ([name, recipe]) => [name, recipes.get(recipe) ?? standard] as const,
      ),
      ...config.router.autoModelNames.map((name) => [name, standard] as const),
    ]);
    const evaluators = [...recipes.values()].map(({ evaluator }) => evaluator);
    this.needsEncoder = evaluators.some(({ needsEncoder }) => needsEncoder);
    this.usesEncoder = evaluators.some(({ usesEncoder }) => usesEncoder);
    this.reads = unionOf(evaluators.map(({ reads }) => reads));
    this.#targets = targetsByName(config.models);
  }

  isAuto(model: string): boolean {
    return this.#entries.has(model);
  }

  async warmUp(): Promise<void> {
    await Promise.all([...this.#recipes.values()].map(({ evaluator }) => evaluator.warmUp()));
  }

  evaluate(request: RoutingRequest, mode: EvaluationMode, caller?: Caller): Evaluation | Promise<Evaluation> {
    const recipe = this.#entries.get(request.model);
    // A concrete model's request is guarded by the rules under `routing`, and is not sent elsewhere.
    return recipe === undefined
      ? this.#standard.evaluator.evaluate(request, mode, caller)
      : this.#evaluateIn(recipe, request, mode, caller, []);
  }

  /** Evaluates in a recipe, and goes on to another one if the winner sends the request there. */
  #evaluateIn(
    recipe: CompiledRecipe,
    request: RoutingRequest,
    mode: EvaluationMode,
    caller: Caller | undefined,
    via: readonly Hop[],
  ): Evaluation | Promise<Evaluation> {
    const follow = (evaluation: Evaluation): Evaluation | Promise<Evaluation> => {
      const { decision } = evaluation;
      const next = this.#recipeAt(decision);
      // The checks of the file refuse circles; the count is for those who skip them.
      if (decision === undefined || next === undefined || via.length >= this.#recipes.size) return evaluation;
      const hop = { recipe: recipe.name, decision: decision.name };
      return this.#evaluateIn(next, request, mode, caller, [...via, hop]);
    };
    const evaluation = recipe.evaluator.evaluate(request, mode, caller, via);
    return evaluation instanceof Promise ? evaluation.then(follow) : follow(evaluation);
  }

  #recipeAt(decision: Decision | undefined): CompiledRecipe | undefined {
    const destination = destinationOf(decision);
    if (destination === undefined) return undefined;
    const entry = this.#entries.get(destination);
    return entry === undefined && !this.#targets.has(destination) ? this.#recipes.get(destination) : entry;
  }

  plan(request: RoutingRequest, caller?: Caller): Plan | Promise<Plan> {
    if (!this.isAuto(request.model)) {
      // An unknown name is refused before any model runs for it.
      this.#explicitTarget(request.model);
      if (!this.#standard.guardsExplicit) return this.select(notEvaluated, request);
    }
    const evaluation = this.evaluate(request, 'lazy', caller);
    return evaluation instanceof Promise
      ? evaluation.then((settled) => this.select(settled, request))
      : this.select(evaluation, request);
  }

  select(evaluation: Evaluation, request: RoutingRequest): Plan {
    const { decision, failure } = evaluation;
    const recipe = this.#recipes.get(evaluation.recipe ?? '') ?? this.#standard;
    const explicit = !this.isAuto(request.model);
    const target = explicit ? this.#explicitTarget(request.model) : undefined;
    if (failure !== undefined) throw unanswered(failure);
    const block = decision?.action?.type === 'block' ? decision.action : undefined;
    const plugins = recipe.pluginsOf(decision);
    // Each plan in one literal: one that begins with a spread gets a hidden class of its own every time.
    if (decision !== undefined && block !== undefined) {
      return {
        kind: explicit ? 'explicit' : 'auto',
        evaluation,
        unavailablePlugins: plugins.unavailable,
        block,
        target: undefined,
        modelRef: undefined,
        reasoning: undefined,
        plugins: [],
        reason: `decision \`${decision.name}\` blocks the request`,
      };
    }
    if (explicit) {
      return {
        kind: 'explicit',
        evaluation,
        unavailablePlugins: plugins.unavailable,
        block: undefined,
        target,
        modelRef: undefined,
        reasoning: undefined,
        plugins: plugins.explicit,
        reason: 'the client named this model',
      };
    }
    const fitting = this.#fitting(decision, request, recipe);
    const suggested = fitting && suggestedRef(fitting, evaluation);
    const modelRef = suggested ?? this.#modelRefOf(fitting, request);
    const standard = this.loaded.config.defaultReasoningEffort;
    return {
      kind: 'auto',
      evaluation,
      unavailablePlugins: plugins.unavailable,
      block: undefined,
      target: modelRef === undefined ? this.#defaultTarget() : this.#targetOf(modelRef),
      modelRef,
      reasoning: modelRef && reasoningFor(modelRef, decision, evaluation, recipe.reasoningNeeds, standard),
      plugins: plugins.auto,
      reason:
        suggested === undefined
          ? reasonFor(fitting, modelRef)
          : `server \`${evaluation.domain?.suggestion?.server}\` suggests it among the models of decision \`${decision?.name}\``,
    };
  }

  /**
   * The decision with those of its model references that can take the request. Throws
   * `VSR_NO_MODEL_SELECTED` if it names some and none can.
   */
  #fitting(
    decision: Decision | undefined,
    request: RoutingRequest,
    { requirements }: CompiledRecipe,
  ): Decision | undefined {
    if (decision === undefined || requirements === undefined || decision.modelRefs.length === 0)
      return decision;
    const reasons: string[] = [];
    const modelRefs = decision.modelRefs.filter(({ model: name }) => {
      const target = this.#targets.get(name);
      const reason = target && unfitness(target.model, request, requirements);
      if (reason !== undefined) reasons.push(`\`${name}\` ${reason}`);
      return reason === undefined;
    });
    if (modelRefs.length > 0) return reasons.length === 0 ? decision : { ...decision, modelRefs };
    throw new VsrError(
      'VSR_NO_MODEL_SELECTED',
      `No model of decision \`${decision.name}\` can take this request: ${reasons.join('; ')}.`,
      { hint: 'Send less, or let `modelCards` and `candidate_requirements` say what the models can do.' },
    );
  }

  #modelRefOf(decision: Decision | undefined, request: RoutingRequest): ModelRef | undefined {
    if (decision === undefined) return undefined;
    const destination = destinationOf(decision);
    if (destination === undefined) return selectStatic(decision.modelRefs, request, decision.name);
    const target = this.#targets.get(destination);
    if (target === undefined) return undefined;
    const lora = target.model.name === destination ? undefined : destination;
    return {
      model: target.model.name,
      useReasoning: false,
      reasoningEffort: undefined,
      loraName: lora,
      weight: undefined,
    };
  }

  #explicitTarget(name: string): Target {
    const target = this.#targets.get(name);
    if (target !== undefined) return target;
    const known = [...this.#entries.keys(), ...this.#targets.keys()];
    const nearest = nearestName(name, known);
    throw new VsrError('VSR_MODEL_NOT_FOUND', `The model \`${name.slice(0, 200)}\` does not exist.`, {
      param: 'model',
      hint: nearest === undefined ? `Known models: ${known.join(', ')}` : `Did you mean \`${nearest}\`?`,
    });
  }

  #defaultTarget(): Target | undefined {
    const name = this.loaded.config.defaultModel;
    return name === undefined ? undefined : this.#targets.get(name);
  }

  #targetOf(ref: ModelRef): Target | undefined {
    const target = this.#targets.get(ref.model);
    return target === undefined || ref.loraName === undefined
      ? target
      : { model: target.model, upstreamModelId: ref.loraName };
  }
}

/** Models by the names a client may use: their own and those of their LoRA adapters. */
function targetsByName(models: readonly UpstreamModel[]): Map<string, Target> {
  const targets = new Map<string, Target>();
  for (const model of models) {
    for (const lora of model.loras) targets.set(lora, { model, upstreamModelId: lora });
  }
  // After the adapters: a model's own name wins over an adapter of the same name.
  for (const model of models) targets.set(model.name, { model, upstreamModelId: model.upstreamId });
  return targets;
}

/** Where a decision sends requests instead of to its model references. */
function destinationOf(decision: Decision | undefined): string | undefined {
  return decision?.action?.type === 'route' ? decision.action.destination : undefined;
}

function unanswered({ type, name, reason }: NonNullable<Evaluation['failure']>): VsrError {
  return new VsrError(
    'VSR_SIGNAL_UNAVAILABLE',
    `Signal \`${type}:${name}\` has no answer (${reason}), and this router does not decide without it.`,
    { hint: 'Send the request again later. A condition asks for this with `on_unknown: fail_request`.' },
  );
}

function reasonFor(decision: Decision | undefined, modelRef: ModelRef | undefined): string {
  if (decision === undefined) return 'no decision matched, so the default model answers';
  if (modelRef === undefined)
    return `decision \`${decision.name}\` names no model, so the default model answers`;
  if (destinationOf(decision) !== undefined) return `decision \`${decision.name}\` sends the request to it`;
  return isWeighted(decision.modelRefs)
    ? `decision \`${decision.name}\` gives it this share of the conversations`
    : `decision \`${decision.name}\` names it first`;
}
