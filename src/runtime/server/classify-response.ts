/**
 * The bodies of `POST /api/v1/classify/intent` and `/batch`.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { Evaluation } from '../decision/evaluation.js';
import { chooseByEntropy, type EntropyChoice } from '../selection/entropy.js';
import { reasoningNeeds } from '../selection/reasoning.js';
import type { Router } from '../selection/types.js';
import type { Category } from '../signals/domain-category.js';
import type { StandIn } from '../signals/types.js';
import {
  type DecisionResult,
  decisionResult,
  type NamesByFamily,
  recommendedModels,
  selectFor,
  signalNames,
} from './eval-response.js';

/** Below this a classification counts as uncertain. */
const confident = 0.7;

export interface Classification {
  readonly category: string;
  readonly confidence: number;
  readonly processing_time_ms: number;
}

type Probabilities = Readonly<Record<string, number>>;

export interface IntentResponse {
  readonly classification: Classification;
  /** Every class, if asked for. */
  readonly probabilities?: Probabilities;
  readonly uncertainty: Category['uncertainty'];
  /** Who says it in place of the servers for categories, and why. */
  readonly stand_in?: StandIn;
  /**
   * Whether a decision with `reasoning: {mode: entropy}` would reason, from this uncertainty and from what
   * the decisions about the categories say.
   */
  readonly entropy_reasoning: EntropyChoice;
  readonly recommended_model: string | null;
  readonly routing_decision: string;
  readonly matched_signals: NamesByFamily;
  readonly decision_result: DecisionResult;
  readonly signal_errors: Readonly<Record<string, string>>;
}

function probabilitiesOf(category: Category): Probabilities {
  return Object.fromEntries(category.probabilities);
}

export interface IntentOptions {
  readonly milliseconds: number;
  readonly returnProbabilities: boolean;
  /** Confidence from which a category that no decision is about counts as known; 0.7 if left out. */
  readonly threshold: number | undefined;
}

/** `category` is the reading of the domain head for the same text. */
export function intentResponse(
  router: Router,
  request: RoutingRequest,
  evaluation: Evaluation,
  category: Category,
  options: IntentOptions,
): IntentResponse {
  const { plan } = selectFor(router, evaluation, request);
  const errors: Record<string, string> = {};
  for (const { type, name, outcome } of evaluation.signals) {
    if (outcome?.status === 'unavailable') errors[`${type}:${name}`] = outcome.reason;
  }
  const fallback =
    category.confidence >= (options.threshold ?? confident)
      ? 'high_confidence_specialized'
      : 'low_confidence_general';
  return {
    classification: {
      category: category.label,
      confidence: category.confidence,
      processing_time_ms: options.milliseconds,
    },
    ...(options.returnProbabilities ? { probabilities: probabilitiesOf(category) } : {}),
    uncertainty: category.uncertainty,
    ...(category.standIn !== undefined && { stand_in: category.standIn }),
    entropy_reasoning: chooseByEntropy(
      category.probabilities,
      reasoningNeeds(router.loaded.config),
      category.threshold,
    ),
    recommended_model: plan?.target?.model.name ?? recommendedModels(evaluation, plan)[0] ?? null,
    routing_decision: evaluation.decision?.name ?? fallback,
    matched_signals: signalNames(evaluation, ['matched']),
    decision_result: decisionResult(evaluation, plan),
    signal_errors: errors,
  };
}

/** What a batch says of one text. Tasks add fields of their own. */
export interface BatchItem {
  readonly category: string;
  readonly confidence: number;
  readonly probabilities?: Probabilities;
}

export interface BatchResponse {
  readonly results: readonly BatchItem[];
  readonly total_count: number;
  readonly processing_time_ms: number;
  readonly statistics: {
    readonly category_distribution: Readonly<Record<string, number>>;
    readonly avg_confidence: number;
    readonly low_confidence_count: number;
  };
}

/** Body for what was found in several texts, in their order. */
export function batchResponse(results: readonly BatchItem[], milliseconds: number): BatchResponse {
  const distribution = new Map<string, number>();
  let sum = 0;
  let low = 0;
  for (const { category, confidence } of results) {
    distribution.set(category, (distribution.get(category) ?? 0) + 1);
    sum += confidence;
    if (confidence < confident) low++;
  }
  return {
    results,
    total_count: results.length,
    processing_time_ms: milliseconds,
    statistics: {
      category_distribution: Object.fromEntries(distribution),
      avg_confidence: results.length === 0 ? 0 : sum / results.length,
      low_confidence_count: low,
    },
  };
}
