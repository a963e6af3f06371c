import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { embeddedBundleDir, readBundle } from '../../../src/runtime/inference/bundle.js';
import { createEncoder } from '../../../src/runtime/inference/encoder.js';
import { pieceShapes } from '../../../src/runtime/inference/piece-shapes.js';
import { WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';
import { softmax } from '../../../src/runtime/math/probabilities.js';

const referenceSchema = z.object({
  cases: z.array(
    z.object({
      text: z.string(),
      ids: z.array(z.number()),
      offsets: z.array(z.tuple([z.number(), z.number()])),
      shapes: z.array(z.number()),
      embedding: z.array(z.number()),
      /** By the name of the output. */
      logits: z.record(z.string(), z.array(z.number())),
      spans: z.array(z.tuple([z.number(), z.number(), z.string(), z.number()])),
      pii: z.array(z.number()),
      /** What the models gave in PyTorch, in floats. */
      torch: z.object({ embedding: z.array(z.number()), pii: z.array(z.number()) }),
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

/** The part of a text that one run holds; the reference knows no more of it. */
function head(text: string): string {
  return text.slice(0, tokenizer.pieces(text).offsets[2 * capacity]);
}

describe('tokenizer against the reference', () => {
  it.each(titled(cases))('%s', (_, { text, ids, offsets, shapes }) => {
    const pieces = tokenizer.pieces(text);
    expect([tokenizer.start, ...pieces.ids.slice(0, capacity), tokenizer.end]).toEqual(ids);
    expect([0, 0, ...pieces.offsets.slice(0, 2 * capacity), 0, 0]).toEqual(offsets.flat());
    expect([...pieceShapes(text, Int32Array.from(offsets.flat()))]).toEqual(shapes);
  });
});

/** Labels that are certain enough that the rounding of another processor does not change them. */
const certain = 0.2;

describe('encoder against the reference', () => {
  const encoder = createEncoder();
  afterAll(() => encoder.close());

  // The int8 kernels of other processors round a little differently.
  const tolerance = 2e-2;

  it.each(titled(cases))('%s', async (_, { text, embedding, logits, spans, torch }) => {
    const { encoded } = await encoder.encode(head(text));
    for (const [i, expected] of embedding.entries()) {
      expect(Math.abs((encoded.embedding[i] ?? Number.NaN) - expected)).toBeLessThan(tolerance);
    }
    for (const [i, expected] of torch.embedding.entries()) {
      expect(Math.abs((encoded.embedding[i] ?? Number.NaN) - expected)).toBeLessThan(2 * tolerance);
    }
    for (const { model, output, temperature } of bundle.text.heads) {
      const expected = logits[output];
      if (expected === undefined) continue;
      const probabilities = encoded.heads.get(model)?.probabilities ?? [];
      for (const [i, probability] of softmax(Float32Array.from(expected), temperature).entries()) {
        expect(Math.abs((probabilities[i] ?? Number.NaN) - probability)).toBeLessThan(0.05);
      }
    }
    // Beyond the first window the text has another casing: the reference saw all of it.
    if (head(text) !== text) return;
    const found = encoded.spans.get('mom-pii-classifier') ?? [];
    for (const [start, end, label, confidence] of spans) {
      if (confidence < certain) continue;
      const span = found.find((candidate) => candidate.start === start && candidate.end === end);
      expect(span?.label).toBe(label);
      expect(Math.abs((span?.confidence ?? Number.NaN) - confidence)).toBeLessThan(0.05);
    }
  });
});

describe('the shipped graph against the models before export', () => {
  it('gives the same PII label for nearly every piece', () => {
    const pairs = cases.flatMap(({ pii, torch }) => pii.map((label, i) => label === torch.pii[i]));
    expect(pairs.filter(Boolean).length / pairs.length).toBeGreaterThan(0.97);
  });
});
