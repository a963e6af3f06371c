/**
 * How often and how long to wait before asking again.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';

export interface RetryPolicy {
  /** Tries without any progress, the first one included. */
  readonly attempts: number;
  /** First pause in milliseconds; doubled each time, up to `longestPauseMs`. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** A server that asks for a longer wait than this is not waited for. */
  readonly longestAskedMs: number;
  /** Replaced by tests, which must not wait. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  pauseMs: 500,
  longestPauseMs: 8_000,
  longestAskedMs: 300_000,
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/**
 * Pause after the `failures`-th failure in a row, milliseconds; with a random part, so that many that were cut
 * off together do not come back together.
 */
export function pauseAfter(failures: number, policy: RetryPolicy): number {
  const full = Math.min(policy.longestPauseMs, policy.pauseMs * 2 ** (failures - 1));
  return full / 2 + (Math.random() * full) / 2;
}

/**
 * How long a server asks to wait, milliseconds: `Retry-After` in seconds or as a date, else the reset time of
 * a `RateLimit` header. Undefined if it does not say.
 */
export function askedPause(
  headers: Readonly<Record<string, string | undefined>>,
  now: number,
): number | undefined {
  const after = headers['retry-after']?.trim();
  if (after !== undefined && /^\d+(?:\.\d+)?$/.test(after)) return Number(after) * 1000;
  const date = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const reset = /(?:^|[;,\s])t=(\d+)/.exec(headers.ratelimit ?? '');
  return reset === null ? undefined : Number(reset[1]) * 1000;
}
