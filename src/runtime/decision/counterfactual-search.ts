/**
 * The smallest sets of signal changes that give a request another decision.
 *
 * Sets are tried in the order of their cost (a uniform-cost search), and the engine itself decides each, so the
 * first set found for an outcome is the cheapest one. The search stays small because only leaves that can matter
 * are tried: as long as the wanted decision does not match, one that keeps it from matching must change; once it
 * matches, one of the decision that still outranks it, or of its own confidence.
 *
 * @module
 */
import type { RouterConfig, Routing } from '../config/types.js';
import type { SignalOutcome } from '../signals/types.js';
import { competes } from './actions.js';
import { leafContextOf } from './context.js';
import { counts, dependentsOf, distanceOf, outcomesOf, scoreOf, turned } from './counterfactual.js';
import { DecisionEngine } from './engine.js';
import type { Evaluation } from './evaluation.js';
import { routingOf } from './routing-of.js';
import { boundsOf, FALSE, type LeafStates, type Node, TRUE } from './tree.js';

/** What would have to be different about one signal. */
export interface Change {
  readonly type: string;
  readonly name: string;
  readonly outcome: SignalOutcome;
  /** `score`: it matched and would match still, with `to` as its confidence. */
  readonly kind: 'match' | 'unmatch' | 'score';
  /** Confidence that `score` asks for; undefined for the others. */
  readonly to: number | undefined;
  /** How far the signal was from that, as a share of its threshold; undefined if it measures nothing. */
  readonly distance: number | undefined;
}

export interface Alternative {
  /** Minimal: without any one of them the outcome would be another one. */
  readonly changes: readonly Change[];
  /** What the order of alternatives follows; see {@link costs}. */
  readonly cost: number;
  /** Who would win then; undefined: no decision. */
  readonly winner: { readonly name: string; readonly priority: number } | undefined;
}

export interface AlternativeSearch {
  /** Cheapest first. */
  readonly alternatives: readonly Alternative[];
  /** False if the bound on the work was reached, so that there may be cheaper ones. */
  readonly complete: boolean;
}

export interface SearchOptions {
  /** Name of the decision that should win; null: none should. Default: any outcome but the actual one. */
  readonly target?: string | null;
  /** Most alternatives. Default 5. */
  readonly most?: number;
  /** Most changes in one set. Default 3. */
  readonly maxChanges?: number;
  /** Most sets that are tried. Default 20 000, at microseconds each. */
  readonly budget?: number;
}

/** A change costs its distance; what has none is a change of the prompt and not of a number. */
const costs = { fact: 1, unavailable: 2, eachFurther: 0.5 } as const;

/** Sets for one outcome; more would crowd out other outcomes. */
const mostPerTarget = 3;

const noDecision = -1;

/**
 * Cheapest sets of changes that would have given another decision, or the one in `options.target`.
 * `evaluation` must be a full one.
 */
export function alternatives(
  config: RouterConfig,
  evaluation: Evaluation,
  options: SearchOptions = {},
): AlternativeSearch {
  const search = new Search(routingOf(config, evaluation), evaluation, options);
  return search.run();
}

/** Who would win if one signal alone had answered the other way. */
export interface Turned {
  readonly type: string;
  readonly name: string;
  readonly outcome: SignalOutcome;
  /** Name of the decision; undefined: none. */
  readonly winner: string | undefined;
}

/** Every signal that was asked, with who would win if it had answered the other way. */
export function turnedWinners(config: RouterConfig, evaluation: Evaluation): Turned[] {
  return new Search(routingOf(config, evaluation), evaluation, {}).turned();
}

interface Flips {
  /** Sorted. */
  readonly leaves: readonly number[];
  readonly cost: number;
}

class Search implements LeafStates {
  readonly truth: Uint8Array;
  readonly score: Float64Array;
  readonly #config: Routing;
  readonly #engine: DecisionEngine;
  readonly #outcomes: readonly (SignalOutcome | undefined)[];
  /** As {@link #outcomes}, with the changes that are being tried. */
  readonly #tried: (SignalOutcome | undefined)[];
  /** Leaves that follow from others, by the leaf they read; in an order in which one follows on another. */
  readonly #dependents: ReadonlyMap<number, readonly number[]>;
  readonly #options: SearchOptions;
  readonly #actual: number;
  /** Leaves of all decisions with a tier: whether any of those matches changes the order of all. */
  readonly #tieredLeaves: readonly number[];
  #left: number;

