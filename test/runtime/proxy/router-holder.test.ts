import { describe, expect, test } from 'vitest';
import { RouterHolder } from '../../../src/runtime/proxy/router-holder.js';
import { config, fakeRouter, model } from './support.js';

const router = () => fakeRouter(config([model('m', [])]));

/** Whether a promise has resolved after everything that was due. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('a router that is replaced', () => {
  test('is free at once if no request is under way', async () => {
    const holder = new RouterHolder(router());
    const next = router();
    expect(await isSettled(holder.swap(next))).toBe(true);
    expect(holder.router).toBe(next);
  });

  test('is free when the last request has ended that began under it, however often that says so', async () => {
    const holder = new RouterHolder(router());
    const [first, second] = [holder.use(), holder.use()];
    const free = holder.swap(router());
    const later = holder.use();
    first();
    first();
    expect(await isSettled(free)).toBe(false);
    second();
    expect(await isSettled(free)).toBe(true);
    later();
  });

  test('is kept for requests of the time before, which may have asked for it since', async () => {
    const holder = new RouterHolder(router());
    const early = holder.use();
    const first = holder.swap(router());
    const second = holder.swap(router());
    expect(await isSettled(second)).toBe(false);
    early();
    expect(await isSettled(Promise.all([first, second]))).toBe(true);
  });
});
