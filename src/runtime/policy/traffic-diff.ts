/**
 * What changes for recorded requests when one configuration takes the place of another.
 *
 * @module
 */
import { meanOf, nearestRank } from '../math/quantiles.js';
import type { UpstreamModel } from '../providers/types.js';

/** What one configuration does with a request. */
export interface Route {
  /** Whose rules decided. */
  readonly recipe: string;
  /** Name of the decision; null: none matched. */
  readonly decision: string | null;
  /** Model that answers; null: none. */
  readonly model: string | null;
  /** Effort of the reasoning; null: it does not reason. */
  readonly reasoning: string | null;
  /** Types of the plugins that run. */
  readonly plugins: readonly string[];
  readonly pricing: UpstreamModel['pricing'];
  /** Milliseconds that signals and decision take, the encoder pass included if they need it. */
  readonly milliseconds: number;
  readonly encoder: boolean;
  /** Signals that could not answer. */
  readonly unavailable: readonly string[];
}

export interface RoutedRow {
  readonly line: number;
  readonly text: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Whether the row itself says how many tokens the answer had. */
  readonly measured: boolean;
  readonly before: Route;
  readonly after: Route;
}

export interface Place {
  readonly decision: string | null;
  readonly model: string | null;
}

export interface Example {
  readonly line: number;
  readonly text: string;
}

export interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly count: number;
  readonly share: number;
  readonly examples: readonly Example[];
}

/** A figure under the old and the new configuration. */
export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly mean: number;
}

export interface TrafficDiff {
  readonly requests: number;
  /** Requests whose decision or model is another one. */
  readonly moved: number;
  readonly moved_share: number;
  /** Requests by what changes about them; one may count in several. */
  readonly changed: {
    readonly decision: number;
    readonly model: number;
    readonly reasoning: number;
    readonly plugins: number;
  };
  readonly models: Readonly<Record<string, BeforeAfter>>;
  readonly decisions: Readonly<Record<string, BeforeAfter>>;
  /** Requests by the recipe whose rules decided. */
  readonly recipes: Readonly<Record<string, BeforeAfter>>;
  readonly reasoning: BeforeAfter;
  readonly plugins: Readonly<Record<string, BeforeAfter>>;
  /** Most frequent first. */
  readonly moves: readonly Move[];
  /** Requests that stay where they are and change in reasoning or plugins. */
  readonly refined: readonly Example[];
  /** By currency, for all requests together; those to models without `pricing` are not in it. */
  readonly cost: Readonly<Record<string, BeforeAfter>>;
  readonly unpriced: BeforeAfter;
  readonly tokens: {
    readonly prompt: number;
    readonly completion: number;
    /** Rows whose completion tokens were assumed. */
    readonly assumed: number;
  };
  /** Milliseconds of signals and decision per request. */
  readonly signals_ms: { readonly before: Percentiles; readonly after: Percentiles };
  /** Requests that need the encoder pass. */
  readonly encoder: BeforeAfter;
  /** Requests for which a signal could not answer, by signal. */
  readonly unavailable: Readonly<Record<string, BeforeAfter>>;
}

/** What stands for null as a key. */
export const nobody = '(none)';

const million = 1_000_000;

/** Adds rows up; keeps a few examples and no other text. */
export class TrafficDiffCollector {
  readonly #mostExamples: number;
  readonly #moves = new Map<string, { from: Place; to: Place; count: number; examples: Example[] }>();
  readonly #models = new Tally();
  readonly #decisions = new Tally();
  readonly #recipes = new Tally();
  readonly #plugins = new Tally();
  readonly #cost = new Tally();
  readonly #unavailable = new Tally();
  readonly #totals = new Tally();
  readonly #refined: Example[] = [];
  readonly #changed = { decision: 0, model: 0, reasoning: 0, plugins: 0 };
  readonly #tokens = { prompt: 0, completion: 0, assumed: 0 };
  readonly #times: { before: number[]; after: number[] } = { before: [], after: [] };
  #requests = 0;
  #moved = 0;

  /** @param mostExamples Texts kept per move. */
  constructor(mostExamples = 3) {
    this.#mostExamples = mostExamples;
  }

