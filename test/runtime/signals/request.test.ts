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

  it('serves those who want less of it', async () => {
    const head = { model: 'h', labels: ['a'], probabilities: [1], threshold: 0.5 };
    const encoder = fakeEncoder(() => encoded([1], [head]));
    const request = createSignalRequest(userSays('hi'), encoder);
    await request.encode(['mom-embedding-light']);
    expect(await request.encode(['h'])).toMatchObject({ passes: 0 });
    expect(await request.scan('hi', { wants: ['h'] })).toMatchObject({
      passes: 0,
      windows: [{ start: 0, end: 2 }],
    });
    expect(encoder.texts).toEqual(['hi']);
    await request.encode(['other']);
    expect(encoder.texts).toEqual(['hi', 'hi']);
  });

  it('stops a scan when all who asked for it have left, and not before', async () => {
    const stops: (AbortSignal | undefined)[] = [];
    const encoder = {
      ...fakeEncoder(() => encoded([1])),
      scan: (_text: string, options?: { readonly signal?: AbortSignal | undefined }) => {
        stops.push(options?.signal);
        return new Promise<never>(() => {});
      },
    };
    const request = createSignalRequest(userSays('hi'), encoder);
    const [first, second] = [new AbortController(), new AbortController()];
    void request.scan('hi', { signal: first.signal });
    void request.scan('hi', { signal: second.signal });
    first.abort();
    expect(stops.map((stop) => stop?.aborted)).toEqual([false]);
    second.abort();
    expect(stops.map((stop) => stop?.aborted)).toEqual([true]);
    void request.scan('hi');
    expect(stops).toHaveLength(2);
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
