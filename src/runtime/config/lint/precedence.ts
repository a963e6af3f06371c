/**
 * Which decision always wins over which, if both match.
 *
 * @module
 */
import { competes } from '../../decision/actions.js';
import { type Ranking, rankByStrategy, rankByTier } from '../../decision/ranking.js';
import { type DecisionSpec, isComposite, type Rule, type Strategy } from '../../decision/types.js';

export class Precedence {
  readonly #decisions: readonly DecisionSpec[];
  readonly #levels: readonly ReadonlyMap<number, number>[];
  readonly #catchAlls: readonly boolean[];

  constructor(decisions: readonly DecisionSpec[], strategy: Strategy) {
    this.#decisions = decisions;
    this.#catchAlls = decisions.map(({ rules }) => isCatchAll(rules));
    const rankings = [rankByStrategy(decisions, strategy)];
    // Which of the two applies depends on the request.
    if (decisions.some(({ tier }) => tier > 0)) rankings.push(rankByTier(decisions));
    this.#levels = rankings.map(levelsOf);
  }

  /** Decisions that win over `index` whenever they match too. */
  above(index: number): readonly number[] {
    return this.#decisions.flatMap((_, other) => (this.#beats(other, index) ? [other] : []));
  }

  /** Decisions that never win where `index` matches too. */
  below(index: number): readonly number[] {
    return this.#decisions.flatMap((_, other) => (this.#beats(index, other) ? [other] : []));
  }

  #beats(winner: number, loser: number): boolean {
    const decision = this.#decisions[winner];
    if (winner === loser || decision === undefined || !competes(decision.action)) return false;
    return this.#levels.every((levels) => {
      const [a, b] = [levels.get(winner), levels.get(loser)];
      if (a === undefined || b === undefined) return false;
      // Inside a level a catch-all only wins if nothing else matches.
      return a < b || (a === b && this.#catchAlls[loser] === true && this.#catchAlls[winner] === false);
    });
  }
}

/** Whether a rule is the empty AND, or left out. */
export function isCatchAll(rule: Rule | undefined): boolean {
  if (rule === undefined) return true;
  return isComposite(rule) && rule.operator === 'AND' && rule.conditions.every(isCatchAll);
}

function levelsOf(ranking: Ranking): ReadonlyMap<number, number> {
  return new Map(ranking.flatMap((members, level) => members.map((index) => [index, level] as const)));
}
