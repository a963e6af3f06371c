/**
 * Conditions that ask more of a signal than whether it matched: for the number it measures, for one of
 * its labels, or what to do if it has no answer.
 *
 * @module
 */
import { compareWith, type Predicate } from '../signals/predicate.js';
import type { SignalOutcome } from '../signals/types.js';
import type { LeafRule } from './types.js';

/** Whether a condition is more than the signal's own outcome. */
export function isPlain({ label, predicate, on_error, on_unknown }: LeafRule): boolean {
  return label === undefined && predicate === undefined && on_error === undefined && on_unknown === undefined;
}

const signs = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** How a condition is called in traces, e.g. `tone:angry >= 0.6`. */
export function conditionName({ name, label, predicate, on_error, on_unknown }: LeafRule): string {
  const named = label === undefined ? name : `${name}:${label}`;
  const bounds = (['gt', 'gte', 'lt', 'lte'] as const).flatMap((key) => {
    const bound = predicate?.[key];
    return bound === undefined ? [] : [`${signs[key]} ${bound}`];
  });
  const policies = [
    ...(on_error === undefined ? [] : [`on_error ${on_error}`]),
    ...(on_unknown === undefined ? [] : [`on_unknown ${on_unknown}`]),
  ];
  const tail = policies.length === 0 ? [] : [`(${policies.join(', ')})`];
  return [named, ...(bounds.length === 0 ? [] : [bounds.join(' and ')]), ...tail].join(' ');
}

/** Least value of a label without bounds of its own, where the signal states none. */
const labelThreshold = 0.5;

/** What a condition comes to. */
export interface Answer {
  readonly outcome: SignalOutcome;
  /** True if there is no answer and the configuration forbids to go on without one. */
  readonly fails: boolean;
}

/** Answer of a condition. Without one of the signal's it follows `on_error`, else `on_unknown`. */
export function answerOf(rule: LeafRule, signal: SignalOutcome): Answer {
  const { label, predicate, on_unknown } = rule;
  if (signal.status === 'unavailable') {
    const policy = rule.on_error ?? on_unknown;
    // Without a policy of its own the condition follows that of the signal.
    return policy === undefined ? { outcome: signal, fails: false } : unanswered(policy, signal.reason);
  }
  if (label === undefined && predicate === undefined) return { outcome: signal, fails: false };
  const number = label === undefined ? (signal.value ?? signal.score) : signal.values?.[label];
  if (number === undefined) {
    const what = label === undefined ? 'it measures no number' : `it reports no label \`${label}\``;
    return unanswered(on_unknown, what);
  }
  const bounds: Predicate = predicate ?? { gte: signal.threshold ?? labelThreshold };
  const holds = Number.isFinite(number) && compareWith(number, bounds).holds;
  const threshold = bounds.gte ?? bounds.gt;
  // The value of a label is a probability; a count or a number of tokens says nothing of confidence.
  const score = label !== undefined && number >= 0 && number <= 1 ? number : undefined;
  return {
    outcome: {
      status: holds ? 'matched' : 'not_matched',
      value: number,
      ...(score !== undefined && { score }),
      ...(threshold !== undefined && { threshold }),
      ...(signal.evidence !== undefined && { evidence: signal.evidence }),
    },
    fails: false,
  };
}

function unanswered(policy: LeafRule['on_unknown'], reason: string): Answer {
  if (policy !== 'match') {
    return { outcome: { status: 'unavailable', reason }, fails: policy === 'fail_request' };
  }
  return { outcome: { status: 'matched', evidence: [`counts as a match: ${reason}`] }, fails: false };
}
