import { describe, expect, it } from 'vitest';
import { migrateConfigText } from '../../../src/runtime/config/migrate.js';
import { base, load, printed } from './helpers.js';

/** Everything that the 0.4 release of the original added, once. */
const added = `version: v0.3
listeners: [{name: http-8899, address: 0.0.0.0, port: 8899, timeout: 300s}]
evaluation:
  benchmarks: [{id: b@1, domain: general, profiles: [p], metrics: {score: {unit: ratio, direction: higher, range: [0, 1], normalization: linear}}}]
  indices: [{id: general, aggregation: weighted_mean, scale: 100, missing: {policy: require_all}, components: [{benchmark: b@1, metric: score, weight: 1}]}]
  records: [{model: small, benchmark: b@1, profile: p, reasoning_effort: low, metrics: {score: 0.5}, source: "https://x", measured_at: "2026-01-01"}]
providers:
  defaults: {model: small, reasoning_effort: medium}
  models:
    - name: small
      provider_model_id: s
      catalog: openai/gpt-small
      api_format: openai
      reasoning: {family: qwen3, activation_parameter: enable_thinking, effort_flags: {low: x}, levels: [low, high], default: low, modes: [a], default_mode: a}
      pricing: {currency: USD, prompt_per_1m: 1, cached_input_per_1m: 0.1, cache_write_per_1m: 0.2, completion_per_1m: 2}
      reliability: {lb_policy: round_robin, retry_count: 1, retry_on: connect-failure, consecutive_5xx: 3, base_ejection_time: 30s, max_ejection_percent: 50, health_check_path: /health, health_check_interval: 10s, health_check_timeout: 2s}
      backend_refs: [{name: a, endpoint: "127.0.0.1:8000", provider: vllm, weight: 100}]
    - name: big
      reasoning: {type: chat_template_kwargs, parameter: enable_thinking}
      backend_refs: [{endpoint: "127.0.0.1:8001"}]
routing:
  strategy: priority
  candidate_requirements: {capabilities: declared, context: known_limits}
  data_policy: {replay: true}
  model_bindings: {prompt_guard: x}
  fallback: {version: 1, enabled: true, max_attempts: 2, total_timeout: 10s, per_attempt_timeout: 5s, retryable_status_codes: [500], circuit_breaker: {consecutive_failures: 3, cooldown_period: 10s, half_open_probes: 1}}
  modelCards:
    - name: small
      display_name: Small
      publisher: x
      family: f
      revision: r
      released_at: "2026-01-01"
      knowledge_cutoff: "2025-01"
      lifecycle: active
      max_output_tokens: 4096
      context_window_size: 32000
      modalities: {input: [text], output: [text]}
      distribution: {type: open, source: hub, license: mit}
      presentation: {icon: x}
      capabilities: [code]
      tags: [a]
      loras: [{name: l1, description: d}]
  signals:
    keywords: [{name: urgent, operator: OR, keywords: [urgent]}]
    safety: [{name: unsafe, model: m, labels: [safe, unsafe], unsafe_labels: [unsafe], threshold: 0.5, hazard: {model: h, labels: [a], categories: [a], threshold: 0.5}}]
    hallucination: [{name: h, use_nli: true}]
    input_modality: [{name: image}]
    embeddings: [{name: e, threshold: 0.5, candidates: [a b c], negative_candidates: [d e f], image_candidates: [x.png], negative_image_candidates: [y.png], prototype_scoring: {top_m: 2}}]
    complexity: [{name: hardness, hard_above: 0.1, easy_below: -0.1, hard: {candidates: [prove it]}, easy: {candidates: [hello there]}, prototype_scoring: {}}]
    jailbreak: [{name: jb, threshold: 0.7, direction: input}]
    classifiers: [{name: c, type: local, model: m, labels: [x, y], disable_rationale: true}]
    domains: [{name: law}]
  projections:
    partitions: [{name: p, semantics: exclusive, temperature: 0.1, members: [law], default: law}]
    scores: [{name: load, method: weighted_sum, inputs: [{type: keyword, name: urgent, weight: 0.4}]}]
    mappings: [{name: band, source: load, method: threshold_bands, outputs: [{name: heavy, gte: 0.3}, {name: light, lt: 0.3}]}]
  decisions:
    - name: guard
      description: g
      priority: 300
      rules: {operator: OR, conditions: [{type: safety, name: unsafe, on_unknown: match}, {type: jailbreak, name: jb, on_error: match}]}
      action: {type: route, destination: vllm-sr/x}
      modelRefs: [{model: small, use_reasoning: false, reasoning_mode: off}]
      plugins: [{type: prompt_cache, configuration: {ttl: 5m, targets: [system], on_unsupported: ignore}}, {type: shadow_dispatch, configuration: {model: big, sample_rate: 0.1}}, {type: request_params, configuration: {default_max_tokens: auto}}, {type: response_cache, configuration: {enabled: true}}]
    - name: hard
      priority: 200
      description: h
      rules: {operator: AND, conditions: [{type: complexity, name: "hardness:hard"}, {type: projection, name: heavy}, {type: embedding, name: e}, {type: input_modality, name: image}, {type: domain, name: law}]}
      algorithm: {type: multi_factor, minimum_candidates: 2, multi_factor: {quality: {index: general, on_missing: exclude, min_coverage: 0.5, min_score: 10}, objective: {strategy: lexicographic, priorities: [{factor: quality, tolerance: 0.02}]}, latency_metric: ttft, expected_output_tokens: 500, on_no_candidates: fail}}
      modelRefs: [{model: big, use_reasoning: true}, {model: small, use_reasoning: false}]
    - name: fused
      priority: 100
      description: f
      rules: {type: classifier, name: c, label: x, predicate: {gte: 0.6}}
      algorithm: {type: fusion, fusion: {analysis_mode: none, quorum_failure_policy: fail, quorum_fallback_target: small}}
      modelRefs: [{model: big, use_reasoning: false}, {model: small, use_reasoning: false}]
      fallback: {version: 1, enabled: false}
    - name: rest
      priority: 1
      description: r
      rules: {operator: AND, conditions: []}
      modelRefs: [{model: small, use_reasoning: false}]
entrypoints: [{model_names: [vllm-sr/x], recipe: r1}]
recipes: [{name: r1, description: d, routing: {decisions: [{name: all, description: d, priority: 1, rules: {operator: AND, conditions: []}, modelRefs: [{model: small, use_reasoning: false}]}]}}]
global:
  router:
    fallback: {version: 1, enabled: true}
    learning: {enabled: false, protection: {tuning: {progress_gate: {mode: observe, calibration_id: x, window_size: 16}}}}
  stores: {response_cache: {enabled: true, backend_type: memory, polarity_guard: {mode: nli, nli: {contradiction_threshold: 0.7}}}}
  services:
    api: {routing_preview: {request_timeout_seconds: 120, max_concurrency: 16}, embeddings: {enabled: true}}
    observability: {profiling: {enabled: false}, metrics: {enabled: true}}
    memory: {persistence: {timeout: 5s, concurrency: 2, queue: 10, shutdown_grace: 5s}}
    management_api: {bind_address: 127.0.0.1, port: 8080, remote_exposure: false, auth: {mode: disabled}}
  model_catalog:
    deployments: {d1: {artifact: org/repo, revision: abc, provider: candle, device: cpu, precision: fp32, input: {max_tokens: 512, overflow: truncate}}}
    bindings: {b1: {deployment: d1, contract: sequence, head: h}}
    admission: {a1: {max_concurrency: 2, max_queue: 10, queue_timeout_ms: 100, on_overflow: reject}}
    modules: {prompt_guard: {enabled: true, threshold: 0.7, window: {size: 512, overlap: 64}, max_sequence_length: 512, backend: {protocol: http_chat, contract: x, model: m, deadline_ms: 100}}, safety: {safety: {model: m}, hazard: {model: h}}}
`;

