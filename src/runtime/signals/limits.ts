/**
 * How long a signal may take, and what its condition is worth while it has no answer.
 *
 * @module
 */
import { z } from 'zod';
import { messageOf } from '../errors.js';
import type { CompiledRule, MaybePromise, SignalOutcome, SignalRequest } from './types.js';

export const unavailablePolicies = ['no_match', 'match'] as const;
export type UnavailablePolicy = (typeof unavailablePolicies)[number];

const deadline = z.number().int().min(1).max(600_000).optional();
const policy = z.enum(unavailablePolicies).optional();

const overrideSchema = z.strictObject({
  deadline_ms: deadline.describe('As above, here alone.'),
  on_unavailable: policy.describe('As above, here alone.'),
});

export const signalLimitsSchema = z
  .strictObject({
    deadline_ms: deadline.describe(
      'Longest time for one signal, milliseconds; after it the signal is `unavailable` and evaluation goes on. Signals of microseconds are never cut. Default: none, calls of other services end by their own timeouts. A guard that is cut has not looked: set `on_unavailable: match` for it.',
    ),
    on_unavailable: policy.describe(
      'What a signal without an answer counts as: `no_match` (default, fails open) or `match` (a guard fails closed). `on_error` and `on_unknown` of a condition say it for that condition.',
    ),
    families: z
      .record(z.string(), overrideSchema)
      .default({})
      .describe('By condition type, e.g. `pii: {on_unavailable: match}`.'),
    rules: z
      .record(z.string(), overrideSchema)
      .default({})
      .describe('By rule, e.g. `jailbreak:strict: {deadline_ms: 500}`.'),
  })
  .describe(
    'Limits for signals; a rule’s own win over those of its family, and these over the general ones.',
  );

export interface Limits {
  readonly deadlineMs: number | undefined;
  readonly onUnavailable: UnavailablePolicy | undefined;
}

export interface SignalLimits extends Limits {
  /** By condition type. */
  readonly families: Readonly<Record<string, Limits>>;
  /** By `type:name`. */
  readonly rules: Readonly<Record<string, Limits>>;
}

type LimitsEntry = z.output<typeof overrideSchema>;

function limitsOf({ deadline_ms, on_unavailable }: LimitsEntry): Limits {
  return { deadlineMs: deadline_ms, onUnavailable: on_unavailable };
}

function each(entries: Readonly<Record<string, LimitsEntry>>): Record<string, Limits> {
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, limitsOf(entry)]));
}

/** The limits of a validated file. */
export function signalLimits(settings: z.output<typeof signalLimitsSchema>): SignalLimits {
  return {
    ...limitsOf(settings),
    families: each(settings.families),
    rules: each(settings.rules),
  };
}

function ownOf(entries: Readonly<Record<string, Limits>>, key: string): Limits | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

/** Limits of a rule: its own, else those of its family, else the general ones. */
export function limitsFor(type: string, name: string, limits: SignalLimits | undefined): Limits {
  const own = limits && ownOf(limits.rules, `${type}:${name}`);
  const family = limits && ownOf(limits.families, type);
  return {
    deadlineMs: own?.deadlineMs ?? family?.deadlineMs ?? limits?.deadlineMs,
    onUnavailable: own?.onUnavailable ?? family?.onUnavailable ?? limits?.onUnavailable,
  };
}

/**
 * The rule under its limits. `cut` says whether its time is limited too: for one that answers at once there
 * is nothing to cut.
 */
export function underLimits(
  rule: CompiledRule,
  type: string,
  cut: boolean,
  limits: SignalLimits | undefined,
): CompiledRule {
  const { deadlineMs: longest, onUnavailable } = limitsFor(type, rule.name, limits);
  const deadlineMs = cut ? longest : undefined;
  const counts = onUnavailable === 'match';
  if (deadlineMs === undefined && !counts) return rule;
  return new LimitedRule(rule, deadlineMs, counts);
}

class LimitedRule implements CompiledRule {
  readonly name: string;
  readonly reads: readonly string[] | undefined;
  readonly standIn: CompiledRule['standIn'];
  readonly #rule: CompiledRule;
  readonly #deadlineMs: number | undefined;
  readonly #counts: boolean;

  constructor(rule: CompiledRule, deadlineMs: number | undefined, counts: boolean) {
    this.name = rule.name;
    this.reads = rule.reads;
    this.standIn = rule.standIn;
    this.#rule = rule;
    this.#deadlineMs = deadlineMs;
    this.#counts = counts;
  }

  warmUp(): Promise<unknown> {
    return this.#rule.warmUp?.() ?? Promise.resolve();
  }

  evaluate(request: SignalRequest, signal?: AbortSignal): MaybePromise<SignalOutcome> {
    const late = this.#deadlineMs === undefined ? undefined : new AbortController();
    let outcome: MaybePromise<SignalOutcome>;
    try {
      outcome = this.#rule.evaluate(request, eitherOf(signal, late?.signal));
    } catch (error) {
      return this.#failed(error);
    }
    if (!(outcome instanceof Promise)) return this.#judged(outcome);
    const settled = outcome.then(
      (answer) => this.#judged(answer),
      (error: unknown) => this.#failed(error),
    );
    return late === undefined ? settled : this.#inTime(settled, late, request);
  }

  #judged(outcome: SignalOutcome): SignalOutcome {
    return this.#counts && outcome.status === 'unavailable' ? { ...outcome, countsAs: 'match' } : outcome;
  }

  #failed(error: unknown): SignalOutcome {
    return this.#judged({ status: 'unavailable', reason: messageOf(error) });
  }

  async #inTime(
    settled: Promise<SignalOutcome>,
    late: AbortController,
    request: SignalRequest,
  ): Promise<SignalOutcome> {
    const answer = await this.#waitFor(settled);
    if (answer !== undefined) return answer;
    const reason = `no answer within its deadline of ${this.#deadlineMs} ms`;
    late.abort(new Error(reason));
    return (await this.#waitFor(this.#insteadOf(request, reason))) ?? this.#failed(reason);
  }

  /** Whoever stands in for the service that was late; they get as much time again. */
  async #insteadOf(request: SignalRequest, reason: string): Promise<SignalOutcome> {
    try {
      return this.#judged((await this.standIn?.(request, reason)) ?? { status: 'unavailable', reason });
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** The outcome if it comes within the deadline. */
  #waitFor(settled: Promise<SignalOutcome>): Promise<SignalOutcome | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), this.#deadlineMs);
      void settled.then((outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
    });
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}
