/**
 * What is known of the leaves during one evaluation: asks signals, and derives what follows from them.
 *
 * @module
 */
import { clampToUnit } from '../math/probabilities.js';
import type { MaybePromise, SignalOutcome } from '../signals/types.js';
import type { LeafSource } from './engine.js';
import type { Derivation, Leaf } from './leaves.js';
import { FACT, FAILED, FALSE, TRUE } from './tree.js';

const notAsked: SignalOutcome = { status: 'unavailable', reason: 'it was not asked' };

export class LeafRun implements LeafSource {
  readonly truth: Uint8Array;
  readonly score: Float64Array;
  readonly outcomes: (SignalOutcome | undefined)[];
  readonly #leaves: readonly Leaf[];
  readonly #answer: (leaf: number) => MaybePromise<SignalOutcome>;
  /** Leaves asked and not answered: the engine and derived leaves may want the same one. */
  #underWay: Map<number, Promise<void>> | undefined;

  /** @param answer Outcome of a leaf that is a signal rule. Called once per leaf; never throws or rejects. */
  constructor(leaves: readonly Leaf[], answer: (leaf: number) => MaybePromise<SignalOutcome>) {
    this.#leaves = leaves;
    this.#answer = answer;
    this.truth = new Uint8Array(leaves.length);
    this.score = new Float64Array(leaves.length);
    this.outcomes = new Array(leaves.length).fill(undefined);
  }

  waitFor(leaf: number): Promise<void> | undefined {
    return this.#underWay?.get(leaf);
  }

  ask(leaf: number): Promise<void> | undefined {
    const running = this.waitFor(leaf);
    if (running !== undefined) return running;
    const derived = this.#leaves[leaf]?.derived;
    const started = derived === undefined ? this.#askSignal(leaf) : this.#askDerived(leaf, derived);
    if (started === undefined) return undefined;
    this.#underWay ??= new Map();
    const underWay = this.#underWay;
    const promise = started.then(() => {
      underWay.delete(leaf);
    });
    underWay.set(leaf, promise);
    return promise;
  }

  #askSignal(leaf: number): Promise<void> | undefined {
    const outcome = this.#answer(leaf);
    if (outcome instanceof Promise) return outcome.then((settled) => this.#settle(leaf, settled, false));
    this.#settle(leaf, outcome, false);
    return undefined;
  }

  #askDerived(leaf: number, derived: Derivation): Promise<void> | undefined {
    const pending = this.#askInputs(derived);
    if (pending !== undefined) return pending.then(() => this.#askDerived(leaf, derived));
    const { outcome, fails } = derived.derive((input) => this.outcomes[input] ?? notAsked, this);
    this.#settle(leaf, outcome, fails);
    return undefined;
  }

  #askInputs(derived: Derivation): Promise<unknown> | undefined {
    const pending: Promise<void>[] = [];
    for (const input of derived.needs?.(this) ?? derived.inputs) {
      if (this.outcomes[input] !== undefined) continue;
      const promise = this.ask(input);
      if (promise !== undefined) pending.push(promise);
    }
    return pending.length === 0 ? undefined : Promise.all(pending);
  }

  #settle(leaf: number, outcome: SignalOutcome, fails: boolean): void {
    this.outcomes[leaf] = outcome;
    const { status } = outcome;
    const matched = status === 'matched' || (status === 'unavailable' && outcome.countsAs === 'match');
    this.truth[leaf] = matched ? TRUE : fails ? FAILED : FALSE;
    const score = status === 'unavailable' ? undefined : outcome.score;
    this.score[leaf] = !matched ? 0 : score === undefined ? FACT : clampToUnit(score);
  }
}
