/**
 * Rule trees of decisions and what evaluating them yields.
 *
 * @module
 */
import { z } from 'zod';
import { type Predicate, predicateSchema } from '../signals/predicate.js';
import type { DecisionAction } from './actions.js';

export const operators = ['AND', 'OR', 'NOT'] as const;
export type Operator = (typeof operators)[number];

/** What a condition on a signal that failed counts as. */
export const errorPolicies = ['no_match', 'match'] as const;
/** What a condition counts as whose signal has no answer. */
export const unknownPolicies = ['no_match', 'match', 'fail_request'] as const;

/** A condition on one signal rule. */
export interface LeafRule {
  type: string;
  name: string;
  label?: string | undefined;
  predicate?: Predicate | undefined;
  on_error?: (typeof errorPolicies)[number] | undefined;
  on_unknown?: (typeof unknownPolicies)[number] | undefined;
}

export interface CompositeRule {
  operator: Operator;
  conditions: Rule[];
}

export type Rule = LeafRule | CompositeRule;

export function isComposite(rule: Rule): rule is CompositeRule {
  return 'operator' in rule;
}

/** Fields of a condition beside `type` and `name`. */
export const leafFields: readonly string[] = ['label', 'predicate', 'on_error', 'on_unknown'];

export const leafRuleSchema = z
  .strictObject({
    type: z.string().min(1).describe('Signal family, e.g. `keyword`, `domain`.'),
    name: z.string().min(1).describe('Name of the signal rule.'),
    label: z
      .string()
      .min(1)
      .optional()
      .describe("Label whose value counts, for signals that report one per label, such as a classifier's."),
    predicate: predicateSchema
      .optional()
      .describe('Bounds for the number that the signal measures, instead of its own threshold.'),
    on_error: z
      .enum(errorPolicies)
      .optional()
      .describe('What the condition counts as if the signal cannot be computed. Default: as `on_unknown`.'),
    on_unknown: z
      .enum(unknownPolicies)
      .optional()
      .describe(
        'What the condition counts as if there is no answer: `no_match` (default), `match`, or `fail_request`, which refuses the request if the answer would matter.',
      ),
  })
  .describe('A condition on one signal.');

/** Schema of a rule tree: a leaf, or an operator over further rules. */
export const ruleSchema: z.ZodType<Rule> = z.lazy(() => z.union([compositeRuleSchema, leafRuleSchema]));

const compositeRuleSchema: z.ZodType<CompositeRule> = z
  .strictObject({
    operator: z.enum(operators).describe('AND: all; OR: at least one; NOT: exactly one condition, negated.'),
    conditions: z.array(ruleSchema).describe('An empty AND is a catch-all and always matches.'),
  })
  .describe('Conditions joined by an operator.');

export const strategies = ['priority', 'confidence'] as const;
/** How the winner is chosen among matched decisions. */
export type Strategy = (typeof strategies)[number];

/** The part of a decision that the engine reads. */
export interface DecisionSpec {
  readonly name: string;
  readonly priority: number;
  /** 0 means untiered. */
  readonly tier: number;
  /** Undefined matches every request with confidence 0. */
  readonly rules: Rule | undefined;
  /** What a match does. Left out: requests go to the decision's models. */
  readonly action?: DecisionAction | undefined;
}
