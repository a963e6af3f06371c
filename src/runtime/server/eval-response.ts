/**
 * The body of `POST /api/v1/eval`, which `classify --json` prints too.
 *
 * @module
 */
import { familyKeyOf } from '../apis/family-names.js';
import type { RoutingRequest } from '../apis/types.js';
import type { DecisionTrace, Evaluation, Hop } from '../decision/evaluation.js';
import { isVsrError } from '../errors.js';
import type { Plan, Router } from '../selection/types.js';

/** Rule names by family, e.g. `{keywords: ['code']}`. */
export type NamesByFamily = Readonly<Record<string, readonly string[]>>;

export interface DecisionResult {
  readonly decision_name: string | null;
  /** What the decision does: `block`, or `route` as those without an action do. */
  readonly action: 'block' | 'route' | null;
  /** Decisions that matched on the way and only recorded it. */
  readonly recorded_decisions: readonly string[];
  readonly confidence: number;
  readonly matched_rules: readonly string[];
  readonly algorithm: string | null;
  readonly plugins: readonly string[];
  readonly unavailable_plugins: readonly string[];
  readonly used_signals: NamesByFamily;
  readonly matched_signals: NamesByFamily;
  readonly unmatched_signals: NamesByFamily;
  readonly unavailable_signals: NamesByFamily;
}

export interface EvalResponse {
  readonly original_text: string;
  readonly requested_model: string;
  readonly recipe: string;
  /** Decisions of other recipes that sent the request here. */
  readonly via?: readonly Hop[];
  readonly decision_result: DecisionResult;
  readonly recommended_models: readonly string[];
  /** Null if nothing matched and there is no default model. */
  readonly selected_model: string | null;
  /** `selected` by a decision or by name, `fallback` to the default model, `blocked`, or `unavailable`. */
  readonly selection_status: 'selected' | 'fallback' | 'blocked' | 'unavailable';
  readonly selection_method: string;
  readonly selection_reason: string;
  /** Name of the decision, or `default`. */
  readonly routing_decision: string;
  readonly reasoning: { readonly enabled: boolean; readonly effort: string } | null;
  readonly category: string | null;
  readonly signal_confidences: Readonly<Record<string, number>>;
  readonly signal_values: Readonly<Record<string, number>>;
  readonly signal_errors: Readonly<Record<string, string>>;
  /** Why signals were answered by a model in place of their service; left out if none was. */
  readonly signal_fallbacks?: Readonly<Record<string, string>>;
  /** Milliseconds, in all and per signal as `type:name`. */
  readonly metrics: {
    readonly evaluation_ms: number;
    readonly signals_ms: Readonly<Record<string, number>>;
  };
  readonly encoder_passes: number;
  readonly config_hash: string;
  readonly model_bundle_hash: string | null;
  /** Only with `trace`: every decision with its rule tree. */
  readonly eval_trace?: readonly DecisionTrace[];
}

/** Outcome of model selection, or why there is none. */
export interface Selection {
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
}

/** Selects a model for an evaluation; an unknown model name is a result here, not an error. */
export function selectFor(router: Router, evaluation: Evaluation, request: RoutingRequest): Selection {
  try {
    return { plan: router.select(evaluation, request), problem: undefined };
  } catch (error) {
    if (isVsrError(error)) return { plan: undefined, problem: error.message };
    throw error;
  }
}

/** Names of the signals with one of the given states, by family. */
export function signalNames(
  evaluation: Evaluation,
  states: readonly ('matched' | 'not_matched' | 'unavailable')[],
): NamesByFamily {
  const families: Record<string, string[]> = {};
  for (const { type, name, outcome } of evaluation.signals) {
    if (outcome === undefined || !states.includes(outcome.status)) continue;
    const key = familyKeyOf(type);
    const names = families[key];
    if (names === undefined) families[key] = [name];
    else names.push(name);
  }
  return families;
}

