/**
 * What labelled rows say about the thresholds of a configuration: for each signal, the numbers it measured and
 * whether it should have matched.
 *
 * @module
 */
import type { RouterConfig } from '../../config/types.js';
import { turnedWinners } from '../../decision/counterfactual-search.js';
import type { Evaluation } from '../../decision/evaluation.js';
import { defaultRecipe, qualifiedName } from '../../decision/routing-of.js';
import { withThreshold } from '../edits.js';
import type { Labelled } from '../thresholds.js';

/** What a row expects. */
export type RowLabels =
  /** Name → whether it should match. Names are `family:name`, of a recipe `recipe/family:name`. */
  | { readonly kind: 'signals'; readonly signals: ReadonlyMap<string, boolean> }
  /** Names of all labels that apply; of the signals that are labels elsewhere, no other one. */
  | { readonly kind: 'labels'; readonly matching: ReadonlySet<string> }
  /** Name of the decision, with its recipe in front as signals have it; undefined: none. */
  | { readonly kind: 'decision'; readonly decision: string | undefined };

/** A measured value with its label, and what the signal said at its present threshold. */
export interface Observation extends Labelled {
  readonly row: number;
  readonly matched: boolean;
}

export interface TunableSignal {
  /** That the rule belongs to. */
  readonly recipe: string;
  readonly type: string;
  readonly name: string;
  /** At present. */
  readonly threshold: number;
  readonly observations: readonly Observation[];
}

/** `family:name`, of a recipe `recipe/family:name`. */
export function signalLabel({ recipe, type, name }: Pick<TunableSignal, 'recipe' | 'type' | 'name'>): string {
  return qualifiedName(recipe, `${type}:${name}`);
}

interface Collected extends TunableSignal {
  readonly observations: Observation[];
}

/** Collects evaluations of one configuration. They must be full ones. */
export class ObservationCollector {
  readonly #config: RouterConfig;
  /** Signals that some row has as a label: rows of kind `labels` are silent about all others. */
  readonly #labels: ReadonlySet<string>;
  readonly #signals = new Map<string, Collected>();
  readonly #tunable = new Map<string, boolean>();

  /** @param labels Names of all labels in the data. */
  constructor(config: RouterConfig, labels: ReadonlySet<string>) {
    this.#config = config;
    this.#labels = labels;
  }

  add(row: number, labels: RowLabels, evaluation: Evaluation): void {
    const { recipe = defaultRecipe } = evaluation;
    const expected = this.#expectations(labels, evaluation);
    for (const { type, name, outcome } of evaluation.signals) {
      const key = signalLabel({ recipe, type, name });
      const positive = expected.get(key);
      if (positive === undefined || outcome === undefined || outcome.status === 'unavailable') continue;
      const { value, threshold, status } = outcome;
      if (value === undefined || threshold === undefined || !this.#isTunable(recipe, type, name)) continue;
      const known = this.#signals.get(key) ?? { recipe, type, name, threshold, observations: [] };
      known.observations.push({ row, value, positive, matched: status === 'matched' });
      this.#signals.set(key, known);
    }
  }

  #isTunable(recipe: string, type: string, name: string): boolean {
    const key = signalLabel({ recipe, type, name });
    const known =
      this.#tunable.get(key) ?? withThreshold(this.#config, type, name, 0.5, recipe) !== undefined;
    this.#tunable.set(key, known);
    return known;
  }

  #expectations(labels: RowLabels, evaluation: Evaluation): ReadonlyMap<string, boolean> {
    switch (labels.kind) {
      case 'signals':
        return labels.signals;
      case 'labels':
        return new Map([...this.#labels].map((key) => [key, labels.matching.has(key)]));
      case 'decision':
        return this.#byDecision(labels.decision, evaluation);
    }
  }

  /**
   * A signal should match if the row gets its decision with it and not without it, and the other way round. Where
   * both or neither give the decision, the row says nothing about it.
   */
  #byDecision(decision: string | undefined, evaluation: Evaluation): Map<string, boolean> {
    const { recipe = defaultRecipe } = evaluation;
    const qualified = (name: string | undefined) =>
      name === undefined ? undefined : qualifiedName(recipe, name);
    const actual = qualified(evaluation.decision?.name);
    const expected = new Map<string, boolean>();
    for (const { type, name, outcome, winner } of turnedWinners(this.#config, evaluation)) {
      const isRight = actual === decision;
      if (isRight === (qualified(winner) === decision)) continue;
      const matched = outcome.status === 'matched';
      expected.set(signalLabel({ recipe, type, name }), isRight ? matched : !matched);
    }
    return expected;
  }

  /** Signals with a threshold and at least one labelled value, in the order of the configuration. */
  signals(): TunableSignal[] {
    return [...this.#signals.values()];
  }
}
