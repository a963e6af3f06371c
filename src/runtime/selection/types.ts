/**
 * What happens to a request after its decision: which model, with what extras.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { ModelRef } from '../config/types.js';
import type { Evaluation } from '../decision/evaluation.js';
import type { CompiledPlugin } from '../plugins/types.js';
import type { UpstreamModel } from '../providers/types.js';

export interface Plan {
  /** `auto`: the router chose; `explicit`: the client named a configured model. */
  readonly kind: 'auto' | 'explicit';
  readonly evaluation: Evaluation;
  readonly model: UpstreamModel;
  /** Body `model` sent upstream: LoRA name, else the upstream id. */
  readonly upstreamModelId: string;
  /** Undefined when the default model answers or the client named one. */
  readonly modelRef: ModelRef | undefined;
  /** Undefined leaves the client's own reasoning fields alone. */
  readonly reasoning: { readonly enabled: boolean; readonly effort: string } | undefined;
  readonly plugins: readonly CompiledPlugin[];
  /** Plugins of the decision that this build cannot run; shown, never silent. */
  readonly unavailablePlugins: readonly string[];
  /** Why this model, in one sentence. */
  readonly reason: string;
}

/**
 * A compiled configuration that can route. Swapped as a whole on reload.
 */
export interface Router {
  /** Lazy evaluation and model selection; throws `VSR_MODEL_NOT_FOUND`, `VSR_NO_MODEL_SELECTED`. */
  plan(request: RoutingRequest): Plan | Promise<Plan>;
}
