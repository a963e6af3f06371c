/**
 * `evaluate()`: signals and decision of one request. The proxy, the CLI, the management API and the tests
 * all call this one function, so they cannot drift apart.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { Decision, RouterConfig } from '../config/types.js';
import { messageOf } from '../errors.js';
import type { RemoteServices } from '../external/services.js';
import type { Encoded, Encoder } from '../inference/types.js';
import { type Category, categoryOf, domainModel } from '../signals/domain-category.js';
import type { HistorySettings } from '../signals/history.js';
import { underLimits } from '../signals/limits.js';
import { createSignalRequest } from '../signals/request.js';
import type {
  Caller,
  CompiledRule,
  MaybePromise,
  SignalCost,
  SignalDependencies,
  SignalFamily,
  SignalOutcome,
  SignalRequest,
} from '../signals/types.js';
import { leafContextOf } from './context.js';
import { type Choice, DecisionEngine } from './engine.js';
import type { DecisionTrace, Evaluation, EvaluationMode, Hop, SignalReport } from './evaluation.js';
import { explainDecisions } from './explain.js';
import { LeafRun } from './leaf-run.js';
import type { Leaf } from './leaves.js';
import { PassCounter } from './pass-counter.js';
import { ServedDomains } from './served-domains.js';
import { matchedLeaves } from './tree.js';

/** A leaf, bound to the compiled rule that answers it. */
interface BoundLeaf {
  readonly leaf: Leaf;
  readonly cost: SignalCost;
  /** Undefined for what follows from other leaves. */
  readonly rule: CompiledRule | undefined;
}

/** Compiled signals and decisions of one configuration. */
export class Evaluator {
  /** True if some decision needs the encoder: then readiness waits for the models. */
  readonly needsEncoder: boolean;
  /** True if some decision may ask the encoder, if only in place of a service that does not answer. */
  readonly usesEncoder: boolean;
  /** Registry names of the outputs that its decisions read; undefined: whatever the model family gives. */
  readonly reads: readonly string[] | undefined;
  readonly #recipe: string;
  readonly #config: RouterConfig;
  readonly #engine: DecisionEngine;
  readonly #leaves: readonly BoundLeaf[];
  readonly #shared: SharedParts;

