import { describe, expect, it } from 'vitest';
import { createSignalRequest, selectText } from '../../../src/runtime/signals/request.js';
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

describe('the shared work of a request', () => {
  it('is one encoder pass, whoever asks', async () => {
    const encoder = fakeEncoder(() => encoded([1]));
    const request = createSignalRequest(userSays('hi'), encoder);
    expect(request.encode()).toBe(request.encode());
    await request.encode();
    expect(encoder.texts).toEqual(['hi']);
  });

  it('gives the encoder all of a long text, which chooses what it reads of it', async () => {
    const encoder = fakeEncoder(() => encoded([1]));
    const text = 'word '.repeat(5000);
    await createSignalRequest(userSays(text), encoder).encode();
    expect(encoder.texts).toEqual([text]);
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
