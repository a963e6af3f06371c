import { describe, expect, it } from 'vitest';
import { contextFamily, parseTokenCount } from '../../../src/runtime/signals/context.js';
import { estimateRequestTokens, estimateTextTokens } from '../../../src/runtime/signals/token-estimate.js';
import { issuesOf, outcome, routingRequest, userSays } from './fake-request.js';

describe('token counts', () => {
  it.each([
    ['2000', 2000],
    ['2K', 2000],
    ['1.5m', 1_500_000],
    ['.5k', 500],
    ['1.001K', 1001],
    [' 8 k ', 8000],
    [32_000, 32_000],
    [0, 0],
    ['', undefined],
    ['-1', undefined],
    ['2G', undefined],
    ['1e3', undefined],
    [Number.NaN, undefined],
  ])('reads %j as %j', (value, expected) => {
    expect(parseTokenCount(value)).toBe(expected);
  });
});

describe('the context signal', () => {
  const request = userSays('word '.repeat(100));
  const tokens = estimateRequestTokens(request);

  it.each([
    [{ min_tokens: tokens }, 'matched'],
    [{ max_tokens: tokens }, 'matched'],
    [{ min_tokens: tokens, max_tokens: String(tokens) }, 'matched'],
    [{ min_tokens: tokens + 1 }, 'not_matched'],
    [{ max_tokens: tokens - 1 }, 'not_matched'],
    [{ min_tokens: '0', max_tokens: '' }, 'matched'],
  ])('includes both bounds and leaves a missing one open: %j', async (bounds, status) => {
    expect(await outcome(contextFamily, { name: 'c', ...bounds }, request)).toEqual({
      status,
      value: tokens,
    });
  });

  it('reports missing, contradictory and unreadable bounds', () => {
    expect(issuesOf(contextFamily, { name: 'c' })).toHaveLength(1);
    expect(issuesOf(contextFamily, { name: 'c', min_tokens: '2K', max_tokens: 1000 })).toEqual([
      '0.min_tokens: found 2000, which is more than max_tokens (1000); swap them',
    ]);
    expect(issuesOf(contextFamily, { name: 'c', min_tokens: 'many' })[0]).toMatch(/token count/);
    expect(issuesOf(contextFamily, { name: 'c', min_tokens: 5, max_tokens: '1K' })).toEqual([]);
  });
});

describe('the token estimate', () => {
  // Token counts of o200k_base.
  it.each([
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['今天天气很好，我们去公园散步吧。', 12],
    ['for (let i = 0; i < items.length; i += 1) {\n    total += items[i].price;\n}', 28],
    ['', 0],
  ])('of %j is near %d', (text, tokens) => {
    expect(Math.abs(estimateTextTokens(text) - tokens)).toBeLessThanOrEqual(Math.ceil(tokens * 0.3));
  });

  it('counts every role, tools and images, but not the answer to come', () => {
    const base = estimateRequestTokens(userSays('hello'));
    const system = { role: 'system', text: 'Be brief and kind to everyone.' };
    expect(estimateRequestTokens(routingRequest([system, { role: 'user', text: 'hello' }]))).toBeGreaterThan(
      base + 8,
    );
    const messages = userSays('hello').messages;
    expect(estimateRequestTokens(routingRequest(messages, { structuredChars: 1000 }))).toBe(base + 400);
    expect(estimateRequestTokens(routingRequest(messages, { imageCount: 2 }))).toBe(base + 2000);
    expect(
      estimateRequestTokens(routingRequest(messages, { toolDefinitionCount: 1, toolCallCount: 1 })),
    ).toBe(base + 16);
    expect(estimateRequestTokens(routingRequest(messages, { maxOutputTokens: 4096 }))).toBe(base);
  });
});