  constructor(config: Routing, evaluation: Evaluation, options: SearchOptions) {
    this.#config = config;
    this.#options = options;
    this.#left = options.budget ?? 20_000;
    this.#engine = new DecisionEngine(config.decisions, config.strategy, () => 'free', leafContextOf(config));
    this.#outcomes = outcomesOf(this.#engine, evaluation);
    this.#tried = [...this.#outcomes];
    this.#dependents = dependentsOf(this.#engine.leaves);
    const { length } = this.#engine.leaves;
    this.truth = new Uint8Array(length);
    this.score = new Float64Array(length);
    for (let leaf = 0; leaf < length; leaf++) this.#put(leaf, this.#outcomes[leaf]);
    this.#actual = config.decisions.findIndex(({ name }) => name === evaluation.decision?.name);
    const tiered = new Set<number>();
    config.decisions.forEach(({ tier }, index) => {
      const tree = this.#engine.trees[index];
      if (tier > 0 && tree !== undefined) leavesIn(tree, tiered);
    });
    this.#tieredLeaves = [...tiered];
  }

  run(): AlternativeSearch {
    const { target, most = 5 } = this.#options;
    const found: Alternative[] = [];
    const limit = () => (found.length < most ? Number.POSITIVE_INFINITY : (found[most - 1]?.cost ?? 0));
    const add = (alternative: Alternative) => {
      const at = found.findIndex(({ cost }) => cost > alternative.cost);
      found.splice(at < 0 ? found.length : at, 0, alternative);
    };
    for (const wanted of this.#targets(target)) {
      for (const alternative of this.#setsFor(wanted, limit)) add(alternative);
      const score = this.#scoreFor(wanted);
      if (score !== undefined) add(score);
      if (this.#left <= 0) break;
    }
    return { alternatives: found.slice(0, most), complete: this.#left > 0 };
  }

  /** See {@link turnedWinners}. */
  turned(): Turned[] {
    return this.#engine.leaves.flatMap(({ type, name, derived }, leaf) => {
      const outcome = this.#outcomes[leaf];
      if (derived !== undefined || outcome === undefined) return [];
      const undo = this.#apply([leaf]);
      const winner = this.#config.decisions[this.#winner()]?.name;
      undo();
      return [{ type, name, outcome, winner }];
    });
  }

  #targets(target: string | null | undefined): number[] {
    if (target === null) return [noDecision];
    const { decisions } = this.#config;
    if (target !== undefined) {
      const index = decisions.findIndex(({ name }) => name === target);
      return index < 0 ? [] : [index];
    }
    const competitors = this.#engine
      .ranking(this)
      .flat()
      .filter((index) => competes(decisions[index]?.action));
    return [...competitors, noDecision].filter((index) => index !== this.#actual);
  }

  /** Minimal sets of turned leaves with which `wanted` wins, cheapest first. */
  *#setsFor(wanted: number, limit: () => number): Generator<Alternative> {
    const maxChanges = this.#options.maxChanges ?? 3;
    const queue: Flips[] = [{ leaves: [], cost: 0 }];
    const seen = new Set<string>(['']);
    const solutions: (readonly number[])[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { leaves, cost } = next;
      if (cost >= limit() || solutions.length >= mostPerTarget || this.#left-- <= 0) return;
      // A set that holds a solution is none of the smallest.
      if (solutions.some((solution) => solution.every((leaf) => leaves.includes(leaf)))) continue;
      const undo = this.#apply(leaves);
      const winner = this.#winner();
      const reached = winner === wanted && leaves.length > 0;
      const further =
        reached || leaves.length >= maxChanges ? [] : this.#withInputs(this.#mustChange(wanted, winner));
      undo();
      if (reached) {
        solutions.push(leaves);
        yield this.#alternative(
          leaves.map((leaf) => this.#flip(leaf)),
          cost,
          winner,
        );
        continue;
      }
      for (const leaf of further) {
        if (leaves.includes(leaf) || this.#outcomes[leaf] === undefined) continue;
        const longer = [...leaves, leaf].sort((a, b) => a - b);
        const key = longer.join();
        if (seen.has(key)) continue;
        seen.add(key);
        const more = this.#costOf(leaf) + (leaves.length > 0 ? costs.eachFurther : 0);
        insert(queue, { leaves: longer, cost: cost + more });
      }
    }
  }

  /** Leaves of which at least one has to change, in the current state, before `wanted` can win. */
  #mustChange(wanted: number, winner: number): Iterable<number> {
    const own = this.#engine.trees[wanted];
    if (own !== undefined && boundsOf(own, this).truth !== TRUE) return this.#turningTo(own, TRUE);
    const rival = this.#engine.trees[winner];
    const needed = new Set(this.#tieredLeaves);
    if (rival !== undefined) {
      // Where confidences are compared, a third decision may be what keeps `wanted` behind.
      const level = this.#sharedLevel(wanted, winner);
      if (own !== undefined && level !== undefined) {
        for (const index of level) {
          const tree = this.#engine.trees[index];
          if (tree !== undefined) leavesIn(tree, needed);
        }
      } else for (const leaf of this.#turningTo(rival, FALSE)) needed.add(leaf);
    }
    return needed;
  }

  /** The leaves, and the signals that they follow from: turning one of those may be the way to turn them. */
  #withInputs(leaves: Iterable<number>): Set<number> {
    const all = new Set(leaves);
    // A set gives what is added to it meanwhile, too.
    for (const leaf of all)
      for (const input of this.#engine.leaves[leaf]?.derived?.inputs ?? []) all.add(input);
    // Steps in between are nothing that a user could change.
    for (const leaf of all) {
      const { derived, reported = true } = this.#engine.leaves[leaf] ?? {};
      if (derived !== undefined && !reported && this.#dependents.has(leaf)) all.delete(leaf);
      // Nor can the two answers part that are one.
      const [input = leaf] = derived?.follows ? derived.inputs : [];
      if (input !== leaf && this.#outcomes[input]?.status !== 'unavailable') all.delete(leaf);
    }
    return all;
  }

  /** Leaves whose turning moves the node's truth towards `wanted`, never away from it. */
  #turningTo(node: Node, wanted: number, into: Set<number> = new Set()): Set<number> {
    if (node.operator === 'LEAF') {
      if (this.truth[node.leaf] !== wanted) into.add(node.leaf);
      return into;
    }
    const inner = node.operator === 'NOT' ? (wanted === TRUE ? FALSE : TRUE) : wanted;
    for (const child of node.children) this.#turningTo(child, inner, into);
    return into;
  }

  /** Decisions among which two of them are compared by confidence, if they are. */
  #sharedLevel(a: number, b: number): readonly number[] | undefined {
    return this.#engine.ranking(this).find((level) => level.includes(a) && level.includes(b));
  }

  /** The least change of one signal's confidence that makes `wanted` win; it stays matched. */
  #scoreFor(wanted: number): Alternative | undefined {
    const own = this.#engine.trees[wanted];
    const rival = this.#engine.trees[this.#actual];
    if (own === undefined || rival === undefined) return undefined;
    if (boundsOf(own, this).truth !== TRUE || this.#sharedLevel(wanted, this.#actual) === undefined)
      return undefined;
    let best: Alternative | undefined;
    for (const leaf of leavesIn(own, leavesIn(rival, new Set()))) {
      const outcome = this.#outcomes[leaf];
      if (this.truth[leaf] !== TRUE || outcome === undefined || outcome.status === 'unavailable') continue;
      // What follows from a score would have to be followed as well.
      if (outcome.score === undefined || this.#dependents.has(leaf)) continue;
      for (const end of [1, Math.max(0, Math.min(outcome.score, outcome.threshold ?? 0))]) {
        const to = this.#leastScore(leaf, outcome.score, end, wanted);
        if (to === undefined) continue;
        const distance = Math.abs(to - outcome.score) / (outcome.threshold || 1);
        if (best !== undefined && best.cost <= distance) continue;
        const { type = '', name = '' } = this.#engine.leaves[leaf] ?? {};
        best = this.#alternative([{ type, name, outcome, kind: 'score', to, distance }], distance, wanted);
      }
    }
    return best;
  }

  /** The score nearest to `from`, towards `end`, with which `wanted` wins; to four decimals. */
  #leastScore(leaf: number, from: number, end: number, wanted: number): number | undefined {
    const wins = (score: number) => {
      this.#left--;
      const before = this.score[leaf] ?? 0;
      this.score[leaf] = score;
      const winner = this.#winner();
      this.score[leaf] = before;
      return winner === wanted;
    };
    if (from === end || !wins(end)) return undefined;
    let near = from;
    let far = end;
    while (Math.abs(far - near) > 1e-7) {
      const middle = (near + far) / 2;
      if (wins(middle)) far = middle;
      else near = middle;
    }
    const step = 1e4;
    const rounded = end > from ? Math.ceil(far * step) / step : Math.floor(far * step) / step;
    return wins(rounded) ? rounded : far;
  }

  #alternative(changes: readonly Change[], cost: number, index: number): Alternative {
    const winner = this.#config.decisions[index];
    return { changes, cost, winner: winner && { name: winner.name, priority: winner.priority } };
  }

  #flip(leaf: number): Change {
    const { type = '', name = '' } = this.#engine.leaves[leaf] ?? {};
    const outcome = this.#outcomes[leaf] ?? { status: 'unavailable', reason: 'not asked' };
    const kind = counts(outcome) ? 'unmatch' : 'match';
    return { type, name, outcome, kind, to: undefined, distance: distanceOf(outcome) };
  }

  #costOf(leaf: number): number {
    const outcome = this.#outcomes[leaf];
    if (outcome === undefined || outcome.status === 'unavailable') return costs.unavailable;
    return distanceOf(outcome) ?? costs.fact;
  }