  /**
   * @param families Signal families of this build.
   * @param encoder Undefined when no model can be loaded; encoder signals are then `unavailable`.
   * @param remote Services of others; the caller closes them.
   * @param recipe Name of the recipe that the decisions belong to.
   */
  constructor(
    config: RouterConfig,
    families: readonly SignalFamily[],
    encoder: Encoder | undefined,
    remote?: RemoteServices | undefined,
    recipe = 'default',
  ) {
    this.#recipe = recipe;
    const byType = new Map(families.map((family) => [family.type, family]));
    this.#config = config;
    const costOf = (type: string, name: string) => {
      const family = byType.get(type);
      return family?.costOf?.(name, config.signals[family.configKey] ?? [], remote) ?? family?.cost;
    };
    this.#engine = new DecisionEngine(config.decisions, config.strategy, costOf, leafContextOf(config));
    this.#leaves = bindLeaves(this.#engine, config, byType, {
      encoder,
      thresholds: config.thresholds,
      remote,
      knowledgeBases: config.knowledgeBases,
      embeddingMatching: config.embeddingMatching,
      places: config.places,
    });
    this.#shared = {
      engine: this.#engine,
      leaves: this.#leaves,
      domains: remote?.categoryServers.length
        ? new ServedDomains(remote, statingLeaves(this.#leaves))
        : undefined,
      encoder,
      history: config.router.history,
    };
    const needing = this.#leaves.filter((leaf) => leaf.cost === 'encoder');
    this.needsEncoder = needing.length > 0;
    this.usesEncoder = this.needsEncoder || this.#leaves.some(({ rule }) => rule?.standIn !== undefined);
    // Whether to reason depends on the category.
    const reasoning = config.decisions.some((decision) => decision.reasoning !== undefined);
    this.reads = unionOf([
      ...needing.map(({ rule }) => (rule === undefined ? [] : rule.reads)),
      reasoning ? [domainModel] : [],
    ]);
  }

  /** Loads what the rules in use need, in the background; failures show when a rule is evaluated. */
  async warmUp(): Promise<void> {
    await Promise.allSettled(this.#leaves.map(({ rule }) => rule?.warmUp?.()));
  }

  /**
   * Evaluates a request. `lazy` asks only signals that can still change the winner, `full` all of them;
   * both give the same decision. Synchronous when no signal has to be waited for. Never throws for
   * anything a signal does: a failing signal is `unavailable` and does not match.
   *
   * @param caller Who waits for it. When they leave, no further signal is asked and calls for this request alone end.
   * @param via Decisions of other recipes that sent the request here.
   */
  evaluate(
    request: RoutingRequest,
    mode: EvaluationMode,
    caller?: Caller | undefined,
    via: readonly Hop[] = noHops,
  ): Evaluation | Promise<Evaluation> {
    const run = new EvaluationRun(this.#shared, request, caller, via);
    if (mode === 'full') {
      const asked = this.#engine.askAll(run.states);
      if (asked !== undefined) return asked.then(() => this.#choose(run));
    }
    return this.#choose(run);
  }

  #choose(run: EvaluationRun): Evaluation | Promise<Evaluation> {
    const choice = this.#engine.decide(run.states);
    return choice instanceof Promise
      ? choice.then((settled) => this.#finish(run, settled))
      : this.#finish(run, choice);
  }

  #finish(run: EvaluationRun, choice: Choice): Evaluation | Promise<Evaluation> {
    const winner = this.#config.decisions[choice.winner];
    // Whether to reason depends on the category, which no signal may have asked for; without one goes too.
    const reading = winner?.reasoning === undefined ? undefined : run.readDomain();
    if (reading === undefined) return this.#report(run, choice);
    const report = () => this.#report(run, choice);
    return reading.then(report, report);
  }

  #report(run: EvaluationRun, choice: Choice): Evaluation {
    const tree = this.#engine.trees[choice.winner];
    const matched = tree === undefined ? [] : matchedLeaves(tree, run.states);
    const { decisions } = this.#config;
    return new RunEvaluation(
      run,
      {
        decision: decisions[choice.winner],
        confidence: choice.confidence,
        matchedRules: matched.map((leaf) => this.#ruleOf(leaf)),
        recorded: choice.recorded.flatMap((index) => decisions[index]?.name ?? []),
        failure: this.#failureOf(run, choice.failed),
        recipe: this.#recipe,
      },
      () => this.#explain(run, choice),
    );
  }

  #ruleOf(leaf: number): string {
    const bound = this.#leaves[leaf]?.leaf;
    return bound === undefined ? '' : `${bound.type}:${bound.rule}`;
  }

  #failureOf(run: EvaluationRun, leaf: number): Evaluation['failure'] {
    const bound = this.#leaves[leaf]?.leaf;
    const outcome = run.states.outcomes[leaf];
    if (bound === undefined) return undefined;
    const reason = outcome?.status === 'unavailable' ? outcome.reason : 'it has no answer';
    return { type: bound.type, name: bound.rule, reason };
  }

  #explain(run: EvaluationRun, choice: Choice): DecisionTrace[] {
    return explainDecisions({
      decisions: this.#config.decisions,
      trees: this.#engine.trees,
      leaves: this.#engine.leaves,
      states: run.states,
      outcomes: run.states.outcomes,
      ranking: this.#engine.ranking(run.states),
      winner: choice.winner,
    });
  }
}

/** What the engine chose, in the words of the configuration. */
type Chosen = Pick<Evaluation, 'decision' | 'confidence' | 'matchedRules' | 'recorded' | 'failure'> & {
  readonly recipe: string;
};

const noHops: readonly Hop[] = [];
const nobodyWaits: SignalOutcome = { status: 'unavailable', reason: 'nobody waits for the answer any more' };

