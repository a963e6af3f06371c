/**
 * The result of evaluating one request: signals, decisions, and why.
 *
 * @module
 */
import type { Decision } from '../config/types.js';
import type { Encoded } from '../inference/types.js';
import type { Category } from '../signals/domain-category.js';
import type { SignalCost, SignalOutcome } from '../signals/types.js';

/** One signal rule that some decision refers to, and what it said if it was asked. */
export interface SignalReport {
  /** Condition type, e.g. `keyword`. */
  readonly type: string;
  readonly name: string;
  readonly cost: SignalCost;
  /** Undefined if lazy evaluation never needed it. */
  readonly outcome: SignalOutcome | undefined;
  /** Milliseconds from asking to answer; undefined if not asked. */
  readonly milliseconds: number | undefined;
}

export type Truth = 'true' | 'false' | 'unknown';

/** A rule tree with the truth of every node. */
export type RuleTrace =
  | {
      readonly kind: 'leaf';
      readonly type: string;
      readonly name: string;
      readonly truth: Truth;
      readonly confidence: number;
      readonly outcome: SignalOutcome | undefined;
    }
  | {
      readonly kind: 'composite';
      readonly operator: 'AND' | 'OR' | 'NOT';
      readonly truth: Truth;
      readonly confidence: number;
      readonly children: readonly RuleTrace[];
    };

export interface DecisionTrace {
  readonly name: string;
  readonly priority: number;
  readonly tier: number;
  /** What a match does; undefined: the request goes to the decision's models. */
  readonly action?: 'block' | 'route' | 'boost' | 'fallthrough' | undefined;
  readonly truth: Truth;
  /** Lower bound while `truth` is unknown; exact when every leaf that matters is known. */
  readonly confidence: number;
  /** The root of the rule tree; undefined for a decision without rules. */
  readonly rules: RuleTrace | undefined;
  /** One sentence: why it won, or what kept it from winning. */
  readonly verdict: string;
}

/** A decision that sent the request on to another recipe. */
export interface Hop {
  readonly recipe: string;
  readonly decision: string;
}

export interface Evaluation {
  /** Text that the signals read. */
  readonly text: string;
  readonly decision: Decision | undefined;
  /** Confidence of `decision`; 0 without one. */
  readonly confidence: number;
  /** Leaves that made `decision` match, as `type:name`, in rule order. */
  readonly matchedRules: readonly string[];
  /** Decisions ahead of `decision` that matched and only recorded it (`fallthrough`), in winning order. */
  readonly recorded: readonly string[];
  /** The condition without which nothing can be decided (`on_unknown: fail_request`). */
  readonly failure: { readonly type: string; readonly name: string; readonly reason: string } | undefined;
  /** Every signal rule and projection used by a decision. Unasked ones have no outcome. */
  readonly signals: readonly SignalReport[];
  /** All leaves of the engine, by leaf index: the signals, and what is derived from them. */
  readonly conditions: readonly SignalReport[];
  /** Domain label with the highest probability if the domain head ran. */
  readonly category: string | undefined;
  /** All that the domain head says, if it ran. */
  readonly domain?: Category | undefined;
  /** Recipe whose decisions these are; `default` are those under `routing`. */
  readonly recipe?: string;
  /** Decisions of other recipes that sent the request here, first to last. */
  readonly via?: readonly Hop[];
  /** What the encoder says of `text`; undefined if no signal asked it. */
  readonly encoded: Encoded | undefined;
  /** Encoder passes this request took: 0 if none was needed or all came from memory. */
  readonly encoderPasses: number;
  /** Milliseconds for signals and decision together. */
  readonly milliseconds: number;
  /** Explains every decision; computed on demand, from the leaf outcomes of this evaluation. */
  trace(): readonly DecisionTrace[];
}

export type EvaluationMode = 'lazy' | 'full';
