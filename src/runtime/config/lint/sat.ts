/**
 * Whether a set of clauses can be satisfied: unit propagation with two watched literals and backtracking (Davis,
 * Logemann and Loveland 1962; watches as in Moskewicz et al. 2001). Exact, within a budget.
 *
 * Conditions of routing policies are small and shallow; learning of clauses would not pay here.
 *
 * @module
 */

/** A variable (1, 2, …), or its negation as the negative number. */
export type Literal = number;

/** What is left to spend, in clauses looked at; shared between questions. */
export interface Budget {
  left: number;
}

interface Choice {
  /** Length of the trail before it. */
  readonly mark: number;
  readonly literal: Literal;
  readonly isSecond: boolean;
  /** Variable from which to look for the next unassigned one. */
  readonly from: number;
}

const TRUE = 1;
const FALSE = -1;

export class Solver {
  #variables = 0;
  /** By variable: 1, -1, or 0 for none. */
  #values = new Int8Array(64);
  /** Clauses that watch a literal, by its index. */
  readonly #watches: number[][] = [[], []];
  readonly #clauses: Literal[][] = [];
  readonly #facts: Literal[] = [];
  #contradiction = false;
  readonly #trail: Literal[] = [];
  /** Position in the trail up to which consequences are drawn. */
  #drawn = 0;
  /** Clauses looked at so far. */
  #looked = 0;

  newVariable(): number {
    this.#variables++;
    this.#watches.push([], []);
    if (this.#variables >= this.#values.length) {
      const larger = new Int8Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    return this.#variables;
  }

  /** Requires that at least one of `literals` is true, from now on. */
  add(literals: readonly Literal[]): void {
    const seen = new Set(literals);
    const distinct = [...seen];
    if (distinct.some((literal) => seen.has(-literal))) return;
    const [first, second] = distinct;
    if (first === undefined) this.#contradiction = true;
    else if (second === undefined) this.#facts.push(first);
    else {
      const index = this.#clauses.push(distinct) - 1;
      this.#watch(first, index);
      this.#watch(second, index);
    }
  }

  /** Whether all clauses and `assumptions` can be true together; undefined if the budget does not suffice. */
  solve(assumptions: readonly Literal[], budget: Budget): boolean | undefined {
    if (this.#contradiction) return false;
    this.#undo(0);
    for (const literal of [...this.#facts, ...assumptions]) {
      if (!this.#assign(literal)) return false;
    }
    if (!this.#spend(budget)) return false;
    const choices: Choice[] = [];
    let from = 1;
    for (;;) {
      while (from <= this.#variables && this.#values[from] !== 0) from++;
      if (from > this.#variables) return true;
      if (budget.left <= 0) return undefined;
      // Most conditions do not hold in most requests.
      let choice: Choice = { mark: this.#trail.length, literal: -from, isSecond: false, from };
      for (;;) {
        choices.push(choice);
        this.#assign(choice.literal);
        if (this.#spend(budget)) break;
        let last = choices.pop();
        while (last?.isSecond) last = choices.pop();
        if (last === undefined) return false;
        this.#undo(last.mark);
        if (budget.left <= 0) return undefined;
        choice = { mark: last.mark, literal: -last.literal, isSecond: true, from: last.from };
        from = last.from;
      }
    }
  }

  /** As {@link #draw}, paid for. */
  #spend(budget: Budget): boolean {
    const [looked, drawn] = [this.#looked, this.#drawn];
    const consistent = this.#draw();
    budget.left -= this.#looked - looked + this.#drawn - drawn;
    return consistent;
  }

  #watch(literal: Literal, clause: number): void {
    this.#watches[indexOf(literal)]?.push(clause);
  }

  #valueOf(literal: Literal): number {
    const value = this.#values[Math.abs(literal)] ?? 0;
    return literal > 0 ? value : -value;
  }

  /** False if the opposite holds already. */
  #assign(literal: Literal): boolean {
    const value = this.#valueOf(literal);
    if (value !== 0) return value === TRUE;
    this.#values[Math.abs(literal)] = literal > 0 ? TRUE : FALSE;
    this.#trail.push(literal);
    return true;
  }

  #undo(length: number): void {
    while (this.#trail.length > length) this.#values[Math.abs(this.#trail.pop() ?? 0)] = 0;
    this.#drawn = Math.min(this.#drawn, length);
  }

  /** Draws all consequences of what is assigned; false at a contradiction. */
  #draw(): boolean {
    while (this.#drawn < this.#trail.length) {
      const literal = this.#trail[this.#drawn++] ?? 0;
      if (!this.#visit(-literal)) {
        this.#drawn = this.#trail.length;
        return false;
      }
    }
    return true;
  }

  /** Looks at the clauses that watch `literal`, which has become false. */
  #visit(literal: Literal): boolean {
    const watching = this.#watches[indexOf(literal)] ?? [];
    let kept = 0;
    this.#looked += watching.length;
    for (let at = 0; at < watching.length; at++) {
      const index = watching[at] ?? 0;
      const clause = this.#clauses[index] ?? [];
      // The two watched literals are kept at the front.
      if (clause[0] === literal) swap(clause, 0, 1);
      const other = clause[0] ?? 0;
      if (this.#valueOf(other) !== TRUE && this.#moveWatch(clause, index)) continue;
      watching[kept++] = index;
      if (this.#assign(other)) continue;
      for (let rest = at + 1; rest < watching.length; rest++) watching[kept++] = watching[rest] ?? 0;
      watching.length = kept;
      return false;
    }
    watching.length = kept;
    return true;
  }

  /** Finds another literal to watch than the false one at position 1. */
  #moveWatch(clause: Literal[], index: number): boolean {
    for (let at = 2; at < clause.length; at++) {
      const candidate = clause[at] ?? 0;
      if (this.#valueOf(candidate) === FALSE) continue;
      swap(clause, 1, at);
      this.#watch(candidate, index);
      return true;
    }
    return false;
  }
}

function indexOf(literal: Literal): number {
  return literal > 0 ? literal * 2 : -literal * 2 + 1;
}

function swap(list: Literal[], a: number, b: number): void {
  const kept = list[a] ?? 0;
  list[a] = list[b] ?? 0;
  list[b] = kept;
}
