/**
 * Questions about the conditions of decisions, answered exactly: what can match, alone, together, or instead of
 * others, whatever a request looks like.
 *
 * @module
 */
import { isComposite, type LeafRule, type Rule } from '../../decision/types.js';
import { type Budget, type Literal, Solver } from './sat.js';

/** Adds what is known about how conditions depend on each other. */
export type Relations = (leaves: readonly KnownLeaf[], solver: Solver) => void;

/** A condition and the variable that stands for it. */
export interface KnownLeaf {
  readonly rule: LeafRule;
  readonly variable: number;
}

/** Clauses that all questions about a set of rules, and one of them, may look at. Some seconds at most. */
const totalBudget = 60_000_000;
const budgetPerQuestion = 2_000_000;
/** Questions about more decisions than this share one set of clauses; building them anew would cost more. */
const fewDecisions = 8;

const always: Rule = { operator: 'AND', conditions: [] };

export class Logic {
  readonly #rules: readonly Rule[];
  readonly #relations: Relations;
  #shared: Shared | undefined;
  #left = totalBudget;
  #unanswered = 0;

  /** @param rules Conditions of decisions; undefined matches always. */
  constructor(rules: readonly (Rule | undefined)[], relations: Relations) {
    this.#rules = rules.map((rule) => rule ?? always);
    this.#relations = relations;
  }

  /** Questions that the budget did not suffice for. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** Whether some request matches decision `index`; undefined if that was too much work, as everywhere here. */
  canMatch(index: number): boolean | undefined {
    return this.#canHold([this.#rule(index)], []);
  }

  /** Whether some request does not match decision `index`. */
  canFail(index: number): boolean | undefined {
    return this.#canHold([], [this.#rule(index)]);
  }

  canMatchBoth(first: number, second: number): boolean | undefined {
    return this.#canHold([this.#rule(first), this.#rule(second)], []);
  }

  /** Whether some request matches `index` and none of `others`. */
  canMatchWithout(index: number, others: readonly number[]): boolean | undefined {
    if (others.length <= fewDecisions) {
      return this.#canHold(
        [this.#rule(index)],
        others.map((other) => this.#rule(other)),
      );
    }
    this.#shared ??= this.#share();
    const { solver, matches, fails } = this.#shared;
    return this.#ask(solver, [matches[index], ...others.map((other) => fails[other])]);
  }

  /** Whether all of `rules` can hold together. */
  canHold(rules: readonly Rule[]): boolean | undefined {
    return this.#canHold(rules, []);
  }

  #rule(index: number): Rule {
    return this.#rules[index] ?? always;
  }

  #canHold(rules: readonly Rule[], negated: readonly Rule[]): boolean | undefined {
    const clauses = new Clauses();
    const wanted = [
      ...rules.map((rule) => clauses.literalOf(rule, true)),
      ...negated.map((rule) => clauses.literalOf(rule, false)),
    ];
    this.#relations(clauses.leaves, clauses.solver);
    return this.#ask(clauses.solver, wanted);
  }

  #share(): Shared {
    const clauses = new Clauses();
    const matches = this.#rules.map((rule) => clauses.literalOf(rule, true));
    const fails = this.#rules.map((rule) => clauses.literalOf(rule, false));
    this.#relations(clauses.leaves, clauses.solver);
    return { solver: clauses.solver, matches, fails };
  }

  #ask(solver: Solver, assumptions: readonly (Literal | undefined)[]): boolean | undefined {
    const budget: Budget = { left: Math.min(budgetPerQuestion, this.#left) };
    const before = budget.left;
    const given = assumptions.flatMap((literal) => literal ?? []);
    const answer = this.#left <= 0 ? undefined : solver.solve(given, budget);
    this.#left -= before - budget.left;
    if (answer === undefined) this.#unanswered++;
    return answer;
  }
}

/** Clauses of all decisions, for questions about many of them. */
interface Shared {
  readonly solver: Solver;
  /** By decision: a literal that makes it match, or fail. */
  readonly matches: readonly Literal[];
  readonly fails: readonly Literal[];
}

/** Turns rules into clauses. */
class Clauses {
  readonly solver = new Solver();
  readonly #leaves = new Map<string, KnownLeaf>();

  get leaves(): readonly KnownLeaf[] {
    return [...this.#leaves.values()];
  }

  /** A literal that, if true, makes `rule` be `wanted` (Plaisted and Greenbaum 1986: one direction is enough). */
  literalOf(rule: Rule, wanted: boolean): Literal {
    if (!isComposite(rule)) {
      const variable = this.#variableOf(rule);
      return wanted ? variable : -variable;
    }
    if (rule.operator === 'NOT') {
      const [child] = rule.conditions;
      return this.literalOf(child ?? { operator: 'OR', conditions: [] }, !wanted);
    }
    const parts = rule.conditions.map((condition) => this.literalOf(condition, wanted));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const literal = this.solver.newVariable();
    if ((rule.operator === 'AND') === wanted) for (const part of parts) this.solver.add([-literal, part]);
    else this.solver.add([-literal, ...parts]);
    return literal;
  }

  #variableOf(rule: LeafRule): number {
    const key = leafKey(rule);
    let leaf = this.#leaves.get(key);
    if (leaf === undefined) {
      leaf = { rule, variable: this.solver.newVariable() };
      this.#leaves.set(key, leaf);
    }
    return leaf.variable;
  }
}

/** The same for conditions that are the same question. */
export function leafKey(rule: LeafRule): string {
  const fields = Object.entries(rule).filter(([, value]) => value !== undefined);
  // Nearly all conditions are of this kind.
  if (fields.length === 2) return `${rule.type}\n${rule.name}`;
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