  /** Turns leaves and derives anew what follows from them; the result takes all of it back. */
  #apply(leaves: readonly number[]): () => void {
    const touched = new Set<number>();
    for (const leaf of leaves) {
      touched.add(leaf);
      this.#put(leaf, turned(this.#outcomes[leaf]));
    }
    // Whoever follows from others comes after them, so one way through is enough.
    const open = new Set(leaves.flatMap((leaf) => this.#dependents.get(leaf) ?? []));
    for (const leaf of [...open].sort((a, b) => a - b)) {
      const { derived } = this.#engine.leaves[leaf] ?? {};
      if (derived === undefined || leaves.includes(leaf)) continue;
      touched.add(leaf);
      const { outcome } = derived.derive((input) => this.#tried[input] ?? notAsked, this);
      this.#put(leaf, outcome);
    }
    return () => {
      for (const leaf of touched) this.#put(leaf, this.#outcomes[leaf]);
    };
  }

  #put(leaf: number, outcome: SignalOutcome | undefined): void {
    const matched = counts(outcome);
    this.#tried[leaf] = outcome;
    this.truth[leaf] = matched ? TRUE : FALSE;
    this.score[leaf] = matched ? scoreOf(outcome) : 0;
  }

  #winner(): number {
    const choice = this.#engine.decide({ truth: this.truth, score: this.score, ask: () => undefined });
    // All leaves are known, so the engine has nothing to wait for.
    return choice instanceof Promise ? noDecision : choice.winner;
  }
}

const notAsked: SignalOutcome = { status: 'unavailable', reason: 'it was not asked' };

function leavesIn(node: Node, into: Set<number>): Set<number> {
  if (node.operator === 'LEAF') into.add(node.leaf);
  for (const child of node.children) leavesIn(child, into);
  return into;
}

/** Keeps the queue in the order of cost; among equals the earlier one, with fewer changes, stays first. */
function insert(queue: Flips[], flips: Flips): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((queue[middle]?.cost ?? 0) <= flips.cost) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, flips);
}
