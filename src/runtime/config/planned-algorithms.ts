/**
 * Settings of model-selection algorithms that are known and not available: none is read, but a slip in one is told
 * now and not on the day the algorithm runs.
 *
 * @module
 */
import type { plannedAlgorithms } from './not-yet-available.js';

/** What a setting may hold. */
export type Setting =
  | { readonly kind: 'number'; readonly least: number; readonly most: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'flag' | 'text' | 'list' }
  | { readonly kind: 'block'; readonly settings: Settings };

export type Settings = Readonly<Record<string, Setting>>;

export interface PlannedAlgorithm {
  /** `calls`: it would ask several models and make one answer of theirs. `choice`: it would choose one. */
  readonly does: 'choice' | 'calls';
  /** Of the block that has its name; undefined: it has none, its settings stand under `global`. */
  readonly settings: Settings | undefined;
}

const number = (least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): Setting => ({
  kind: 'number',
  least,
  most,
});
const choice = (...choices: string[]): Setting => ({ kind: 'choice', choices });
const block = (settings: Settings): Setting => ({ kind: 'block', settings });
const share = number(0, 1);
const positive = number(0);
const flag: Setting = { kind: 'flag' };
const text: Setting = { kind: 'text' };
const list: Setting = { kind: 'list' };

const onError = choice('skip', 'fail');

const trained: PlannedAlgorithm = { does: 'choice', settings: undefined };

const choosing = (settings: Settings): PlannedAlgorithm => ({ does: 'choice', settings });
const calling = (settings: Settings): PlannedAlgorithm => ({ does: 'calls', settings });

/** Settings of algorithms that ask several models. */
const rounds: Settings = {
  max_concurrent: positive,
  max_completion_tokens: positive,
  round_timeout_seconds: positive,
  min_successful_responses: positive,
  temperature: positive,
  include_intermediate_responses: flag,
  on_error: onError,
};

export const algorithmsToCome: Readonly<Record<(typeof plannedAlgorithms)[number], PlannedAlgorithm>> = {
  router_dc: choosing({
    temperature: positive,
    dimension_size: positive,
    min_similarity: number(-1, 1),
    use_query_contrastive: flag,
    use_model_contrastive: flag,
    require_descriptions: flag,
    use_capabilities: flag,
  }),
  automix: choosing({
    verification_threshold: share,
    max_escalations: positive,
    cost_aware_routing: flag,
    cost_quality_tradeoff: share,
    discount_factor: share,
    use_logprob_verification: flag,
  }),
  hybrid: choosing({
    experience_weight: positive,
    elo_weight: positive,
    router_dc_weight: positive,
    automix_weight: positive,
    cost_weight: positive,
    quality_gap_threshold: share,
    normalize_scores: flag,
  }),
  latency_aware: choosing({
    tpot_percentile: number(1, 100),
    ttft_percentile: number(1, 100),
    description: text,
  }),
  knn: trained,
  kmeans: trained,
  svm: trained,
  mlp: trained,
  multi_factor: choosing({
    weights: block({ quality: positive, latency: positive, cost: positive, load: positive }),
    slo: block({
      max_tpot_ms: positive,
      max_ttft_ms: positive,
      max_cost_per_1m: positive,
      max_inflight: positive,
    }),
    latency_percentile: number(1, 100),
    latency_metric: choice('ttft', 'tpot'),
    expected_output_tokens: positive,
    on_no_candidates: text,
    quality: block({ index: text, on_missing: text, min_coverage: share, min_score: number() }),
    objective: block({ strategy: text, priorities: list }),
  }),
  prompt: choosing({ model: text, instructions: text, timeout_seconds: positive }),
  confidence: calling({
    confidence_method: choice('avg_logprob', 'margin', 'hybrid', 'self_verify', 'automix_entailment'),
    threshold: number(),
    hybrid_weights: block({ logprob_weight: share, margin_weight: share }),
    escalation_order: choice('size', 'small_to_large', 'declared', 'cost', 'automix'),
    cost_quality_tradeoff: share,
    token_filter: choice('all', 'tool_call_args'),
    verifier_server_url: text,
    verifier_timeout_seconds: positive,
    max_response_bytes: positive,
    on_error: onError,
  }),
  concurrent: calling({ max_concurrent: positive, on_error: onError }),
  ratings: calling({ max_concurrent: positive, on_error: onError }),
  remom: calling({
    ...rounds,
    breadth_schedule: list,
    model_distribution: choice('weighted', 'equal', 'round_robin', 'first_only'),
    include_reasoning: flag,
    compaction_strategy: choice('full', 'last_n_tokens'),
    compaction_tokens: positive,
    synthesis_template: text,
    synthesis_model: text,
    shuffle_seed: number(),
    max_responses_per_round: positive,
  }),
  fusion: calling({
    ...rounds,
    model: text,
    analysis_models: list,
    analysis_overrides: list,
    include_analysis: flag,
    analysis_template: text,
    synthesis_template: text,
    judge_prompt_version: text,
    analysis_mode: text,
    quorum_failure_policy: text,
    quorum_fallback_target: text,
    grounding: block({
      enabled: flag,
      reference: choice('hybrid', 'context', 'panel'),
      policy: choice('weight', 'annotate', 'filter'),
      min_score: number(),
      min_keep: positive,
      nli_contradiction_penalty: positive,
      on_error: onError,
    }),
  }),
  workflows: calling({
    ...rounds,
    mode: choice('static', 'dynamic'),
    template: text,
    roles: list,
    final: block({ model: text, prompt: text }),
    planner: block({ model: text, max_completion_tokens: positive }),
    max_steps: positive,
    max_parallel: positive,
  }),
  elo: choosing({
    initial_rating: positive,
    k_factor: number(1, 100),
    category_weighted: flag,
    decay_factor: share,
    min_comparisons: positive,
    cost_scaling_factor: positive,
    storage_path: text,
    auto_save_interval: text,
  }),
  thompson: choosing({
    prior_alpha: positive,
    prior_beta: positive,
    per_user: flag,
    decay_factor: share,
    min_samples: positive,
  }),
  rl_driven: choosing({
    exploration_rate: share,
    exploration_decay: share,
    min_exploration: share,
    use_thompson_sampling: flag,
    enable_personalization: flag,
    personalization_blend: share,
    session_context_weight: share,
    implicit_feedback_weight: share,
    cost_awareness: flag,
    cost_weight: positive,
    storage_path: text,
    auto_save_interval: text,
  }),
  gmtrouter: choosing({
    num_layers: positive,
    hidden_dim: positive,
    num_heads: positive,
    enable_personalization: flag,
    history_sample_size: positive,
    embedding_dimension: positive,
    num_gnn_layers: positive,
    attention_heads: positive,
    min_interactions_for_personalization: positive,
    max_interactions_per_user: positive,
    feedback_types: list,
    storage_path: text,
  }),
  router_r1: choosing({
    router_endpoint: text,
    max_iterations: positive,
    temperature: positive,
    use_cot: flag,
    fallback_to_static: flag,
  }),
  session_aware: choosing({
    base_method: text,
    idle_timeout_seconds: positive,
    min_turns_before_switch: positive,
    switch_margin: positive,
    stay_bias: positive,
    tool_loop_hard_lock: flag,
    tool_loop_stay_bias: positive,
    prefix_cache_weight: positive,
  }),
};
