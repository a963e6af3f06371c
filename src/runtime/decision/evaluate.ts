/**
 * `evaluate()`: signals and decision of one request. The proxy, the CLI, the management API and the tests
 * all call this one function, so they cannot drift apart.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { Decision, RouterConfig } from '../config/types.js';
import { messageOf } from '../errors.js';
import type { Encoded, Encoder } from '../inference/types.js';
import { categoryOf } from '../signals/domain-category.js';
import type { HistorySettings } from '../signals/history.js';
import { createSignalRequest } from '../signals/request.js';
import type {
  CompiledRule,
  SignalCost,
  SignalFamily,
  SignalOutcome,
  SignalRequest,
} from '../signals/types.js';
import { leafContextOf } from './context.js';
import { type Choice, DecisionEngine } from './engine.js';
import type { DecisionTrace, Evaluation, EvaluationMode, SignalReport } from './evaluation.js';
import { explainDecisions } from './explain.js';
import { LeafRun } from './leaf-run.js';
import type { Leaf } from './leaves.js';
import { PassCounter } from './pass-counter.js';
import { matchedLeaves } from './tree.js';

/** A leaf, bound to the compiled rule that answers it. */
interface BoundLeaf {
  readonly leaf: Leaf;
  readonly cost: SignalCost;
  /** A reason instead of a rule if this build cannot answer; undefined for what follows from others. */
  readonly rule: CompiledRule | { readonly unavailable: string } | undefined;
}

/** Compiled signals and decisions of one configuration. */
export class Evaluator {
  /** True if some decision needs the encoder: then readiness waits for the models. */
  readonly needsEncoder: boolean;
  readonly #config: RouterConfig;
  readonly #engine: DecisionEngine;
  readonly #leaves: readonly BoundLeaf[];
  readonly #encoder: Encoder | undefined;

  /**
   * @param families Signal families of this build.
   * @param encoder Undefined when no model can be loaded; encoder signals are then `unavailable`.
   */
  constructor(config: RouterConfig, families: readonly SignalFamily[], encoder: Encoder | undefined) {
    const byType = new Map(families.map((family) => [family.type, family]));
    this.#config = config;
    this.#encoder = encoder;
    this.#engine = new DecisionEngine(config.decisions, config.strategy, (type) => byType.get(type)?.cost);
    this.#leaves = bindLeaves(this.#engine.leaves, config, byType, encoder);
    this.needsEncoder = this.#leaves.some((leaf) => leaf.cost === 'encoder');
  }

  /** Loads what the rules in use need, in the background; failures show when a rule is evaluated. */
  async warmUp(): Promise<void> {
    const rules = this.#leaves.flatMap(({ rule }) => ('unavailable' in rule ? [] : [rule]));
    await Promise.allSettled(rules.map((rule) => rule.warmUp?.()));
  }

  /**
   * Evaluates a request. `lazy` asks only signals that can still change the winner, `full` all of them;
   * both give the same decision. Synchronous when no signal has to be waited for. Never throws for
   * anything a signal does: a failing signal is `unavailable` and does not match.
   */
  evaluate(request: RoutingRequest, mode: EvaluationMode): Evaluation | Promise<Evaluation> {
    const run = new EvaluationRun(this.#leaves, request, this.#encoder, this.#config.router.history);
    if (mode === 'full') {
      const asked = this.#engine.askAll(run);
      if (asked !== undefined) return asked.then(() => this.#choose(run));
    }
    return this.#choose(run);
  }

  #choose(run: EvaluationRun): Evaluation | Promise<Evaluation> {
    const choice = this.#engine.decide(run);
    return choice instanceof Promise
      ? choice.then((settled) => this.#finish(run, settled))
      : this.#finish(run, choice);
  }

  #finish(run: EvaluationRun, choice: Choice): Evaluation {
    const tree = this.#engine.trees[choice.winner];
    const matched = tree === undefined ? [] : matchedLeaves(tree, run);
    return new RunEvaluation(
      run,
      this.#config.decisions[choice.winner],
      choice.confidence,
      matched.map((leaf) => this.#nameOf(leaf)),
      () => this.#explain(run, choice),
    );
  }

  #nameOf(leaf: number): string {
    const bound = this.#leaves[leaf];
    return bound === undefined ? '' : `${bound.type}:${bound.name}`;
  }

  #explain(run: EvaluationRun, choice: Choice): DecisionTrace[] {
    return explainDecisions({
      decisions: this.#config.decisions,
      trees: this.#engine.trees,
      leaves: this.#engine.leaves,
      states: run,
      outcomes: run.outcomes,
      ranking: this.#engine.ranking(run),
      winner: choice.winner,
    });
  }
}

/**
 * A class, because V8 gives every object literal with a getter a hidden class of its own, which keeps the
 * getter, and with it the whole request, until the next full garbage collection.
 */
class RunEvaluation implements Evaluation {
  readonly text: string;
  readonly category: string | undefined;
  readonly encoded: Encoded | undefined;
  readonly encoderPasses: number;
  readonly milliseconds: number;
  readonly #run: EvaluationRun;
  readonly #explain: () => DecisionTrace[];

