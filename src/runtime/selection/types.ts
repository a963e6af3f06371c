/**
 * What happens to a request after its decision: which model, with what extras.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { LoadedConfig, ModelRef } from '../config/types.js';
import type { BlockAction } from '../decision/actions.js';
import type { Evaluation, EvaluationMode } from '../decision/evaluation.js';
import type { RemoteServices } from '../external/services.js';
import type { Encoder } from '../inference/types.js';
import type { CompiledPlugin } from '../plugins/types.js';
import type { UpstreamModel } from '../providers/types.js';
import type { Caller } from '../signals/types.js';
import type { Reasoning } from './reasoning.js';

/** The model that answers, and under which id. */
export interface Target {
  readonly model: UpstreamModel;
  /** Body `model` sent upstream: LoRA name, else the upstream id. */
  readonly upstreamModelId: string;
}

export interface Plan {
  /** `auto`: the router chose; `explicit`: the client named a configured model. */
  readonly kind: 'auto' | 'explicit';
  readonly evaluation: Evaluation;
  /** Set if the request is refused: then no model answers, and no plugin runs. */
  readonly block?: BlockAction | undefined;
  /**
   * Undefined if nothing matched and there is no default model. That is an error
   * (`VSR_NO_MODEL_SELECTED`) only if no plugin answers instead.
   */
  readonly target: Target | undefined;
  /** Undefined when the default model answers or the client named one. */
  readonly modelRef: ModelRef | undefined;
  /** Undefined leaves the client's own reasoning fields alone. */
  readonly reasoning: Reasoning | undefined;
  readonly plugins: readonly CompiledPlugin[];
  /** Plugins of the decision that this build cannot run; shown, never silent. */
  readonly unavailablePlugins: readonly string[];
  /** True if a tool loop stays with the model that began it, against the decision. */
  readonly sticky?: boolean;
  /** Why this model, in one sentence. */
  readonly reason: string;
}

/** A compiled configuration that can route. Swapped as a whole on reload. */
export interface Router {
  readonly loaded: LoadedConfig;
  readonly encoder: Encoder | undefined;
  /** Services of others that its signals ask. A router that follows may go on using them. */
  readonly remote: RemoteServices;
  /** True if some decision needs the encoder: then readiness waits for the models. */
  readonly needsEncoder: boolean;
  /** True if some decision may ask the encoder, if only in place of a service that does not answer. */
  readonly usesEncoder: boolean;
  /** Registry names of the encoder's outputs that decisions read; undefined: whatever the model family gives. */
  readonly reads: readonly string[] | undefined;
  /** Loads in the background what the rules need; never rejects. */
  warmUp(): Promise<void>;
  /** Lazy evaluation, then {@link select}. Throws as `select` does. */
  plan(request: RoutingRequest, caller?: Caller): Plan | Promise<Plan>;
  /**
   * Signals and decision alone. Never throws for anything a signal does.
   *
   * @param caller Who waits for it: what is under way for this request alone ends when they leave.
   */
  evaluate(request: RoutingRequest, mode: EvaluationMode, caller?: Caller): Evaluation | Promise<Evaluation>;
  /**
   * Model and plugins for an evaluation; throws `VSR_MODEL_NOT_FOUND` for an unknown explicit model and
   * `VSR_SIGNAL_UNAVAILABLE` if the evaluation failed.
   */
  select(evaluation: Evaluation, request: RoutingRequest): Plan;
  /** Whether a model name asks the router to choose. */
  isAuto(model: string): boolean;
}
