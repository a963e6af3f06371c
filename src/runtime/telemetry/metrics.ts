/**
 * Metrics of requests, under the names that dashboards of the original project read.
 *
 * @module
 */
import type { Plan } from '../selection/types.js';
import type { RequestObserver, RequestRecord } from './record.js';
import { type Adder, MetricRegistry } from './registry.js';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const routingSeconds = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5,
];
const tokenSeconds = [0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1];
const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1];

/** Model label of a request that failed before a model was chosen. */
const noModel = 'unknown';

/** The series of one signal rule. */
interface SignalSeries {
  readonly extracted: Adder;
  readonly matched: Adder;
  readonly latency: Adder;
  /** Appears with the first time that the rule had no answer. */
  unavailable: Adder | undefined;
  /** Appears with the first time that something stood in for a service. */
  standIn: Adder | undefined;
}

/** The series of one model that most requests add to; each appears with its first value. */
interface ModelSeries {
  readonly requests: Adder;
  completion: Adder | undefined;
  ttft: Adder | undefined;
  tokens: Adder | undefined;
  promptTokens: Adder | undefined;
  completionTokens: Adder | undefined;
}

/** All labels are names from the configuration: what clients send never becomes one. */
export class RequestMetrics implements RequestObserver {
  readonly #registry = new MetricRegistry();
  readonly #requests = this.#registry.counter('llm_model_requests_total', 'Requests by model.', 'model');
  readonly #errors = this.#registry.counter(
    'llm_request_errors_total',
    'Failed requests by model and reason.',
    'model',
    'reason',
  );
  readonly #completion = this.#registry.histogram(
    'llm_model_completion_latency_seconds',
    'Time to the last byte of an answer.',
    seconds,
    'model',
  );
  readonly #ttft = this.#registry.histogram(
    'llm_model_ttft_seconds',
    'Time to the first byte of an answer.',
    seconds,
    'model',
  );
  readonly #tpot = this.#registry.histogram(
    'llm_model_tpot_seconds',
    'Time per output token after the first byte.',
    tokenSeconds,
    'model',
  );
  readonly #routing = this.#registry.histogram(
    'llm_model_routing_latency_seconds',
    'Time to read a request, evaluate its signals and choose a model.',
    routingSeconds,
  );
  readonly #tokens = this.#registry.counter('llm_model_tokens_total', 'Tokens by model.', 'model');
  readonly #promptTokens = this.#registry.counter(
    'llm_model_prompt_tokens_total',
    'Prompt tokens by model.',
    'model',
  );
  readonly #completionTokens = this.#registry.counter(
    'llm_model_completion_tokens_total',
    'Completion tokens by model.',
    'model',
  );
  readonly #cost = this.#registry.counter(
    'llm_model_cost_total',
    'Cost by the configured prices.',
    'model',
    'currency',
  );
  readonly #modifications = this.#registry.counter(
    'llm_model_routing_modifications_total',
    'Requests that got another model than the one they named.',
    'source_model',
    'target_model',
  );
  readonly #signalExtractions = this.#registry.counter(
    'llm_signal_extraction_total',
    'Signal rules asked.',
    'signal_type',
    'signal_name',
  );
  readonly #signalLatency = this.#registry.histogram(
    'llm_signal_extraction_latency_seconds',
    'Time from asking a signal to its answer.',
    routingSeconds,
    'signal_type',
  );
  readonly #signalMatches = this.#registry.counter(
    'llm_signal_match_total',
    'Signal rules that matched.',
    'signal_type',
    'signal_name',
  );
  readonly #signalUnavailable = this.#registry.counter(
    'llm_signal_unavailable_total',
    'Signal rules that had no answer: no model, a service that failed, a deadline.',
    'signal_type',
    'signal_name',
  );
  readonly #signalFallbacks = this.#registry.counter(
    'llm_signal_fallback_total',
    'Signal rules that a model answered in place of a service that did not.',
    'signal_type',
    'signal_name',
  );
  readonly #evaluations = this.#registry
    .counter('llm_decision_evaluation_total', 'Requests whose decisions were evaluated.')
    .of();
  readonly #evaluationLatency = this.#registry
    .histogram('llm_decision_evaluation_latency_seconds', 'Time for signals and decision.', routingSeconds)
    .of();
  readonly #decisionMatches = this.#registry.counter(
    'llm_decision_match_total',
    'Requests by the decision that won.',
    'decision_name',
  );
  readonly #decisionConfidence = this.#registry.histogram(
    'llm_decision_confidence',
    'Confidence of the decision that won.',
    shares,
    'decision_name',
  );
  readonly #reasoning = this.#registry.counter(
    'llm_reasoning_decisions_total',
    'Requests by whether their decision switched reasoning on.',
    'category',
    'model',
    'enabled',
    'effort',
  );
  readonly #routingSeries = this.#routing.of();
  readonly #models = new Map<string, ModelSeries>();
  readonly #signals = new Map<string, Map<string, SignalSeries>>();

  observe(record: RequestRecord): void {
    const { plan, errorReason, usage, totalMs, firstByteMs } = record;
    const target = plan?.target?.model;
    const model = target?.name ?? noModel;
    const series = this.#seriesOf(model);
    series.requests.add(1);
    if (errorReason !== undefined) this.#errors.of(model, errorReason).add(1);
    if (record.routingMs !== undefined) this.#routingSeries.add(record.routingMs / 1000);
    if (plan !== undefined) this.#observePlan(plan, record.requestedModel ?? noModel, model);
    if (target === undefined || errorReason !== undefined) return;
    series.completion ??= this.#completion.of(model);
    series.completion.add(totalMs / 1000);
    if (firstByteMs !== undefined) {
      series.ttft ??= this.#ttft.of(model);
      series.ttft.add(firstByteMs / 1000);
    }
    if (usage === undefined) return;
    const { promptTokens, completionTokens } = usage;
    series.tokens ??= this.#tokens.of(model);
    series.tokens.add(promptTokens + completionTokens);
    series.promptTokens ??= this.#promptTokens.of(model);
    series.promptTokens.add(promptTokens);
    series.completionTokens ??= this.#completionTokens.of(model);
    series.completionTokens.add(completionTokens);
    if (record.stream && firstByteMs !== undefined && completionTokens > 1) {
      this.#tpot.of(model).add((totalMs - firstByteMs) / 1000 / (completionTokens - 1));
    }
    if (target.pricing !== undefined) {
      const { currency, promptPer1M, completionPer1M } = target.pricing;
      const cost = (promptTokens * promptPer1M + completionTokens * completionPer1M) / 1e6;
      this.#cost.of(model, currency).add(cost);
    }
  }

  #seriesOf(model: string): ModelSeries {
    let series = this.#models.get(model);
    if (series === undefined) {
      series = {
        requests: this.#requests.of(model),
        completion: undefined,
        ttft: undefined,
        tokens: undefined,
        promptTokens: undefined,
        completionTokens: undefined,
      };
      this.#models.set(model, series);
    }
    return series;
  }

  /** Everything in the Prometheus text format. */
  text(): string {
    return this.#registry.text();
  }

  #observePlan({ evaluation, kind, reasoning, target }: Plan, source: string, model: string): void {
    // The router knows every name that led to a plan, so `source` is bounded too.
    if (kind === 'auto' && target !== undefined) this.#modifications.of(source, model).add(1);
    this.#observeSignals(evaluation);
    if (evaluation.signals.length > 0) {
      this.#evaluations.add(1);
      this.#evaluationLatency.add(evaluation.milliseconds / 1000);
    }
    const { decision, confidence, category, recorded } = evaluation;
    for (const name of recorded) this.#decisionMatches.of(name).add(1);
    if (decision === undefined) return;
    this.#decisionMatches.of(decision.name).add(1);
    this.#decisionConfidence.of(decision.name).add(confidence);
    if (reasoning !== undefined) {
      this.#reasoning
        .of(category ?? '', model, String(reasoning.enabled), reasoning.enabled ? reasoning.effort : '')
        .add(1);
    }
  }

  #observeSignals({ signals }: Plan['evaluation']): void {
    for (const { type, name, outcome, milliseconds } of signals) {
      if (outcome === undefined) continue;
      const series = this.#signals.get(type)?.get(name) ?? this.#addSignal(type, name);
      series.extracted.add(1);
      if (outcome.status === 'unavailable') {
        series.unavailable ??= this.#signalUnavailable.of(type, name);
        series.unavailable.add(1);
      } else {
        if (outcome.status === 'matched') series.matched.add(1);
        if (outcome.standIn !== undefined) {
          series.standIn ??= this.#signalFallbacks.of(type, name);
          series.standIn.add(1);
        }
      }
      if (milliseconds !== undefined) series.latency.add(milliseconds / 1000);
    }
  }

  #addSignal(type: string, name: string): SignalSeries {
    let byName = this.#signals.get(type);
    if (byName === undefined) {
      byName = new Map();
      this.#signals.set(type, byName);
    }
    const series: SignalSeries = {
      extracted: this.#signalExtractions.of(type, name),
      matched: this.#signalMatches.of(type, name),
      latency: this.#signalLatency.of(type),
      unavailable: undefined,
      standIn: undefined,
    };
    byName.set(name, series);
    return series;
  }
}

/** CPU, memory and event loop of this process; loads its library on first use. */
export class ProcessMetrics {
  #register: Promise<{ metrics(): Promise<string> }> | undefined;

  /** The metrics in the Prometheus text format. */
  async text(): Promise<string> {
    this.#register ??= import('prom-client').then(({ collectDefaultMetrics, Registry }) => {
      const register = new Registry();
      collectDefaultMetrics({ register });
      return register;
    });
    return (await this.#register).metrics();
  }
}
