/**
 * `context`: how many tokens the whole request has.
 *
 * @module
 */
import { z } from 'zod';
import { description } from './rule-fields.js';
import type { SignalFamily } from './types.js';

const tokenCountPattern = /^(\d+(?:\.\d+)?|\.\d+)\s*([km]?)$/i;
const multipliers: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 };

/** Reads `2000`, `"2K"` or `"1.5M"` (K = 1000, M = 10⁶); undefined if it is no token count. */
export function parseTokenCount(value: string | number): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  const [, digits, suffix] = tokenCountPattern.exec(value.trim()) ?? [];
  if (digits === undefined || suffix === undefined) return undefined;
  // Rounded, because 1.001K is 1000.9999999999999 in binary floating point.
  return Math.round(Number(digits) * (multipliers[suffix.toLowerCase()] ?? 1));
}

const tokenCount = z
  .union([z.string(), z.number()])
  .refine((value) => value === '' || parseTokenCount(value) !== undefined, {
    message: 'Expected a token count such as 2000, "2K" or "1.5M".',
  });

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  min_tokens: tokenCount.optional().describe('Fewest tokens, inclusive; `K` = 1000, `M` = 10⁶. Default 0.'),
  max_tokens: tokenCount.optional().describe('Most tokens, inclusive. No upper bound if left out.'),
});

type ContextRule = z.infer<typeof schema>;

/** Older files write '' for a bound they do not set. */
function bound(value: string | number | undefined): number | undefined {
  return value === undefined || value === '' ? undefined : parseTokenCount(value);
}

export const contextFamily: SignalFamily<ContextRule> = {
  type: 'context',
  configKey: 'context',
  summary: 'Matches by the estimated number of prompt tokens of the whole request.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      const minimum = bound(rule.min_tokens);
      const maximum = bound(rule.max_tokens);
      if (minimum === undefined && maximum === undefined) {
        report(
          index,
          [],
          'has neither min_tokens nor max_tokens, so every request would match; give one of them',
        );
      }
      if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
        report(
          index,
          ['min_tokens'],
          `found ${minimum}, which is more than max_tokens (${maximum}); swap them`,
        );
      }
    });
  },
  compile(rules) {
    return rules.map((rule) => {
      const minimum = bound(rule.min_tokens) ?? 0;
      const maximum = bound(rule.max_tokens) ?? Number.POSITIVE_INFINITY;
      return {
        name: rule.name,
        evaluate(request) {
          const value = request.contextTokens();
          return { status: value >= minimum && value <= maximum ? 'matched' : 'not_matched', value };
        },
      };
    });
  },
};
