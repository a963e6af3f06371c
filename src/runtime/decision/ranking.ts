/**
 * The order in which matched decisions win. Total: names are unique, so no two decisions tie.
 *
 * @module
 */
import type { DecisionSpec, Strategy } from './types.js';

/**
 * Decisions in levels: any match in an earlier level beats all later ones. Inside a level only like is
 * compared with like: among decisions with a measured confidence the higher one wins, then the earlier
 * position; among decisions that match by facts alone the earlier position. The best of the one kind and
 * the best of the other are told apart by priority, and at equal priority the measured one wins. Catch-alls
 * win only if nothing else in the level matches. Positions go by priority, then name.
 *
 * Decisions that only record their match stand in the level they would win in; those that only add weight
 * to others stand in none.
 */
export type Ranking = readonly (readonly number[])[];

/** `strategy` order: priority → confidence → name, or confidence → priority → name. */
export function rankByStrategy(decisions: readonly DecisionSpec[], strategy: Strategy): Ranking {
  return strategy === 'priority'
    ? levels(decisions, (decision) => -decision.priority)
    : levels(decisions, () => 0);
}

/** Tier order: tier (ascending) → confidence → priority → name. Used once a decision with a tier matches. */
export function rankByTier(decisions: readonly DecisionSpec[]): Ranking {
  return levels(decisions, (decision) => decision.tier);
}

/** Groups by `levelOf` (ascending); inside a level orders by priority (descending), then name. */
function levels(decisions: readonly DecisionSpec[], levelOf: (decision: DecisionSpec) => number): Ranking {
  const byLevel = new Map<number, { index: number; decision: DecisionSpec }[]>();
  for (const [index, decision] of decisions.entries()) {
    if (decision.action?.type === 'boost') continue;
    const level = levelOf(decision);
    const members = byLevel.get(level);
    if (members === undefined) byLevel.set(level, [{ index, decision }]);
    else members.push({ index, decision });
  }
  return [...byLevel.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, members]) =>
      members
        .sort(
          (a, b) =>
            b.decision.priority - a.decision.priority || compareNames(a.decision.name, b.decision.name),
        )
        .map(({ index }) => index),
    );
}

/** Code-unit order: the same on every machine and locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
