/**
 * Everything there is to say about one routed request: signals with their margins, decisions with what lost them,
 * and the smallest changes that would have given another one.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import { type Blocker, blockersOf } from '../decision/blockers.js';
import { type Alternative, alternatives } from '../decision/counterfactual-search.js';
import type { DecisionTrace, Evaluation, SignalReport } from '../decision/evaluation.js';
import { routingOf } from '../decision/routing-of.js';
import type { Router } from '../selection/types.js';
import type { SignalOutcome, StandIn } from '../signals/types.js';
import { type Edit, verifiedEdits } from './edits.js';

/** A number and what it was compared with. */
export interface Measured {
  readonly value: number | undefined;
  readonly threshold: number | undefined;
  /** `value - threshold`: positive on the side of a match. */
  readonly margin: number | undefined;
}

export interface ExplainedSignal extends Measured {
  readonly type: string;
  readonly name: string;
  readonly cost: SignalReport['cost'];
  readonly outcome: SignalOutcome['status'] | 'not_asked';
  readonly score: number | undefined;
  readonly evidence: readonly string[] | undefined;
  /** Why it is unavailable. */
  readonly reason: string | undefined;
  /** Who answered in place of its service, and why. */
  readonly stand_in: StandIn | undefined;
  readonly milliseconds: number | undefined;
}

export interface LostBy extends Measured {
  /** `family:name`. */
  readonly condition: string;
  readonly path: string;
  readonly needs: Blocker['needs'];
  readonly outcome: ExplainedSignal['outcome'];
}

export interface ExplainedDecision {
  readonly name: string;
  readonly priority: number;
  readonly tier: number;
  readonly result: 'won' | 'matched' | 'lost' | 'undecided';
  readonly confidence: number;
  readonly verdict: string;
  /** Conditions that kept it from matching. */
  readonly lost_by: readonly LostBy[];
}

export interface ExplainedChange extends Measured {
  readonly condition: string;
  readonly change: 'match' | 'unmatch' | 'score';
  /** Confidence that `score` asks for. */
  readonly to: number | undefined;
  /** Share of its threshold that the signal was away from it. */
  readonly distance: number | undefined;
}

export interface Counterfactual {
  /** Who would have won; null: no decision. */
  readonly decision: string | null;
  /** Who would have answered; null: nobody. */
  readonly model: string | null;
  readonly changes: readonly ExplainedChange[];
  readonly cost: number;
  /** Numbers and words to change; there only if the request, evaluated with them, gives this decision. */
  readonly edits: readonly Edit[] | undefined;
}

export interface Explanation {
  readonly signals: readonly ExplainedSignal[];
  /** In the order in which they win. */
  readonly decisions: readonly ExplainedDecision[];
  /** Smallest first. */
  readonly counterfactuals: readonly Counterfactual[];
  /** False if the search was cut short, so that there may be smaller ones. */
  readonly counterfactuals_complete: boolean;
}

/** An explanation with the alternatives in full, for printing. */
export interface ExplainedRequest {
  readonly explanation: Explanation;
  readonly alternatives: readonly {
    readonly alternative: Alternative;
    readonly edits: readonly Edit[] | undefined;
  }[];
}

/** Explains `evaluation`, which must be a full one of `request` by `router`. */
export async function explainRequest(
  router: Router,
  request: RoutingRequest,
  evaluation: Evaluation,
): Promise<ExplainedRequest> {
  const { config } = router.loaded;
  const search = alternatives(config, evaluation);
  const found: ExplainedRequest['alternatives'][number][] = [];
  for (const alternative of search.alternatives) {
    found.push({ alternative, edits: await verifiedEdits(alternative, router, request, evaluation) });
  }
  const winner = evaluation.decision?.name;
  return {
    alternatives: found,
    explanation: {
      signals: evaluation.signals.map(explainSignal),
      decisions: evaluation.trace().map((trace) => explainDecision(trace, winner)),
      counterfactuals: found.map(({ alternative, edits }) => ({
        decision: alternative.winner?.name ?? null,
        model: modelOf(alternative.winner?.name, router, evaluation),
        changes: alternative.changes.map(({ type, name, kind, to, distance, outcome }) => ({
          condition: `${type}:${name}`,
          change: kind,
          to,
          distance,
          ...measuredOf(outcome),
        })),
        cost: alternative.cost,
        edits,
      })),
      counterfactuals_complete: search.complete,
    },
  };
}

/** Value, threshold and margin of an outcome, as far as it has them. */
export function measuredOf(outcome: SignalOutcome | undefined): Measured {
  if (outcome === undefined || outcome.status === 'unavailable') {
    return { value: undefined, threshold: undefined, margin: undefined };
  }
  const { value = outcome.score, threshold } = outcome;
  const margin = value === undefined || threshold === undefined ? undefined : value - threshold;
  return { value, threshold, margin };
}

function explainSignal({ type, name, cost, outcome, milliseconds }: SignalReport): ExplainedSignal {
  const known = outcome === undefined || outcome.status === 'unavailable' ? undefined : outcome;
  return {
    type,
    name,
    cost,
    outcome: outcome?.status ?? 'not_asked',
    score: known?.score,
    ...measuredOf(outcome),
    evidence: known?.evidence,
    reason: outcome?.status === 'unavailable' ? outcome.reason : undefined,
    stand_in: known?.standIn,
    milliseconds,
  };
}

function explainDecision(trace: DecisionTrace, winner: string | undefined): ExplainedDecision {
  const { name, priority, tier, truth, confidence, verdict, rules } = trace;
  const results = { true: 'matched', false: 'lost', unknown: 'undecided' } as const;
  return {
    name,
    priority,
    tier,
    result: name === winner ? 'won' : results[truth],
    confidence,
    verdict,
    lost_by:
      rules === undefined || truth !== 'false'
        ? []
        : blockersOf(rules).map(({ leaf, path, needs }) => ({
            condition: `${leaf.type}:${leaf.name}`,
            path,
            needs,
            outcome: leaf.outcome?.status ?? 'not_asked',
            ...measuredOf(leaf.outcome),
          })),
  };
}

function modelOf(
  decision: string | undefined,
  { loaded }: Router,
  evaluation: Pick<Evaluation, 'recipe'>,
): string | null {
  const { defaultModel = null } = loaded.config;
  const { decisions } = routingOf(loaded.config, evaluation);
  const [first] = decisions.find(({ name }) => name === decision)?.modelRefs ?? [];
  return first === undefined ? defaultModel : (first.loraName ?? first.model);
}