/**
 * A class, because V8 gives every object literal with a getter a hidden class of its own, which keeps the
 * getter, and with it the whole request, until the next full garbage collection.
 */
class RunEvaluation implements Evaluation {
  readonly decision: Decision | undefined;
  readonly confidence: number;
  readonly matchedRules: readonly string[];
  readonly recorded: readonly string[];
  readonly failure: Evaluation['failure'];
  readonly recipe: string;
  readonly via: readonly Hop[];
  readonly domain: Category | undefined;
  readonly text: string;
  readonly category: string | undefined;
  readonly encoded: Encoded | undefined;
  readonly encoderPasses: number;
  readonly milliseconds: number;
  readonly #run: EvaluationRun;
  #signals: readonly SignalReport[] | undefined;
  readonly #explain: () => DecisionTrace[];

  constructor(run: EvaluationRun, chosen: Chosen, explain: () => DecisionTrace[]) {
    this.decision = chosen.decision;
    this.confidence = chosen.confidence;
    this.matchedRules = chosen.matchedRules;
    this.recorded = chosen.recorded;
    this.failure = chosen.failure;
    this.recipe = chosen.recipe;
    this.via = run.via;
    this.text = run.request.text;
    this.encoded = run.encoded;
    this.domain = run.domain();
    this.category = this.domain?.label;
    this.encoderPasses = run.encoderPasses;
    this.milliseconds = performance.now() - run.started;
    this.#run = run;
    this.#explain = explain;
  }

  /** On demand: a configuration may have thousands of leaves that a normal request never reports. */
  get signals(): readonly SignalReport[] {
    this.#signals ??= this.#run.reports(true);
    return this.#signals;
  }

  get conditions(): readonly SignalReport[] {
    return this.#run.reports(false);
  }

  trace(): readonly DecisionTrace[] {
    return this.#explain();
  }
}

/** What all evaluations of a configuration share. */
interface SharedParts {
  readonly engine: DecisionEngine;
  readonly leaves: readonly BoundLeaf[];
  /** Set where servers take the place of the domain model. */
  readonly domains: ServedDomains | undefined;
  readonly encoder: Encoder | undefined;
  readonly history: HistorySettings | undefined;
}

/** What one evaluation knows so far. */
class EvaluationRun {
  readonly states: LeafRun;
  readonly started = performance.now();
  readonly request: SignalRequest;
  readonly #leaves: readonly BoundLeaf[];
  readonly #milliseconds: Float64Array;
  readonly #counter: PassCounter | undefined;
  readonly #domains: ServedDomains | undefined;
  readonly #caller: Caller | undefined;
  #readDomain: Category | undefined;

