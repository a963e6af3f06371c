import { describe, expect, it } from 'vitest';
import { signalLimits, signalLimitsSchema, underLimits } from '../../../src/runtime/signals/limits.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import type { CompiledRule, SignalOutcome } from '../../../src/runtime/signals/types.js';
import { userSays } from './fake-request.js';

const request = createSignalRequest(userSays('x'), undefined);
const matched: SignalOutcome = { status: 'matched', score: 0.7 };
const gone: SignalOutcome = { status: 'unavailable', reason: 'no model' };

const limits = (raw: unknown) => signalLimits(signalLimitsSchema.parse(raw));

function rule(
  answer: (signal: AbortSignal | undefined) => ReturnType<CompiledRule['evaluate']>,
): CompiledRule {
  return { name: 'r', evaluate: (_, signal) => answer(signal) };
}

describe('limits of signals', () => {
  it('leave a rule as it is where there are none', () => {
    const own = rule(() => matched);
    expect(underLimits(own, 'pii', true, undefined)).toBe(own);
    expect(underLimits(own, 'pii', true, limits({}))).toBe(own);
    expect(underLimits(own, 'keyword', false, limits({ deadline_ms: 5 }))).toBe(own);
  });

  it('end the wait for a signal that takes too long, and tell it', async () => {
    let told: AbortSignal | undefined;
    const slow = rule((signal) => {
      told = signal;
      return new Promise(() => {});
    });
    const outcome = await underLimits(slow, 'pii', true, limits({ deadline_ms: 5 })).evaluate(request);
    expect(outcome).toEqual({ status: 'unavailable', reason: 'no answer within its deadline of 5 ms' });
    expect(told?.aborted).toBe(true);
  });

  it('do not change an answer that is in time', async () => {
    const limited = (own: CompiledRule) => underLimits(own, 'pii', true, limits({ deadline_ms: 60_000 }));
    expect(await limited(rule(async () => matched)).evaluate(request)).toEqual(matched);
    expect(limited(rule(() => matched)).evaluate(request)).toEqual(matched);
    const failing = limited(rule(() => Promise.reject(new Error('broken'))));
    expect(await failing.evaluate(request)).toEqual({ status: 'unavailable', reason: 'broken' });
  });

  it('prefer those of the rule to those of the family, and these to the general ones', async () => {
    const all = limits({
      on_unavailable: 'match',
      families: { pii: { on_unavailable: 'no_match' } },
      rules: { 'pii:r': { on_unavailable: 'match' } },
    });
    const counted = { ...gone, countsAs: 'match' };
    expect(
      await underLimits(
        rule(() => gone),
        'jailbreak',
        true,
        all,
      ).evaluate(request),
    ).toEqual(counted);
    expect(
      await underLimits(
        rule(() => gone),
        'pii',
        true,
        all,
      ).evaluate(request),
    ).toEqual(counted);
    const other = { ...rule(() => gone), name: 'other' };
    expect(await underLimits(other, 'pii', true, all).evaluate(request)).toEqual(gone);
  });

  it('let what throws or comes late count as configured too', async () => {
    const closed = limits({ on_unavailable: 'match', deadline_ms: 5 });
    const throwing = rule(() => {
      throw new Error('broken');
    });
    const counted = { status: 'unavailable', countsAs: 'match' };
    expect(await underLimits(throwing, 'pii', true, closed).evaluate(request)).toMatchObject(counted);
    const slow = rule(() => new Promise(() => {}));
    expect(await underLimits(slow, 'pii', true, closed).evaluate(request)).toMatchObject(counted);
    expect(
      await underLimits(
        rule(() => matched),
        'pii',
        true,
        closed,
      ).evaluate(request),
    ).toEqual(matched);
  });
});
