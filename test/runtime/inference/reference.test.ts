import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { embeddedBundleDir, readBundle } from '../../../src/runtime/inference/bundle.js';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import { WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';

const referenceSchema = z.object({
  cases: z.array(
    z.object({
      text: z.string(),
      ids: z.array(z.number()),
      offsets: z.array(z.tuple([z.number(), z.number()])),
      embedding: z.array(z.number()),
      domain_logits: z.array(z.number()),
    }),
  ),
});

const { cases } = referenceSchema.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/embedded/reference.json', import.meta.url), 'utf8')),
);

const bundle = readBundle(embeddedBundleDir());
const tokenizer = new WordPieceTokenizer(readFileSync(join(bundle.dir, 'tokenizer.json'), 'utf8'));

function titled<T extends { text: string }>(list: readonly T[]): [string, T][] {
  return list.map((entry, i) => [`${i}: ${JSON.stringify(entry.text.slice(0, 40))}`, entry]);
}

/** Pieces of one run: the reference was made of the beginning of a text. */
const capacity = bundle.encoder.max_tokens - 2;

describe('tokenizer against the reference', () => {
  it.each(titled(cases))('%s', (_, { text, ids, offsets }) => {
    const pieces = tokenizer.pieces(text);
    expect([tokenizer.start, ...pieces.ids.slice(0, capacity), tokenizer.end]).toEqual(ids);
    expect([0, 0, ...pieces.offsets.slice(0, 2 * capacity), 0, 0]).toEqual(offsets.flat());
  });
});

describe('encoder against the reference', () => {
  const encoder = createEncoder();
  afterAll(() => encoder.close());

  // The int8 kernels of other processors round a little differently.
  const tolerance = 2e-2;

  it.each(titled(cases))('%s', async (_, { text, embedding, domain_logits }) => {
    const { encoded } = await encoder.encode(text.slice(0, tokenizer.pieces(text).offsets[2 * capacity]));
    for (const [i, expected] of embedding.entries()) {
      expect(Math.abs((encoded.embedding[i] ?? Number.NaN) - expected)).toBeLessThan(tolerance);
    }
    const probabilities = encoded.heads.get('mom-domain-classifier')?.probabilities ?? [];
    expect(probabilities).toHaveLength(domain_logits.length);
    const [first = 0, second = 0] = [...domain_logits].sort((a, b) => b - a);
    if (first - second > 0.5) {
      expect(probabilities.indexOf(Math.max(...probabilities))).toBe(domain_logits.indexOf(first));
    }
  });
});