  add(row: RoutedRow): void {
    this.#requests++;
    this.#tokens.prompt += row.promptTokens;
    this.#tokens.completion += row.completionTokens;
    if (!row.measured) this.#tokens.assumed++;
    for (const side of ['before', 'after'] as const) this.#addRoute(row, side);
    this.#compare(row);
  }

  #addRoute(row: RoutedRow, side: keyof BeforeAfter): void {
    const { recipe, decision, model, reasoning, plugins, pricing, milliseconds, encoder, unavailable } =
      row[side];
    this.#models.add(model ?? nobody, side);
    this.#decisions.add(decision ?? nobody, side);
    this.#recipes.add(recipe, side);
    for (const type of plugins) this.#plugins.add(type, side);
    for (const signal of unavailable) this.#unavailable.add(signal, side);
    if (reasoning !== null) this.#totals.add('reasoning', side);
    if (encoder) this.#totals.add('encoder', side);
    this.#times[side].push(milliseconds);
    if (pricing === undefined) {
      this.#totals.add('unpriced', side);
      return;
    }
    const { promptPer1M, completionPer1M, currency } = pricing;
    const cost = (row.promptTokens * promptPer1M + row.completionTokens * completionPer1M) / million;
    this.#cost.add(currency, side, cost);
  }

  #compare({ line, text, before, after }: RoutedRow): void {
    const decision = before.decision !== after.decision;
    const model = before.model !== after.model;
    const reasoning = before.reasoning !== after.reasoning;
    const plugins = [...before.plugins].sort().join() !== [...after.plugins].sort().join();
    if (decision) this.#changed.decision++;
    if (model) this.#changed.model++;
    if (reasoning) this.#changed.reasoning++;
    if (plugins) this.#changed.plugins++;
    if (!decision && !model) {
      if ((reasoning || plugins) && this.#refined.length < this.#mostExamples) {
        this.#refined.push({ line, text });
      }
      return;
    }
    this.#moved++;
    const from = { decision: before.decision, model: before.model };
    const to = { decision: after.decision, model: after.model };
    const key = JSON.stringify([from, to]);
    const move = this.#moves.get(key) ?? { from, to, count: 0, examples: [] };
    move.count++;
    if (move.examples.length < this.#mostExamples) move.examples.push({ line, text });
    this.#moves.set(key, move);
  }

  report(): TrafficDiff {
    const requests = this.#requests;
    const share = (count: number) => (requests === 0 ? 0 : count / requests);
    return {
      requests,
      moved: this.#moved,
      moved_share: share(this.#moved),
      changed: this.#changed,
      models: this.#models.report(),
      decisions: this.#decisions.report(),
      recipes: this.#recipes.report(),
      reasoning: this.#totals.of('reasoning'),
      plugins: this.#plugins.report(),
      moves: [...this.#moves.values()]
        .sort((a, b) => b.count - a.count)
        .map((move) => ({ ...move, share: share(move.count) })),
      refined: this.#refined,
      cost: this.#cost.report(),
      unpriced: this.#totals.of('unpriced'),
      tokens: this.#tokens,
      signals_ms: { before: percentilesOf(this.#times.before), after: percentilesOf(this.#times.after) },
      encoder: this.#totals.of('encoder'),
      unavailable: this.#unavailable.report(),
    };
  }
}

/** Sums by name, before and after. */
class Tally {
  readonly #sums = new Map<string, { before: number; after: number }>();

  add(name: string, side: keyof BeforeAfter, amount = 1): void {
    const sums = this.#sums.get(name) ?? { before: 0, after: 0 };
    sums[side] += amount;
    this.#sums.set(name, sums);
  }

  of(name: string): BeforeAfter {
    return this.#sums.get(name) ?? { before: 0, after: 0 };
  }

  /** The largest first. */
  report(): Readonly<Record<string, BeforeAfter>> {
    const weight = ({ before, after }: BeforeAfter) => Math.max(before, after);
    return Object.fromEntries([...this.#sums].sort(([, a], [, b]) => weight(b) - weight(a)));
  }
}

/** By nearest rank; microseconds are finer than what was measured. */
function percentilesOf(milliseconds: readonly number[]): Percentiles {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const short = (value = 0) => Number(value.toFixed(3));
  return {
    p50: short(nearestRank(sorted, 0.5)),
    p95: short(nearestRank(sorted, 0.95)),
    mean: short(meanOf(sorted)),
  };
}
