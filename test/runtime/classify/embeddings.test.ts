import { describe, expect, test } from 'vitest';
import { embed, nearest, shortened } from '../../../src/runtime/classify/embeddings.js';
import { mapLimited } from '../../../src/runtime/classify/limited.js';
import { fakeEncoder } from './fake-models.js';

const length = (vector: Float32Array) => Math.hypot(...vector);

describe('embeddings', () => {
  test('a shorter one is the beginning, of length 1 again', () => {
    const full = Float32Array.from([0.5, 0.5, 0.5, 0.5]);
    expect(Array.from(shortened(full, 2))).toEqual([Math.SQRT1_2, Math.SQRT1_2].map(Math.fround));
    expect(length(shortened(full, 2))).toBeCloseTo(1);
    expect(shortened(full, 4)).toBe(full);
    expect(Array.from(shortened(Float32Array.from([0, 0, 1]), 2))).toEqual([0, 0]);
  });

  test('come in the order of the texts', async () => {
    const encoder = fakeEncoder((text) => ({ embedding: [text.length, 0] }));
    const vectors = await embed(['a', 'bbb', 'cc'], 2, { encoder, pair: undefined });
    expect(vectors.map(({ vector }) => vector[0])).toEqual([1, 3, 2]);
  });

  test('are not computed for someone who has left', async () => {
    const controller = new AbortController();
    const encoder = fakeEncoder((text) => {
      if (text === 'last') controller.abort('gone');
      return { embedding: [1, 0] };
    });
    const texts = [...new Array<string>(20).fill('first'), 'last', ...new Array<string>(500).fill('never')];
    const { signal } = controller;
    await expect(embed(texts, 2, { encoder, pair: undefined }, { signal })).rejects.toBe('gone');
    expect(encoder.texts.length).toBeLessThan(60);
  });

  test('a model with fewer floats is an error', async () => {
    const encoder = fakeEncoder(() => ({ embedding: [1, 0] }));
    await expect(embed(['a'], 64, { encoder, pair: undefined })).rejects.toThrow(
      /`dimension` is 64, which the embedding model cannot give/,
    );
  });
});

test('the nearest candidates come first, equals in their order', () => {
  const vectors = [
    [0, 1],
    [1, 0],
    [1, 0],
    [-1, 0],
  ].map((values) => Float32Array.from(values));
  const query = Float32Array.from([1, 0]);
  expect(nearest(query, vectors, 0).map(({ index }) => index)).toEqual([1, 2, 0, 3]);
  expect(nearest(query, vectors, 2)).toEqual([
    { index: 1, similarity: 1 },
    { index: 2, similarity: 1 },
  ]);
});

test('only a few things are under way at a time, and a failure stops the rest', async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimited([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return item * 2;
  });
  expect(results).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(most).toBe(3);
  let begun = 0;
  await expect(
    mapLimited([1, 2, 3, 4], 1, async () => {
      begun++;
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
  expect(begun).toBe(1);
});
