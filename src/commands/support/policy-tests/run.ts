/**
 * Runs the cases of policy tests. Signals and decisions alone: no model is called.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import { type Alternative, alternatives } from '../../../runtime/decision/counterfactual-search.js';
import { messageOf } from '../../../runtime/errors.js';
import type { CoverageCollector } from '../../../runtime/policy/coverage.js';
import { decisionName, type Miss, missesOf, modelName } from '../../../runtime/policy/expectations.js';
import { none, type PolicyCase } from '../../../runtime/policy/test-file.js';
import type { Plan, Router } from '../../../runtime/selection/types.js';
import { rowRequest } from '../requests.js';

interface ResultBase {
  readonly name: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** What became of one case. */
export type CaseResult =
  | (ResultBase & { readonly status: 'skipped'; readonly reason: string })
  /** The case could not be run, e.g. because its request is none. */
  | (ResultBase & { readonly status: 'broken'; readonly reason: string; readonly milliseconds: number })
  | (ResultBase & {
      readonly status: 'passed' | 'failed';
      readonly misses: readonly Miss[];
      readonly decision: string;
      readonly model: string;
      /** Text that the signals read. */
      readonly text: string;
      readonly milliseconds: number;
      readonly plan: Plan;
      readonly router: Router;
      /** Why the expected decision did not win, by its own account; undefined if that was not the failure. */
      readonly verdict: string | undefined;
      /** The least change that would have met the expectation of the decision; undefined if there is none. */
      readonly nearest: Alternative | undefined;
      /** Signals that could not answer, with the reason. */
      readonly unavailable: readonly { readonly signal: string; readonly reason: string }[];
    });

/** Runs one case; never throws for anything that a case or a signal does. */
export async function runCase(
  test: PolicyCase,
  router: Router,
  coverage: CoverageCollector,
): Promise<CaseResult> {
  const { name, place, skipped, expect } = test;
  const base = { name, line: place?.line, column: place?.column };
  if (skipped !== undefined) return { ...base, status: 'skipped', reason: skipped };
  const started = performance.now();
  try {
    const request = requestOf(test, router);
    const evaluation = await router.evaluate(request, 'full');
    const plan = router.select(evaluation, request);
    coverage.add(evaluation);
    const misses = missesOf(expect, plan);
    const wanted = misses.some(({ field }) => field === 'decision') ? expect.decision?.[0] : undefined;
    return {
      ...base,
      status: misses.length === 0 ? 'passed' : 'failed',
      misses,
      decision: decisionName(evaluation),
      model: modelName(plan),
      text: evaluation.text,
      milliseconds: performance.now() - started,
      plan,
      router,
      verdict: wanted && evaluation.trace().find((trace) => trace.name === wanted)?.verdict,
      nearest: wanted === undefined ? undefined : nearestTo(wanted, plan, router),
      unavailable: evaluation.signals.flatMap((signal) =>
        signal.outcome?.status === 'unavailable'
          ? [{ signal: `${signal.type}:${signal.name}`, reason: signal.outcome.reason }]
          : [],
      ),
    };
  } catch (error) {
    return { ...base, status: 'broken', reason: messageOf(error), milliseconds: performance.now() - started };
  }
}

function nearestTo(wanted: string, { evaluation }: Plan, { loaded }: Router): Alternative | undefined {
  const target =
    wanted === none && !loaded.config.decisions.some(({ name }) => name === none) ? null : wanted;
  return alternatives(loaded.config, evaluation, { target, most: 1 }).alternatives[0];
}

function requestOf({ fields, identity, metadata }: PolicyCase, { loaded }: Router): RoutingRequest {
  const auto = loaded.config.router.autoModelNames[0] ?? 'auto';
  const request = rowRequest(fields, typeof fields.model === 'string' ? fields.model : auto);
  return {
    ...request,
    ...(identity !== undefined && { identity }),
    ...(metadata !== undefined && { metadata }),
  };
}