  constructor(
    run: EvaluationRun,
    readonly decision: Decision | undefined,
    readonly confidence: number,
    readonly matchedRules: readonly string[],
    explain: () => DecisionTrace[],
  ) {
    this.text = run.request.text;
    this.encoded = run.encoded;
    const topic = run.request.knownTopic() ?? this.encoded;
    this.category = topic === undefined ? undefined : categoryOf(topic)?.label;
    this.encoderPasses = run.encoderPasses;
    this.milliseconds = performance.now() - run.started;
    this.#run = run;
    this.#explain = explain;
  }

  /** On demand: a configuration may have thousands of leaves that a normal request never reports. */
  get signals(): readonly SignalReport[] {
    return this.#run.reports();
  }

  trace(): readonly DecisionTrace[] {
    return this.#explain();
  }
}

/** What one evaluation knows so far. */
class EvaluationRun implements LeafSource {
  readonly truth: Uint8Array;
  readonly score: Float64Array;
  readonly outcomes: (SignalOutcome | undefined)[];
  readonly started = performance.now();
  readonly request: SignalRequest;
  readonly #leaves: readonly BoundLeaf[];
  readonly #milliseconds: Float64Array;
  readonly #counter: PassCounter | undefined;
  #reports: readonly SignalReport[] | undefined;

  constructor(
    leaves: readonly BoundLeaf[],
    request: RoutingRequest,
    encoder: Encoder | undefined,
    history: HistorySettings | undefined,
  ) {
    this.#leaves = leaves;
    this.truth = new Uint8Array(leaves.length);
    this.score = new Float64Array(leaves.length);
    this.outcomes = new Array(leaves.length).fill(undefined);
    this.#milliseconds = new Float64Array(leaves.length);
    this.#counter = encoder === undefined ? undefined : new PassCounter(encoder);
    this.request = createSignalRequest(request, this.#counter, history);
  }

  get encoderPasses(): number {
    return this.#counter?.passes ?? 0;
  }

  get encoded(): Encoded | undefined {
    return this.#counter?.encodedOf(this.request.text);
  }

  ask(leaf: number): Promise<void> | undefined {
    const bound = this.#leaves[leaf];
    if (bound === undefined) return undefined;
    if ('unavailable' in bound.rule) {
      this.#settle(leaf, { status: 'unavailable', reason: bound.rule.unavailable }, 0);
      return undefined;
    }
    const asked = performance.now();
    try {
      const outcome = bound.rule.evaluate(this.request);
      if (outcome instanceof Promise) {
        return outcome.then(
          (settled) => this.#settle(leaf, settled, performance.now() - asked),
          (error: unknown) => this.#fail(leaf, error, performance.now() - asked),
        );
      }
      this.#settle(leaf, outcome, performance.now() - asked);
    } catch (error) {
      this.#fail(leaf, error, performance.now() - asked);
    }
    return undefined;
  }

  reports(): readonly SignalReport[] {
    this.#reports ??= this.#leaves.map(({ type, name, cost }, leaf) => {
      const outcome = this.outcomes[leaf];
      const milliseconds = outcome === undefined ? undefined : this.#milliseconds[leaf];
      return { type, name, cost, outcome, milliseconds };
    });
    return this.#reports;
  }

  #settle(leaf: number, outcome: SignalOutcome, milliseconds: number): void {
    this.outcomes[leaf] = outcome;
    this.#milliseconds[leaf] = milliseconds;
    const matched = outcome.status === 'matched';
    this.truth[leaf] = matched ? TRUE : FALSE;
    this.score[leaf] = matched ? (outcome.score ?? 1) : 0;
  }

  #fail(leaf: number, error: unknown, milliseconds: number): void {
    this.#settle(leaf, { status: 'unavailable', reason: messageOf(error) }, milliseconds);
  }
}

function bindLeaves(
  leaves: DecisionEngine['leaves'],
  config: RouterConfig,
  families: ReadonlyMap<string, SignalFamily>,
  encoder: Encoder | undefined,
): BoundLeaf[] {
  const compiled = new Map<string, ReadonlyMap<string, CompiledRule>>();
  return leaves.map(({ type, name }) => {
    const family = families.get(type);
    if (family === undefined) {
      const unavailable = `signal family \`${type}\` is not available in this version`;
      return { type, name, cost: 'free', rule: { unavailable } };
    }
    let rules = compiled.get(type);
    if (rules === undefined) {
      // Families no decision refers to are never compiled, so they cost nothing.
      const list = family.compile(config.signals[family.configKey] ?? [], {
        encoder,
        thresholds: config.thresholds,
      });
      rules = new Map(list.map((rule) => [rule.name, rule]));
      compiled.set(type, rules);
    }
    const rule = rules.get(name) ?? { unavailable: `no ${type} signal is named \`${name}\`` };
    return { type, name, cost: family.cost, rule };
  });
}
