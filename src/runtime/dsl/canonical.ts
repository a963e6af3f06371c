/**
 * The form of the routing part of a configuration that compiling gives: of several ways to say the same, one.
 *
 * @module
 */

import { isRecord } from '../config/raw.js';
import type { Operator } from '../decision/types.js';

type Plain = Readonly<Record<string, unknown>>;

/** The keys of a configuration that the DSL is about. */
export const routingKeys = ['routing', 'entrypoints', 'recipes'] as const;

/** Lists of a decision that mean nothing when they are empty. */
const decisionLists: readonly string[] = ['modelRefs', 'plugins', 'emits', 'candidateIterations'];

/** A rule that matches every request. */
const always = (): Plain => ({ operator: 'AND', conditions: [] });

/**
 * The routing part of a configuration's plain values: `routing`, `entrypoints` and `recipes`.
 * Empty lists and sections are left out, a decision without rules has the rule that always holds, the root of
 * a rule is an operator, and an AND or OR of one condition below it is that condition.
 */
export function canonicalRouting(config: unknown): Plain {
  const result: Record<string, unknown> = {};
  if (!isRecord(config)) return result;
  if (isRecord(config.routing)) {
    const routing = canonicalScope(config.routing);
    if (Object.keys(routing).length > 0) result.routing = routing;
  } else if (config.routing !== undefined) result.routing = config.routing;
  if (!isEmptyPart(config.entrypoints)) result.entrypoints = config.entrypoints;
  if (!isEmptyPart(config.recipes)) {
    result.recipes = Array.isArray(config.recipes) ? config.recipes.map(canonicalRecipe) : config.recipes;
  }
  return result;
}

function isEmptyPart(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function canonicalRecipe(recipe: unknown): unknown {
  if (!isRecord(recipe)) return recipe;
  return {
    ...recipe,
    routing: isRecord(recipe.routing) ? canonicalScope(recipe.routing) : (recipe.routing ?? {}),
  };
}

function canonicalScope(routing: Plain): Plain {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(routing)) {
    const canonical = canonicalSection(key, value);
    const isSection = ['modelCards', 'signals', 'projections', 'decisions'].includes(key);
    if (!isSection || !isEmptyPart(canonical)) result[key] = canonical;
  }
  return result;
}

function canonicalSection(key: string, value: unknown): unknown {
  if (key === 'decisions' && Array.isArray(value)) return value.map(canonicalDecision);
  if ((key !== 'signals' && key !== 'projections') || !isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, rules]) => !isEmptyPart(rules)));
}

function canonicalDecision(decision: unknown): unknown {
  if (!isRecord(decision)) return decision;
  const kept = Object.entries(decision).filter(([key, value]) => {
    return key !== 'rules' && !(decisionLists.includes(key) && isEmptyPart(value));
  });
  return { ...Object.fromEntries(kept), rules: canonicalRoot(decision.rules) };
}

function canonicalRoot(rules: unknown): unknown {
  if (rules === undefined || rules === null) return always();
  if (!isWellFormed(rules)) return rules;
  const rule = collapse(rules);
  return isLeaf(rule) ? { operator: 'AND', conditions: [rule] } : rule;
}

/** A condition. */
export interface PlainLeaf extends Plain {
  readonly type: string;
  readonly name: string;
}

export interface PlainJoin extends Plain {
  readonly operator: Operator;
  readonly conditions: readonly PlainRule[];
}

export type PlainRule = PlainLeaf | PlainJoin;

/** Whether a rule has a form that the router would accept, so that a condition can be written for it. */
export function isWellFormed(rule: unknown): rule is PlainRule {
  if (!isRecord(rule)) return false;
  const { operator, conditions, type, name } = rule;
  if (operator === undefined && conditions === undefined) {
    return typeof type === 'string' && type !== '' && typeof name === 'string' && name !== '';
  }
  if (!Array.isArray(conditions) || Object.keys(rule).length !== 2) return false;
  const { length } = conditions;
  const fits =
    operator === 'AND' || (operator === 'OR' && length > 0) || (operator === 'NOT' && length === 1);
  return fits && conditions.every(isWellFormed);
}

export function isLeaf(rule: PlainRule): rule is PlainLeaf {
  return rule.operator === undefined;
}

function collapse(rule: PlainRule): PlainRule {
  if (isLeaf(rule)) return rule;
  const [first] = rule.conditions;
  if (rule.operator !== 'NOT' && first !== undefined && rule.conditions.length === 1) return collapse(first);
  return { operator: rule.operator, conditions: rule.conditions.map(collapse) };
}
