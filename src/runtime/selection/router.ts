/**
 * A compiled configuration: evaluates requests, then selects model and plugins.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { Decision, LoadedConfig, ModelRef } from '../config/types.js';
import { Evaluator } from '../decision/evaluate.js';
import type { Evaluation, EvaluationMode } from '../decision/evaluation.js';
import { VsrError } from '../errors.js';
import type { Encoder } from '../inference/types.js';
import { pluginKinds } from '../plugins/index.js';
import type { CompiledPlugin } from '../plugins/types.js';
import type { UpstreamModel } from '../providers/types.js';
import { signalFamilies } from '../signals/index.js';
import { nearestName } from '../text/suggestions.js';
import { selectStatic } from './static.js';
import type { Plan, Router, Target } from './types.js';

/** A decision's plugins, ready to run, by whom they concern. */
interface DecisionPlugins {
  readonly auto: readonly CompiledPlugin[];
  readonly explicit: readonly CompiledPlugin[];
  readonly unavailable: readonly string[];
}

const noPlugins: DecisionPlugins = { auto: [], explicit: [], unavailable: [] };

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

/** Compiles a configuration. `encoder` is undefined when no model can be loaded. */
export function createRouter(loaded: LoadedConfig, encoder: Encoder | undefined): Router {
  return new ConfiguredRouter(loaded, encoder);
}

class ConfiguredRouter implements Router {
  readonly loaded: LoadedConfig;
  readonly encoder: Encoder | undefined;
  readonly needsEncoder: boolean;
  readonly #evaluator: Evaluator;
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #plugins: ReadonlyMap<string, DecisionPlugins>;
  readonly #autoNames: ReadonlySet<string>;
  /** Whether explicitly named models have to be evaluated at all. */
  readonly #guardsExplicit: boolean;

  constructor(loaded: LoadedConfig, encoder: Encoder | undefined) {
    const { config } = loaded;
    this.loaded = loaded;
    this.encoder = encoder;
    this.#evaluator = new Evaluator(config, signalFamilies, encoder);
    this.needsEncoder = this.#evaluator.needsEncoder;
    this.#targets = targetsByName(config.models);
    this.#plugins = new Map(config.decisions.map((decision) => [decision.name, compilePlugins(decision)]));
    this.#autoNames = new Set(config.router.autoModelNames);
    this.#guardsExplicit = [...this.#plugins.values()].some(
      ({ explicit, unavailable }) => explicit.length > 0 || unavailable.length > 0,
    );
  }

  isAuto(model: string): boolean {
    return this.#autoNames.has(model);
  }

  warmUp(): Promise<void> {
    return this.#evaluator.warmUp();
  }

  evaluate(request: RoutingRequest, mode: EvaluationMode): Evaluation | Promise<Evaluation> {
    return this.#evaluator.evaluate(request, mode);
  }

  plan(request: RoutingRequest): Plan | Promise<Plan> {
    if (!this.isAuto(request.model)) {
      // An unknown name is refused before any model runs for it.
      this.#explicitTarget(request.model);
      if (!this.#guardsExplicit) return this.select(notEvaluated, request);
    }
    const evaluation = this.#evaluator.evaluate(request, 'lazy');
    return evaluation instanceof Promise
      ? evaluation.then((settled) => this.select(settled, request))
      : this.select(evaluation, request);
  }

  select(evaluation: Evaluation, request: RoutingRequest): Plan {
    const { decision } = evaluation;
    const plugins = (decision && this.#plugins.get(decision.name)) ?? noPlugins;
    if (!this.isAuto(request.model)) {
      return {
        kind: 'explicit',
        evaluation,
        target: this.#explicitTarget(request.model),
        modelRef: undefined,
        reasoning: undefined,
        plugins: plugins.explicit,
        unavailablePlugins: plugins.unavailable,
        reason: 'the client named this model',
      };
    }
    const modelRef = decision && selectStatic(decision.modelRefs);
    return {
      kind: 'auto',
      evaluation,
      target: modelRef === undefined ? this.#defaultTarget() : this.#targetOf(modelRef),
      modelRef,
      reasoning: modelRef && this.#reasoningOf(modelRef),
      plugins: plugins.auto,
      unavailablePlugins: plugins.unavailable,
      reason: reasonFor(decision, modelRef),
    };
  }

  #explicitTarget(name: string): Target {
    const target = this.#targets.get(name);
    if (target !== undefined) return target;
    const known = [...this.#autoNames, ...this.#targets.keys()];
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

  #reasoningOf(ref: ModelRef): { enabled: boolean; effort: string } {
    return {
      enabled: ref.useReasoning,
      effort: ref.reasoningEffort ?? this.loaded.config.defaultReasoningEffort,
    };
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

function compilePlugins(decision: Decision): DecisionPlugins {
  const specs = new Map(decision.plugins.map((plugin) => [plugin.type, plugin.configuration]));
  const auto: CompiledPlugin[] = [];
  const explicit: CompiledPlugin[] = [];
  for (const kind of pluginKinds) {
    if (!specs.has(kind.type)) continue;
    const compiled = kind.compile(kind.schema.parse(specs.get(kind.type)));
    if (compiled === undefined) continue;
    auto.push(compiled);
    if (kind.scope === 'all') explicit.push(compiled);
  }
  const known = new Set(pluginKinds.map((kind) => kind.type));
  return { auto, explicit, unavailable: [...specs.keys()].filter((type) => !known.has(type)) };
}

function reasonFor(decision: Decision | undefined, modelRef: ModelRef | undefined): string {
  if (decision === undefined) return 'no decision matched, so the default model answers';
  if (modelRef === undefined)
    return `decision \`${decision.name}\` names no model, so the default model answers`;
  return `decision \`${decision.name}\` names it first`;
}