export function decisionResult(evaluation: Evaluation, plan: Plan | undefined): DecisionResult {
  const { decision, confidence, matchedRules } = evaluation;
  return {
    decision_name: decision?.name ?? null,
    action: decision === undefined ? null : decision.action?.type === 'block' ? 'block' : 'route',
    recorded_decisions: evaluation.recorded,
    confidence,
    matched_rules: matchedRules,
    algorithm: decision?.algorithm ?? null,
    plugins: decision?.plugins.map(({ type }) => type) ?? [],
    unavailable_plugins: plan?.unavailablePlugins ?? [],
    used_signals: signalNames(evaluation, ['matched', 'not_matched', 'unavailable']),
    matched_signals: signalNames(evaluation, ['matched']),
    unmatched_signals: signalNames(evaluation, ['not_matched']),
    unavailable_signals: signalNames(evaluation, ['unavailable']),
  };
}

/** Names of the models a decision may choose (a LoRA name wins), or the one selected without a decision. */
export function recommendedModels(evaluation: Evaluation, plan: Plan | undefined): readonly string[] {
  const refs = evaluation.decision?.modelRefs ?? [];
  if (refs.length > 0) return refs.map(({ model, loraName }) => loraName ?? model);
  return plan?.target === undefined ? [] : [plan.target.model.name];
}

function statusOf(plan: Plan | undefined): EvalResponse['selection_status'] {
  if (plan?.block !== undefined) return 'blocked';
  if (plan?.target === undefined) return 'unavailable';
  return plan.kind === 'explicit' || plan.modelRef !== undefined ? 'selected' : 'fallback';
}

function methodOf(plan: Plan | undefined): string {
  if (plan === undefined) return 'none';
  if (plan.block !== undefined) return 'block';
  if (plan.kind === 'explicit') return 'explicit';
  return plan.modelRef === undefined ? 'default_model' : (plan.evaluation.decision?.algorithm ?? 'static');
}

/** Builds the body. `evaluation` should be a full one: a lazy one leaves signals out. */
export function evalResponse(
  router: Router,
  request: RoutingRequest,
  evaluation: Evaluation,
  options: { readonly trace?: boolean } = {},
): EvalResponse {
  const { plan, problem } = selectFor(router, evaluation, request);
  const confidences: Record<string, number> = {};
  const values: Record<string, number> = {};
  const errors: Record<string, string> = {};
  const fallbacks: Record<string, string> = {};
  const times: Record<string, number> = {};
  for (const { type, name, outcome, milliseconds } of evaluation.signals) {
    const key = `${type}:${name}`;
    if (milliseconds !== undefined) times[key] = milliseconds;
    if (outcome === undefined) continue;
    if (outcome.status === 'unavailable') {
      errors[key] = outcome.reason;
      continue;
    }
    if (outcome.standIn !== undefined) fallbacks[key] = outcome.standIn.because;
    if (outcome.score !== undefined) confidences[key] = outcome.score;
    if (outcome.value !== undefined) values[key] = outcome.value;
  }
  return {
    original_text: evaluation.text,
    requested_model: request.model,
    recipe: evaluation.recipe ?? 'default',
    ...(evaluation.via !== undefined && evaluation.via.length > 0 && { via: evaluation.via }),
    decision_result: decisionResult(evaluation, plan),
    recommended_models: recommendedModels(evaluation, plan),
    selected_model: plan?.target?.model.name ?? null,
    selection_status: statusOf(plan),
    selection_method: methodOf(plan),
    selection_reason: problem ?? plan?.reason ?? '',
    routing_decision: evaluation.decision?.name ?? 'default',
    reasoning: plan?.reasoning ?? null,
    category: evaluation.category ?? null,
    signal_confidences: confidences,
    signal_values: values,
    signal_errors: errors,
    ...(Object.keys(fallbacks).length > 0 && { signal_fallbacks: fallbacks }),
    metrics: { evaluation_ms: evaluation.milliseconds, signals_ms: times },
    encoder_passes: evaluation.encoderPasses,
    config_hash: router.loaded.hash,
    model_bundle_hash: router.encoder?.bundleHash ?? null,
    ...(options.trace === true ? { eval_trace: evaluation.trace() } : {}),
  };
}
