/**
 * Rule trees of decisions and what evaluating them yields.
 *
 * @module
 */
import { z } from 'zod';

export const operators = ['AND', 'OR', 'NOT'] as const;
export type Operator = (typeof operators)[number];

/** A condition on one signal rule. */
export interface LeafRule {
  type: string;
  name: string;
}

export interface CompositeRule {
  operator: Operator;
  conditions: Rule[];
}

export type Rule = LeafRule | CompositeRule;

export function isComposite(rule: Rule): rule is CompositeRule {
  return 'operator' in rule;
}

export const leafRuleSchema = z
  .strictObject({
    type: z.string().min(1).describe('Signal family, e.g. `keyword`, `domain`.'),
    name: z.string().min(1).describe('Name of the signal rule.'),
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
}
