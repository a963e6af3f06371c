/**
 * Durations such as `300s`, `5m`, `1500ms`, `2h`, `1m30s`.
 *
 * @module
 */
const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Largest delay that timers accept: 2^31 − 1 milliseconds. */
const longest = 2_147_483_647;

/** Milliseconds of a duration, or undefined if `text` is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    if (unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h') total += Number(amount) * units[unit];
  }
  return Math.round(total);
}

/** Whether `milliseconds` can be waited for. */
export function isUsableDuration(milliseconds: number): boolean {
  return milliseconds >= 1 && milliseconds <= longest;
}
