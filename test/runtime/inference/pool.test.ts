import { afterEach, describe, expect, it } from 'vitest';
import { batchTexts } from '../../../src/runtime/inference/batching.js';
import type { EncodeJob, ModelSettings } from '../../../src/runtime/inference/messages.js';
import { type PoolOptions, WorkerPool } from '../../../src/runtime/inference/pool.js';
import { excerptOf } from '../../../src/runtime/inference/text-view.js';

const pools: WorkerPool[] = [];

function open(graph = 'fine', options: Partial<PoolOptions> = {}): WorkerPool {
  const settings: ModelSettings = {
    input: 'text',
    graph,
    tokenizer: '',
    maxTokens: 512,
    threads: 1,
    embedding: { model: 'toy-embedding', output: 'embedding', length: 1 },
    sequenceHeads: [],
    tokenHeads: [],
  };
  const entry = new URL('./fake-worker.mjs', import.meta.url);
  const pool = new WorkerPool(settings, { workers: 1, maxQueue: 100, entry, ...options });
  pools.push(pool);
  return pool;
}

const encode = (text: string): EncodeJob => ({ type: 'encode', excerpt: excerptOf(text) });

async function lengthOf(pool: WorkerPool, text: string): Promise<number | undefined> {
  const answer = await pool.run(encode(text));
  return answer.type === 'encoded' ? answer.embedding[0] : undefined;
}

const unavailable = { code: 'VSR_INFERENCE_UNAVAILABLE' };

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('WorkerPool', () => {
  it('answers jobs that came before it was ready', async () => {
    const pool = open();
    expect(pool.state).toBe('loading');
    expect(await lengthOf(pool, 'abc')).toBe(3);
    expect(pool.state).toBe('ready');
  });

  it('gives each of many jobs its own answer over several workers', async () => {
    const pool = open('fine', { workers: 3 });
    const texts = Array.from({ length: 60 }, (_, i) => 'x'.repeat(i));
    expect(await Promise.all(texts.map((text) => lengthOf(pool, text)))).toEqual(texts.map((t) => t.length));
  });

  it('rejects one text that fails and goes on', async () => {
    const pool = open();
    await expect(pool.run(encode('fail'))).rejects.toMatchObject(unavailable);
    expect(await lengthOf(pool, 'next')).toBe(4);
  });

  it('rejects what was in flight when a worker crashes, restarts it and serves the rest', async () => {
    const pool = open();
    const crash = expect(pool.run(encode('crash'))).rejects.toMatchObject(unavailable);
    const behind = Array.from({ length: batchTexts - 1 }, () =>
      pool.run(encode('x')).catch((error: unknown) => error),
    );
    const waiting = lengthOf(pool, 'waiting');
    await crash;
    for (const outcome of await Promise.all(behind)) expect(outcome).toMatchObject(unavailable);
    expect(await waiting).toBe(7);
    expect(pool.state).toBe('ready');
  });

  it('fails for good when the worker crashes again without having answered', async () => {
    const pool = open();
    await expect(pool.run(encode('crash'))).rejects.toMatchObject(unavailable);
    await expect(pool.run(encode('crash'))).rejects.toMatchObject(unavailable);
    await expect.poll(() => pool.state).toBe('failed');
    await expect(pool.run(encode('abc'))).rejects.toMatchObject(unavailable);
    await expect(pool.ready()).rejects.toMatchObject(unavailable);
  });

  it('survives crash after crash as long as it answers in between', async () => {
    const pool = open();
    for (let round = 0; round < 3; round++) {
      await expect(pool.run(encode('crash'))).rejects.toMatchObject(unavailable);
      expect(await lengthOf(pool, 'abc')).toBe(3);
    }
  });

  it.each(['unusable', 'crashes-on-load'])('rejects ready() and jobs when the model is %s', async (graph) => {
    const pool = open(graph);
    const job = pool.run(encode('abc')).catch((error: unknown) => error);
    await expect(pool.ready()).rejects.toMatchObject(unavailable);
    expect(await job).toMatchObject(unavailable);
    expect(pool.state).toBe('failed');
  });

  it('refuses a job when too many wait', async () => {
    const pool = open('fine', { maxQueue: 1 });
    await pool.ready();
    const stuck = Array.from({ length: batchTexts + 1 }, () =>
      pool.run(encode('never')).catch((error: unknown) => error),
    );
    await expect(pool.run(encode('abc'))).rejects.toMatchObject(unavailable);
    await pool.close();
    for (const outcome of await Promise.all(stuck)) expect(outcome).toMatchObject(unavailable);
  });

  it('forgets a job whose signal is aborted, wherever it is, and gives its place to others', async () => {
    const pool = open('fine', { maxQueue: 1 });
    await pool.ready();
    const controllers = Array.from({ length: batchTexts + 1 }, () => new AbortController());
    const stuck = controllers.map(({ signal }) =>
      pool.run(encode('never'), signal).catch((error: unknown) => error),
    );
    for (const controller of controllers.toReversed()) controller.abort('gone');
    expect(await Promise.all(stuck)).toEqual(controllers.map(() => 'gone'));
    await expect(pool.run(encode('abc'), AbortSignal.abort('gone'))).rejects.toBe('gone');
    expect(await lengthOf(pool, 'forgotten')).toBe(batchTexts);
  });

  it('rejects what is running, waiting or comes later once closed', async () => {
    const pool = open();
    await pool.ready();
    const jobs = Array.from({ length: batchTexts + 4 }, () =>
      pool.run(encode('never')).catch((error: unknown) => error),
    );
    await pool.close();
    expect(pool.state).toBe('closed');
    for (const outcome of await Promise.all(jobs)) expect(outcome).toMatchObject(unavailable);
    await expect(pool.run(encode('abc'))).rejects.toMatchObject(unavailable);
  });

  it('can be closed while loading, and twice', async () => {
    const pool = open();
    const ready = pool.ready().catch((error: unknown) => error);
    await pool.close();
    await pool.close();
    expect(await ready).toMatchObject(unavailable);
  });
});
