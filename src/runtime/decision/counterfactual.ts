/**
 * What would have changed a decision: every signal is turned round once, alone, and the decisions are
 * taken again by the engine itself.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import type { SignalOutcome } from '../signals/types.js';
import { leafContextOf } from './context.js';
import { DecisionEngine, type LeafSource } from './engine.js';
import type { Evaluation } from './evaluation.js';
import { routingOf } from './routing-of.js';
import { FACT, FALSE, TRUE } from './tree.js';

export interface Counterfactual {
  readonly type: string;
  readonly name: string;
  readonly outcome: SignalOutcome;
  /** How far the signal was from the other outcome, as a share of its threshold; undefined if unmeasured. */
  readonly distance: number | undefined;
  /** Who would have won; undefined: no decision. */
  readonly winner: { readonly name: string; readonly priority: number } | undefined;
}

/**
 * Single signals that would have changed the winner, nearest first, unmeasured ones (a keyword is there or
 * not) last. `evaluation` must be a full one.
 */
export function counterfactuals(config: RouterConfig, evaluation: Evaluation): Counterfactual[] {
  const routing = routingOf(config, evaluation);
  const { decisions, strategy } = routing;
  const engine = new DecisionEngine(decisions, strategy, () => 'free', leafContextOf(routing));
  const leaves = outcomesOf(engine, evaluation);
  const found: Counterfactual[] = [];
  engine.leaves.forEach(({ type, name }, turned) => {
    const outcome = leaves[turned];
    if (outcome === undefined) return;
    const choice = engine.decide(sourceOf(leaves, turned));
    // All leaves are known, so the engine has nothing to wait for.
    if (choice instanceof Promise) return;
    const winner = decisions[choice.winner];
    if (winner?.name === evaluation.decision?.name) return;
    found.push({
      type,
      name,
      outcome,
      distance: distanceOf(outcome),
      winner: winner && { name: winner.name, priority: winner.priority },
    });
  });
  const far = Number.POSITIVE_INFINITY;
  return found.sort((a, b) => (a.distance ?? far) - (b.distance ?? far) || 0);
}

/** What each leaf of the engine was answered, by leaf index. */
export function outcomesOf(
  { leaves }: Pick<DecisionEngine, 'leaves'>,
  { conditions }: Pick<Evaluation, 'conditions'>,
): (SignalOutcome | undefined)[] {
  // The same decisions always have the same leaves.
  return leaves.map((_, leaf) => conditions[leaf]?.outcome);
}

function sourceOf(outcomes: readonly (SignalOutcome | undefined)[], turned: number): LeafSource {
  const truth = new Uint8Array(outcomes.length);
  const score = new Float64Array(outcomes.length);
  outcomes.forEach((outcome, leaf) => {
    const matched = (outcome?.status === 'matched') !== (leaf === turned);
    truth[leaf] = matched ? TRUE : FALSE;
    if (matched) score[leaf] = leaf === turned ? scoreIfMatched(outcome) : scoreOf(outcome);
  });
  return { truth, score, ask: () => undefined };
}

/** Value of a leaf that matched. */
export function scoreOf(outcome: SignalOutcome | undefined): number {
  return outcome === undefined || outcome.status === 'unavailable' ? 0 : (outcome.score ?? FACT);
}

/** A signal that measures confidence would have matched by just reaching its threshold. */
export function scoreIfMatched(outcome: SignalOutcome | undefined): number {
  if (outcome === undefined || outcome.status === 'unavailable') return 1;
  if (outcome.score === undefined) return FACT;
  if (outcome.threshold === undefined) return 1;
  return Math.min(1, Math.max(outcome.score, outcome.threshold));
}

/** How far a signal is from its threshold, as a share of it; undefined if it measures nothing. */
export function distanceOf(outcome: SignalOutcome): number | undefined {
  if (outcome.status === 'unavailable') return undefined;
  const { value, threshold } = outcome;
  if (value === undefined || threshold === undefined || threshold <= 0) return undefined;
  return Math.abs(value - threshold) / threshold;
}
