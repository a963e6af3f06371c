import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import type { Encoded, Encoder } from '../../../src/runtime/inference/types.js';
import { softmax } from '../../../src/runtime/math/probabilities.js';
import { bundleDir } from './support.js';

let encoder: Encoder;

beforeAll(async () => {
  encoder = createEncoder({ bundleDir });
  await encoder.ready();
});

afterAll(() => encoder.close());

/** Largest difference between two results for one text. */
function distance(a: Encoded, b: Encoded | undefined): number {
  const values = (of: Encoded) => [
    ...of.embedding,
    ...[...of.heads.values()].flatMap((h) => h.probabilities),
  ];
  const others = b === undefined ? [] : values(b);
  return Math.max(...values(a).map((value, i) => Math.abs(value - (others[i] ?? Number.NaN))));
}

describe('softmax', () => {
  it('sums to 1 and keeps the order, also for logits whose exponentials overflow', () => {
    const probabilities = softmax(Float32Array.of(1000, 999, -1000), 1);
    expect(probabilities[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
    expect(probabilities[2]).toBe(0);
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  it('flattens with a high temperature', () => {
    expect(softmax(Float32Array.of(2, 0), 2)[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });
});

describe('Encoder', () => {
  it('names its heads and its bundle', () => {
    expect(encoder.state).toBe('ready');
    expect(encoder.heads).toContain('mom-domain-classifier');
    expect(encoder.bundleHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives a unit embedding and probabilities that sum to 1', async () => {
    const { encoded, passes } = await encoder.encode('How do vaccines work?');
    expect(passes).toBe(1);
    expect(encoded.embedding).toHaveLength(384);
    expect(Math.hypot(...encoded.embedding)).toBeCloseTo(1, 4);
    expect(encoded).toMatchObject({ tokens: 7, truncated: false });
    for (const head of encoded.heads.values()) {
      expect(head.probabilities).toHaveLength(head.labels.length);
      expect(head.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    }
  });

  it('answers a repeat from memory', async () => {
    const first = await encoder.encode('asked twice');
    const second = await encoder.encode('asked twice');
    expect([first.passes, second.passes]).toEqual([1, 0]);
    expect(second.encoded).toBe(first.encoded);
  });

  it('runs one pass for equal texts that are asked for at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => encoder.encode('asked at once')));
    expect(results.map((result) => result.passes)).toEqual([1, 0, 0, 0, 0]);
  });

  it('tells long texts apart that differ only at their end', async () => {
    const start = 'The same beginning. '.repeat(20);
    const [one, two] = await Promise.all([
      encoder.encode(`${start}Tax law`),
      encoder.encode(`${start}Biology`),
    ]);
    expect(one.encoded.embedding).not.toEqual(two.encoded.embedding);
  });

  it('encodes the empty text', async () => {
    const { encoded } = await encoder.encode('');
    expect(encoded).toMatchObject({ tokens: 2, truncated: false });
    expect(encoded.embedding.every(Number.isFinite)).toBe(true);
  });

  it('says when a text is longer than the model reads', async () => {
    const { encoded } = await encoder.encode('word '.repeat(600));
    expect(encoded).toMatchObject({ tokens: 602, truncated: true });
  });

  it('takes a text of megabytes', async () => {
    const { encoded } = await encoder.encode('word '.repeat(1_000_000));
    expect(encoded.truncated).toBe(true);
    expect(encoded.tokens).toBeGreaterThan(900_000);
  });

  it('gives the same for 50 texts at once as for each alone', async () => {
    const texts = Array.from(
      { length: 50 },
      (_, i) => `Question ${i}: ${'why is the sky blue '.repeat(1 + (i % 4))}?`,
    );
    const crowd = createEncoder({ bundleDir, workers: 2, cacheEntries: 0 });
    const together = await Promise.all(texts.map((text) => crowd.encode(text)));
    await crowd.close();
    for (const [i, text] of texts.entries()) {
      const { encoded } = await encoder.encode(text);
      expect(distance(encoded, together[i]?.encoded)).toBeLessThan(1e-4);
    }
  });

  it('keeps no more results than it may', async () => {
    const small = createEncoder({ bundleDir, cacheEntries: 2 });
    for (const text of ['one', 'two', 'three']) await small.encode(text);
    expect((await small.encode('three')).passes).toBe(0);
    expect((await small.encode('one')).passes).toBe(1);
    await small.close();
  });

  it('closes in the middle of loading and of a long run', async () => {
    for (let round = 0; round < 4; round++) {
      const closing = createEncoder({ bundleDir });
      if (round % 2 === 1) await closing.ready();
      const runs = [1, 2, 3].map((n) =>
        closing.encode(`${n} ${'word '.repeat(500)}`).catch((error: unknown) => error),
      );
      if (round % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 5));
      await closing.close();
      for (const run of runs) expect(await run).toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
    }
  });

  it('refuses work after close()', async () => {
    const closing = createEncoder({ bundleDir });
    await closing.encode('hello');
    const late = closing.encode('running').catch((error: unknown) => error);
    await closing.close();
    expect(await late).toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
    expect(closing.state).toBe('closed');
    await expect(closing.encode('hello')).rejects.toMatchObject({ code: 'VSR_INFERENCE_UNAVAILABLE' });
  });
});
