import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  condense,
  createSignalRequest,
  selectText,
  semanticTextLimit,
} from '../../../src/runtime/signals/request.js';
import { encoded, fakeEncoder, userSays } from './fake-request.js';

describe('the text of a request', () => {
  it('is the last user message that has text', () => {
    expect(
      selectText([
        { role: 'user', text: 'first' },
        { role: 'user', text: 'second' },
        { role: 'assistant', text: 'answer' },
        { role: 'user', text: ' ' },
      ]),
    ).toBe('second');
  });

  it('is everything else, joined by a space, if no user message has text', () => {
    expect(
      selectText([
        { role: 'system', text: 'a' },
        { role: 'user', text: '' },
        { role: 'assistant', text: '' },
        { role: 'developer', text: 'b' },
      ]),
    ).toBe('a b');
    expect(selectText([])).toBe('');
  });
});

describe('the text for the encoder', () => {
  it('keeps short texts', () => {
    const text = 'x'.repeat(semanticTextLimit);
    expect(condense(text)).toBe(text);
  });

  it('keeps beginning, middle and end of a long text', () => {
    const text = `BEGIN${'a'.repeat(5000)}MIDDLE${'b'.repeat(5000)}END`;
    const short = condense(text);
    expect(short.startsWith('BEGIN')).toBe(true);
    expect(short.endsWith('END')).toBe(true);
    expect(short).toContain('MIDDLE');
    expect(short.match(/\n\[…\]\n/g)).toHaveLength(2);
  });

  it('never splits a surrogate pair nor exceeds the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 1200 }), fc.nat(3), fc.nat(3), (pairs, before, after) => {
        const short = condense('x'.repeat(before) + '🚀'.repeat(pairs) + 'y'.repeat(after));
        expect(short.length).toBeLessThanOrEqual(semanticTextLimit);
        expect(short).not.toMatch(/(?:^|[^\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff])/);
      }),
    );
  });
});

describe('the shared work of a request', () => {
  it('is one encoder pass, whoever asks', async () => {
    const encoder = fakeEncoder(() => encoded([1]));
    const request = createSignalRequest(userSays('hi'), encoder);
    expect(request.encode()).toBe(request.encode());
    await request.encode();
    expect(encoder.texts).toEqual(['hi']);
  });

  it('is refused without a model', async () => {
    await expect(createSignalRequest(userSays('hi'), undefined).encode()).rejects.toMatchObject({
      code: 'VSR_INFERENCE_UNAVAILABLE',
    });
  });

  it('is computed once per key, undefined included', () => {
    const request = createSignalRequest(userSays('hi'), undefined);
    const key = Symbol('key');
    let calls = 0;
    const compute = () => {
      calls += 1;
      return undefined;
    };
    request.memo(key, compute);
    request.memo(key, compute);
    expect(calls).toBe(1);
  });
});