describe('the layout of 0.4', () => {
  it('loads with everything that it added', () => {
    expect(printed(added)).toEqual([]);
    const { config } = load(added);
    expect(config.models.map(({ name }) => name)).toEqual(['small', 'big']);
    expect(config.decisions.map(({ name }) => name)).toEqual(['guard', 'hard', 'fused', 'rest']);
    expect(config.recipes.map(({ name }) => name)).toEqual(['r1']);
  });

  it('says of the rest that it is not read, and never that it is unknown', () => {
    const warnings = printed(added, 'warning');
    for (const warning of warnings) expect(warning).not.toContain('unknown key');
    expect(warnings.join('\n')).toContain(
      '`reasoning_mode` is not available in this version: `use_reasoning` and `reasoning_effort` say',
    );
  });
});

describe('what 0.4 renamed or removed', () => {
  const file = (text: string) => `${base}${text}`;

  it.each([
    ['default_model', base.replace('defaults: {model:', 'defaults: {default_model:')],
    [
      'default_reasoning_effort',
      base.replace('{model: small}', '{model: small, default_reasoning_effort: low}'),
    ],
    [
      'reasoning_families',
      base
        .replace(
          '{model: small}',
          '{model: small, reasoning_families: {q: {type: chat_template_kwargs, parameter: thinking}}}',
        )
        .replace('- name: big\n', '- name: big\n      reasoning_family: q\n'),
    ],
    ['type', base.replace('{endpoint: "127.0.0.1:8000"}', '{endpoint: "127.0.0.1:8000", type: vllm}')],
    ['quality_score', file('routing: {modelCards: [{name: small, quality_score: 0.5}]}\n')],
  ])('is read, with a note where the version says 0.4: %s', (name, text) => {
    const later = text.replace('version: v0.3', 'version: v0.4');
    for (const version of [text, later]) expect(printed(version)).toEqual([]);
    expect(printed(later, 'note').join('\n')).toMatch(new RegExp(`${name}\\b.* is an older name`));
    // In a file of v0.3 these are the names of its own version; who migrates is told all the same.
    expect(printed(text, 'note')).toEqual([]);
    const told = migrateConfigText(text, '').diagnostics.map(({ message }) => message);
    expect(told.join('\n')).toMatch(new RegExp(`${name}\\b.* is an older name`));
  });

  it('is told in v0.3 too where v0.3 had another name already: semantic_cache', () => {
    const text = file('global: {stores: {semantic_cache: {enabled: true}}}\n');
    expect(printed(text)).toEqual([]);
    expect(printed(text, 'note').join('\n')).toMatch(/semantic_cache.* is an older name/);
  });

  it.each([
    ['momentum', 'global: {router: {model_selection: {momentum: {enabled: true}}}}'],
    ['retry_count', 'global: {integrations: {looper: {retry_count: 2}}}'],
    ['extraction_batch_size', 'global: {stores: {memory: {extraction_batch_size: 4}}}'],
    [
      'on_hallucination_detected',
      'global: {model_catalog: {modules: {hallucination: {on_hallucination_detected: warn}}}}',
    ],
    ['prompt_prefixes', 'global: {model_catalog: {modules: {modality_detector: {prompt_prefixes: [draw]}}}}'],
    ['setup', 'setup: {mode: true}'],
  ])('without a successor is accepted: %s', (_name, text) => {
    expect(printed(file(`${text}\n`))).toEqual([]);
  });

  it('is told in one go where the version says 0.4', () => {
    expect(printed(base.replace('version: v0.3', 'version: v0.4'))).toEqual([]);
    expect(printed(base.replace('version: v0.3', 'version: v0.5'))[0]).toContain('found version `v0.5`');
  });
});
