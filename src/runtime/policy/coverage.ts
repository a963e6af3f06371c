/**
 * How much of a policy a set of test cases reaches.
 *
 * Three kinds of points count: a decision, reached when it wins; a condition of a rule tree, with two points,
 * reached when it has been seen true and when it has been seen false; a signal, reached when it matches.
 *
 * @module
 */
import type { RouterConfig } from '../config/types.js';
import type { Evaluation, RuleTrace } from '../decision/evaluation.js';
import { qualifiedName, routingsInUse } from '../decision/routing-of.js';

export interface Points {
  readonly total: number;
  readonly reached: number;
}

export interface MissingCondition {
  readonly decision: string;
  /** `family:name`. */
  readonly condition: string;
  /** Place in the rule tree, e.g. `rules.conditions[1]`. */
  readonly path: string;
  /** What no case has shown. */
  readonly never: readonly ('matched' | 'not_matched')[];
}

export interface Coverage {
  /** Reached points of all kinds, 0 to 1; 1 where there is nothing to reach. */
  readonly share: number;
  readonly decisions: Points & { readonly missing: readonly string[] };
  readonly conditions: Points & { readonly missing: readonly MissingCondition[] };
  readonly signals: Points & { readonly missing: readonly string[] };
}

interface Condition {
  readonly decision: string;
  readonly condition: string;
  readonly path: string;
  matched: boolean;
  notMatched: boolean;
}

/** Collects evaluations of one configuration. They must be full ones. */
export class CoverageCollector {
  readonly #decisions: ReadonlyMap<string, { won: boolean }>;
  /** By decision and place in its tree. */
  readonly #conditions = new Map<string, Condition>();
  readonly #signals = new Map<string, boolean>();

  constructor(config: RouterConfig) {
    const names = [...routingsInUse(config)].flatMap(([recipe, { decisions }]) =>
      decisions.map(({ name }) => qualifiedName(recipe, name)),
    );
    this.#decisions = new Map(names.map((name) => [name, { won: false }]));
  }

  add(evaluation: Evaluation): void {
    const { decision, recipe, recorded, via = [] } = evaluation;
    // Decisions that send the request on, or only take it down, have done all they can do.
    const reached = [
      ...via.map((hop) => qualifiedName(hop.recipe, hop.decision)),
      ...[...recorded, ...(decision === undefined ? [] : [decision.name])].map((name) =>
        qualifiedName(recipe, name),
      ),
    ];
    for (const name of reached) {
      const point = this.#decisions.get(name);
      if (point !== undefined) point.won = true;
    }
    for (const { type, name, outcome } of evaluation.signals) {
      const key = `${type}:${name}`;
      this.#signals.set(key, this.#signals.get(key) === true || outcome?.status === 'matched');
    }
    for (const { name, rules } of evaluation.trace()) {
      if (rules !== undefined) this.#addRule(qualifiedName(recipe, name), rules, 'rules');
    }
  }

  #addRule(decision: string, rule: RuleTrace, path: string): void {
    if (rule.kind === 'composite') {
      rule.children.forEach((child, index) => {
        this.#addRule(decision, child, `${path}.conditions[${index}]`);
      });
      return;
    }
    const key = `${decision}\n${path}`;
    const condition = this.#conditions.get(key) ?? {
      decision,
      condition: `${rule.type}:${rule.name}`,
      path,
      matched: false,
      notMatched: false,
    };
    if (rule.truth === 'true') condition.matched = true;
    if (rule.truth === 'false') condition.notMatched = true;
    this.#conditions.set(key, condition);
  }

  report(): Coverage {
    const unwon = [...this.#decisions].filter(([, { won }]) => !won).map(([name]) => name);
    const unmatched = [...this.#signals].filter(([, matched]) => !matched).map(([name]) => name);
    const conditions = [...this.#conditions.values()];
    const missing = conditions.flatMap(({ decision, condition, path, matched, notMatched }) => {
      const never = [
        ...(matched ? [] : (['matched'] as const)),
        ...(notMatched ? [] : (['not_matched'] as const)),
      ];
      return never.length === 0 ? [] : [{ decision, condition, path, never }];
    });
    const points = {
      decisions: pointsOf(this.#decisions.size, unwon.length),
      conditions: pointsOf(
        2 * conditions.length,
        missing.reduce((sum, { never }) => sum + never.length, 0),
      ),
      signals: pointsOf(this.#signals.size, unmatched.length),
    };
    const all = Object.values(points);
    const total = all.reduce((sum, each) => sum + each.total, 0);
    const reached = all.reduce((sum, each) => sum + each.reached, 0);
    return {
      share: total === 0 ? 1 : reached / total,
      decisions: { ...points.decisions, missing: unwon },
      conditions: { ...points.conditions, missing },
      signals: { ...points.signals, missing: unmatched },
    };
  }
}

function pointsOf(total: number, missing: number): Points {
  return { total, reached: total - missing };
}
