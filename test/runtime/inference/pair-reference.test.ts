import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { embeddedBundleDir, readBundle } from '../../../src/runtime/inference/bundle.js';
import { overlapIds } from '../../../src/runtime/inference/overlap.js';
import { createPairEncoder } from '../../../src/runtime/inference/pair-encoder.js';
import type { PairTokens } from '../../../src/runtime/inference/types.js';
import { WordPieceTokenizer } from '../../../src/runtime/inference/wordpiece.js';
import { softmax } from '../../../src/runtime/math/probabilities.js';

const pairSchema = z.object({
  cases: z.array(
    z.object({
      task: z.enum(['nli', 'hallucination', 'tool_call']),
      first: z.string(),
      question: z.string(),
      second: z.string(),
      ids: z.array(z.number()),
      overlap: z.array(z.number()),
      nli_logits: z.array(z.number()),
      /** Logit of the second label less that of the first, per piece of `second`. */
      hallucination_logits: z.array(z.number()),
      toolcall_logits: z.array(z.number()),
      /** The same of the head of the task, in PyTorch and in floats. */
      torch: z.array(z.number()),
    }),
  ),
});

const { cases } = pairSchema.parse(
  JSON.parse(readFileSync(new URL('../../fixtures/embedded/pairs.json', import.meta.url), 'utf8')),
);
type Case = (typeof cases)[number];

const bundle = readBundle(embeddedBundleDir());
const tokenizer = new WordPieceTokenizer(readFileSync(join(bundle.dir, 'tokenizer.json'), 'utf8'));
const encoder = createPairEncoder();
afterAll(() => encoder.close());

function temperatureOf(output: string): number {
  return bundle.pair?.heads.find((head) => head.output === output)?.temperature ?? Number.NaN;
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Highest probability among the pieces of each word, as the product reports it. */
function expectedWords(second: string, margins: readonly number[], temperature: number): number[] {
  const words: number[] = [];
  const { continues } = tokenizer.pieces(second);
  for (const [i, margin] of margins.entries()) {
    const probability = sigmoid(margin / temperature);
    if (continues[i] === 1) words.push(Math.max(words.pop() ?? 0, probability));
    else words.push(probability);
  }
  return words;
}

function expectClose(tokens: PairTokens, { second }: Case, margins: readonly number[], output: string): void {
  const expected = expectedWords(second, margins, temperatureOf(output));
  expect(tokens.tokens).toHaveLength(expected.length);
  for (const [i, { probability }] of tokens.tokens.entries()) {
    expect(Math.abs(probability - (expected[i] ?? Number.NaN))).toBeLessThan(0.08);
  }
}

const titled = cases.map((entry, i): [string, Case] => [
  `${i}: ${entry.task}, ${JSON.stringify(entry.second.slice(0, 40))}`,
  entry,
]);

describe('pairs against the reference', () => {
  it.each(titled)('%s', async (_, entry) => {
    const first = tokenizer.pieces(entry.question === '' ? entry.first : `${entry.question} ${entry.first}`);
    const second = tokenizer.pieces(entry.second);
    expect([tokenizer.start, ...first.ids, tokenizer.end, ...second.ids, tokenizer.end]).toEqual(entry.ids);
    expect([...overlapIds(first, second)]).toEqual(entry.overlap.slice(first.ids.length + 2, -1));

    if (entry.task === 'nli') {
      const { probabilities } = await encoder.nli(entry.first, entry.second);
      const temperature = temperatureOf('nli_logits');
      for (const [values, tolerance] of [
        [entry.nli_logits, 0.05],
        [entry.torch, 0.25],
      ] as const) {
        for (const [i, probability] of softmax(Float32Array.from(values), temperature).entries()) {
          expect(Math.abs((probabilities[i] ?? Number.NaN) - probability)).toBeLessThan(tolerance);
        }
      }
    } else if (entry.task === 'hallucination') {
      const tokens = await encoder.detect(entry.first, entry.question, entry.second);
      expectClose(tokens, entry, entry.hallucination_logits, 'hallucination_logits');
    } else {
      const tokens = await encoder.verify(entry.first, entry.second);
      expectClose(tokens, entry, entry.toolcall_logits, 'toolcall_logits');
    }
  });
});
