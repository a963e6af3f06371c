import { expect, test } from 'vitest';
import { RequestMetrics } from '../../../src/runtime/telemetry/metrics.js';
import type { RequestRecord } from '../../../src/runtime/telemetry/record.js';
import { MetricRegistry } from '../../../src/runtime/telemetry/registry.js';
import { decision, evaluation, model } from '../proxy/support.js';

function record(overrides: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId: 'r',
    plan: {
      kind: 'auto',
      evaluation: evaluation({
        decision: decision('maths'),
        confidence: 0.75,
        category: 'math',
        signals: [
          { type: 'keyword', name: 'k', cost: 'free', outcome: { status: 'matched' }, milliseconds: 0.02 },
          { type: 'domain', name: 'math', cost: 'encoder', outcome: undefined, milliseconds: undefined },
          {
            type: 'preference',
            name: 'p',
            cost: 'remote',
            outcome: { status: 'unavailable', reason: 'late' },
            milliseconds: 5,
          },
          {
            type: 'domain',
            name: 'law',
            cost: 'remote',
            outcome: { status: 'not_matched', standIn: { by: 'model', because: 'late' } },
            milliseconds: 5,
          },
        ],
      }),
      target: {
        model: model('m', [], { pricing: { currency: 'USD', promptPer1M: 1, completionPer1M: 2 } }),
        upstreamModelId: 'm',
      },
      modelRef: undefined,
      reasoning: { enabled: true, effort: 'high' },
      plugins: [],
      unavailablePlugins: [],
      reason: '',
    },
    requestedModel: 'auto',
    stream: true,
    status: 200,
    path: 'upstream',
    endpointHost: 'h',
    errorReason: undefined,
    routingMs: 0.2,
    firstByteMs: 20,
    totalMs: 120,
    usage: { promptTokens: 10, completionTokens: 11 },
    ...overrides,
  };
}

test('a request is counted under the names that dashboards read', () => {
  const metrics = new RequestMetrics();
  metrics.observe(record());
  const lines = metrics.text().split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'llm_model_requests_total{model="m"} 1',
      'llm_model_completion_latency_seconds_count{model="m"} 1',
      'llm_model_ttft_seconds_bucket{model="m",le="0.025"} 1',
      'llm_model_tpot_seconds_sum{model="m"} 0.01',
      'llm_model_routing_latency_seconds_count 1',
      'llm_model_tokens_total{model="m"} 21',
      'llm_model_prompt_tokens_total{model="m"} 10',
      'llm_model_completion_tokens_total{model="m"} 11',
      'llm_model_cost_total{model="m",currency="USD"} 0.000032',
      'llm_model_routing_modifications_total{source_model="auto",target_model="m"} 1',
      'llm_signal_extraction_total{signal_type="keyword",signal_name="k"} 1',
      'llm_signal_match_total{signal_type="keyword",signal_name="k"} 1',
      'llm_signal_unavailable_total{signal_type="preference",signal_name="p"} 1',
      'llm_signal_fallback_total{signal_type="domain",signal_name="law"} 1',
      'llm_decision_evaluation_total 1',
      'llm_decision_match_total{decision_name="maths"} 1',
      'llm_decision_confidence_bucket{decision_name="maths",le="0.8"} 1',
      'llm_reasoning_decisions_total{category="math",model="m",enabled="true",effort="high"} 1',
    ]),
  );
  expect(metrics.text()).not.toContain('signal_name="math"');
});

test('what clients send never becomes a label', () => {
  const metrics = new RequestMetrics();
  for (let index = 0; index < 100; index++) {
    const failed = {
      plan: undefined,
      requestedModel: `evil-${index}`,
      status: 404,
      errorReason: 'model_not_found',
    };
    metrics.observe(record(failed));
  }
  expect(metrics.text()).not.toContain('evil');
  expect(metrics.text()).toContain('llm_request_errors_total{model="unknown",reason="model_not_found"} 100');
});

test('buckets are cumulative, labels are escaped, series are bounded', () => {
  const registry = new MetricRegistry();
  const histogram = registry.histogram('h', 'H.', [1, 2]).of();
  for (const value of [0.5, 1, 1.5, 9]) histogram.add(value);
  expect(registry.text()).toBe(
    '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_sum 12\nh_count 4\n',
  );
  const counter = new MetricRegistry();
  const names = counter.counter('c', 'C.', 'l');
  names.of('a"\\\n').add(1);
  expect(counter.text()).toContain('c{l="a\\"\\\\\\n"} 1');
  for (let index = 0; index < 5_000; index++) names.of(String(index)).add(1);
  expect(counter.text().split('\n').length).toBeLessThan(2_010);
  expect(counter.text()).toContain('c{l="other"} 3001');
});
