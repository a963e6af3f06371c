import { describe, expect, it } from 'vitest';
import { SharedCalls } from '../../../src/runtime/external/shared-calls.js';

interface Deferred {
  readonly signal: AbortSignal;
  readonly resolve: (answer: { n: number }) => void;
  readonly reject: (error: Error) => void;
}

function setup(ttlMs = 60_000) {
  const calls: Deferred[] = [];
  const shared = new SharedCalls<{ n: number }>({ entries: 10, ttlMs });
  const work = (signal: AbortSignal) =>
    new Promise<{ n: number }>((resolve, reject) => {
      calls.push({ signal, resolve, reject });
    });
  return { calls, ask: (key: string, signal?: AbortSignal) => shared.ask([key], work, signal) };
}

describe('shared calls', () => {
  it('make one call of identical questions in flight, and remember its answer', async () => {
    const { calls, ask } = setup();
    const both = [ask('a'), ask('a')];
    expect(calls).toHaveLength(1);
    calls[0]?.resolve({ n: 1 });
    expect(await Promise.all(both)).toEqual([{ n: 1 }, { n: 1 }]);
    expect(await ask('a')).toEqual({ n: 1 });
    expect(calls).toHaveLength(1);
  });

  it('keep questions apart that look alike when joined', async () => {
    const shared = new SharedCalls<{ n: number }>({ entries: 10, ttlMs: 1000 });
    let n = 0;
    const work = async () => ({ n: n++ });
    expect(await shared.ask(['a', 'bc'], work)).toEqual({ n: 0 });
    expect(await shared.ask(['ab', 'c'], work)).toEqual({ n: 1 });
  });

  it('remember nothing of a failure, or if told so', async () => {
    const { calls, ask } = setup();
    const failed = ask('a');
    calls[0]?.reject(new Error('down'));
    await expect(failed).rejects.toThrow('down');
    void ask('a');
    expect(calls).toHaveLength(2);
    const forgetful = setup(0);
    const first = forgetful.ask('a');
    forgetful.calls[0]?.resolve({ n: 1 });
    await first;
    void forgetful.ask('a');
    expect(forgetful.calls).toHaveLength(2);
  });

  it('end a call when the last of those who wait gives up, and not before', async () => {
    const { calls, ask } = setup();
    const one = new AbortController();
    const two = new AbortController();
    const first = ask('a', one.signal);
    const second = ask('a', two.signal);
    one.abort(new Error('late'));
    await expect(first).rejects.toThrow('late');
    expect(calls[0]?.signal.aborted).toBe(false);
    two.abort(new Error('late too'));
    await expect(second).rejects.toThrow('late too');
    expect(calls[0]?.signal.aborted).toBe(true);
    void ask('a');
    expect(calls).toHaveLength(2);
  });

  it('go on for those without a deadline', async () => {
    const { calls, ask } = setup();
    const one = new AbortController();
    const first = ask('a', one.signal);
    const second = ask('a');
    one.abort(new Error('late'));
    await expect(first).rejects.toThrow('late');
    expect(calls[0]?.signal.aborted).toBe(false);
    calls[0]?.resolve({ n: 2 });
    expect(await second).toEqual({ n: 2 });
  });
});
