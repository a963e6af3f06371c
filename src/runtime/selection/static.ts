/**
 * `static` selection: the first model reference, or each one's share of the conversations if all have a
 * weight.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { ModelRef } from '../config/types.js';
import { shareOf } from './conversation.js';

/** Whether references share the requests: only if each says how much it takes. */
export function isWeighted(refs: readonly ModelRef[]): boolean {
  return refs.length > 1 && refs.every(({ weight }) => weight !== undefined) && totalOf(refs) > 0;
}

/**
 * The first reference, or the one whose share holds the conversation: deterministic, so that all requests
 * of a conversation get the same model. Undefined for an empty list.
 *
 * @param purpose Keeps the shares of different decisions apart.
 */
export function selectStatic(
  refs: readonly ModelRef[],
  request: RoutingRequest,
  purpose: string,
): ModelRef | undefined {
  if (!isWeighted(refs)) return refs[0];
  let rest = shareOf(request, purpose) * totalOf(refs);
  for (const ref of refs) {
    rest -= ref.weight ?? 0;
    if (rest < 0) return ref;
  }
  return refs.findLast(({ weight = 0 }) => weight > 0);
}

function totalOf(refs: readonly ModelRef[]): number {
  return refs.reduce((sum, { weight = 0 }) => sum + weight, 0);
}
