/**
 * Boosts: decisions that add weight to a category, or to the measured conditions of another decision.
 *
 * @module
 */
import { clampToUnit } from '../math/probabilities.js';
import type { SignalOutcome } from '../signals/types.js';
import { shortNumber } from '../text/numbers.js';
import type { BoostAction } from './actions.js';
import { boundsOf, type LeafStates, leavesOf, type Node, PENDING, TRUE, UNKNOWN } from './tree.js';
import type { DecisionSpec } from './types.js';

/** A decision that boosts, ready to be asked whether it applies. */
export interface Boost {
  readonly name: string;
  readonly action: BoostAction;
  /** Its conditions see signals as they are, so boosts cannot depend on each other. */
  readonly tree: Node;
}

/** The boosting decisions by name, so that sums do not depend on their order in the file. */
export function boostingDecisions(
  decisions: readonly DecisionSpec[],
): { readonly index: number; readonly name: string; readonly action: BoostAction }[] {
  return decisions
    .flatMap(({ name, action }, index) => (action?.type === 'boost' ? [{ index, name, action }] : []))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Leaves to ask before it is known which boosts apply: those of one boost after the other. */
export function neededFor(boosts: readonly Boost[], states: LeafStates): number[] {
  return boosts.flatMap(({ tree }) =>
    boundsOf(tree, states).truth === UNKNOWN
      ? [...leavesOf(tree)].filter((leaf) => isOpen(states.truth[leaf]))
      : [],
  );
}

function isOpen(truth: number | undefined): boolean {
  return truth === UNKNOWN || truth === PENDING;
}

/** `outcome` with the weight of all boosts that match; a signal that measures nothing stays as it is. */
export function boosted(outcome: SignalOutcome, boosts: readonly Boost[], states: LeafStates): SignalOutcome {
  if (outcome.status === 'unavailable' || outcome.score === undefined) return outcome;
  const applied = boosts.filter(({ tree }) => boundsOf(tree, states).truth === TRUE);
  if (applied.length === 0) return outcome;
  const sum = applied.reduce((total, { action }) => total + action.weight, 0);
  const weight = Math.min(1, Math.max(-1, sum));
  const score = clampToUnit(outcome.score + weight);
  const measured = outcome.value ?? outcome.score;
  // A number in another unit (tokens, a count) has nothing to do with the weight.
  const value = Math.abs(measured) <= 1 ? clampToUnit(measured + weight) : measured;
  const reached = outcome.threshold === undefined || value >= outcome.threshold;
  const matched = outcome.status === 'matched';
  const raised = outcome.threshold !== undefined && value > measured && reached;
  const matches = weight >= 0 ? matched || raised : matched && (reached || value === measured);
  const names = applied.map(({ name }) => name).join(', ');
  const evidence = `${weight < 0 ? '' : '+'}${shortNumber(weight)} by ${names}`;
  return {
    ...outcome,
    status: matches ? 'matched' : 'not_matched',
    score,
    value,
    evidence: [...(outcome.evidence ?? []), evidence],
  };
}