  constructor(
    { engine, leaves, domains, encoder, history }: SharedParts,
    request: RoutingRequest,
    caller: Caller | undefined,
    readonly via: readonly Hop[],
  ) {
    this.#leaves = leaves;
    this.#domains = domains;
    this.#caller = caller;
    this.#milliseconds = new Float64Array(leaves.length);
    this.#counter = encoder === undefined ? undefined : new PassCounter(encoder);
    this.request = createSignalRequest(request, this.#counter, history);
    this.states = new LeafRun(engine.leaves, (leaf) => this.#answer(leaf));
  }

  get encoderPasses(): number {
    return this.#counter?.passes ?? 0;
  }

  get encoded(): Encoded | undefined {
    return this.#counter?.encodedOf(this.request.text);
  }

  /** What the text is about, as far as somebody has said so. */
  domain(): Category | undefined {
    const stated = this.#domains?.stated(this.states.outcomes) ?? this.#readDomain;
    if (stated !== undefined || this.#domains?.modelStandsIn === false) return stated;
    const topic = this.request.knownTopic() ?? this.encoded;
    return topic === undefined ? undefined : categoryOf(topic);
  }

  /** Asks what the text is about; undefined if it is known or nobody can say. May reject. */
  readDomain(): Promise<unknown> | undefined {
    if (this.#domains === undefined) return this.#encodeDomain();
    if (this.#domains.stated(this.states.outcomes) !== undefined) return undefined;
    return this.#askDomain(this.#domains);
  }

  async #askDomain(domains: ServedDomains): Promise<void> {
    this.#readDomain = await domains.read(this.request, this.#caller?.signal);
    if (this.#readDomain === undefined && domains.modelStandsIn) await this.#encodeDomain();
  }

  #encodeDomain(): Promise<unknown> | undefined {
    const nothing = this.#counter === undefined || this.request.text.trim() === '';
    return nothing ? undefined : this.request.encode([domainModel]);
  }

  #answer(leaf: number): MaybePromise<SignalOutcome> {
    const bound = this.#leaves[leaf];
    if (bound?.rule === undefined) return { status: 'unavailable', reason: 'it is no signal' };
    const signal = bound.cost === 'free' ? undefined : this.#caller?.signal;
    if (signal?.aborted === true) return nobodyWaits;
    const asked = performance.now();
    try {
      const outcome = bound.rule.evaluate(this.request, signal);
      if (!(outcome instanceof Promise)) return this.#took(leaf, asked, outcome);
      return outcome.then(
        (settled) => this.#took(leaf, asked, settled),
        (error: unknown) => this.#took(leaf, asked, unavailable(error)),
      );
    } catch (error) {
      return this.#took(leaf, asked, unavailable(error));
    }
  }

  #took(leaf: number, asked: number, outcome: SignalOutcome): SignalOutcome {
    this.#milliseconds[leaf] = performance.now() - asked;
    return outcome;
  }

  /** Reports on all leaves, or on those that stand for something in the configuration. */
  reports(reported: boolean): SignalReport[] {
    const reports: SignalReport[] = [];
    this.#leaves.forEach(({ leaf, cost }, index) => {
      if (reported && !leaf.reported) return;
      const outcome = this.states.outcomes[index];
      const milliseconds = outcome === undefined ? undefined : this.#milliseconds[index];
      reports.push({ type: leaf.type, name: leaf.name, cost, outcome, milliseconds });
    });
    return reports;
  }
}

/** Leaves whose outcome may say what the text is about. */
function statingLeaves(leaves: readonly BoundLeaf[]): number[] {
  return leaves.flatMap(({ leaf }, index) =>
    leaf.type === 'domain' && leaf.derived === undefined ? [index] : [],
  );
}

/** All of several lists; undefined, which stands for everything, if one of them is. */
export function unionOf(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const all = new Set<string>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const name of list) all.add(name);
  }
  return [...all];
}

/** Stands in for a rule that this build cannot answer. */
function unavailableRule(name: string, reason: string): CompiledRule {
  return { name, reads: [], evaluate: () => ({ status: 'unavailable', reason }) };
}

function unavailable(error: unknown): SignalOutcome {
  return { status: 'unavailable', reason: messageOf(error) };
}

function bindLeaves(
  engine: DecisionEngine,
  config: RouterConfig,
  families: ReadonlyMap<string, SignalFamily>,
  dependencies: SignalDependencies,
): BoundLeaf[] {
  const compiled = new Map<string, ReadonlyMap<string, CompiledRule>>();
  return engine.leaves.map((leaf, index): BoundLeaf => {
    const cost = engine.costOf(index);
    if (leaf.derived !== undefined) return { leaf, cost, rule: undefined };
    const { type, name } = leaf;
    const family = families.get(type);
    const limited = (rule: CompiledRule): BoundLeaf => ({
      leaf,
      cost,
      rule: underLimits(rule, type, cost !== 'free', config.router.signalLimits),
    });
    if (family === undefined) {
      return limited(unavailableRule(name, `signal family \`${type}\` is not available in this version`));
    }
    let rules = compiled.get(type);
    if (rules === undefined) {
      // Families no decision refers to are never compiled, so they cost nothing.
      const list = family.compile(config.signals[family.configKey] ?? [], dependencies);
      rules = new Map(list.map((rule) => [rule.name, rule]));
      compiled.set(type, rules);
    }
    return limited(rules.get(name) ?? unavailableRule(name, `no ${type} signal is named \`${name}\``));
  });
}
