import { describe, expect, test } from 'vitest';
import { casesOf, copyOf, distance, load } from './support.js';

/**
 * Also for models with 16-bit weights: the graph widens them and computes in float32, and so does the
 * reference. (With float16 arithmetic, 1e-2 would be what to expect.)
 */
const tolerance = 1e-4;

const models = [
  { model: 'bert-sequence', kind: 'sequence', maxTokens: 600 },
  { model: 'bert-token-f16', kind: 'token', maxTokens: 64 },
  { model: 'bert-embedding-sharded', kind: 'embedding', maxTokens: 48 },
  { model: 'bert-base', kind: 'embedding', maxTokens: 64 },
  { model: 'distilbert-sequence', kind: 'sequence', maxTokens: 64 },
  { model: 'distilbert-token-bf16', kind: 'token', maxTokens: 64 },
  { model: 'roberta-sequence', kind: 'sequence', maxTokens: 538 },
  { model: 'xlm-roberta-token', kind: 'token', maxTokens: 64 },
  { model: 'modernbert-sequence', kind: 'sequence', maxTokens: 1024 },
  { model: 'modernbert-sequence-mean-bf16', kind: 'sequence', maxTokens: 1024 },
  { model: 'mmbert-token', kind: 'token', maxTokens: 1024 },
  { model: 'mmbert-embedding-yarn', kind: 'embedding', maxTokens: 1024 },
] as const;

describe.each(models)('$model', ({ model, kind, maxTokens }) => {
  test('gives what transformers gives for each row alone', async () => {
    const graph = await load({ folder: copyOf(model) });
    for (const row of casesOf(model)) {
      const [found = []] = await graph.run([row]);
      expect(distance(found, row.output), `${row.ids.length} tokens`).toBeLessThan(tolerance);
    }
  });

  test('gives the same for rows in one batch, whatever the padding is', async () => {
    const graph = await load({ folder: copyOf(model) });
    const rows = casesOf(model);
    for (const options of [{}, { padding: 3, filler: 7 }]) {
      // Beyond the last position there is nothing to look up, for padding either.
      const fitting = rows.filter(({ ids }) => ids.length + (options.padding ?? 0) <= graph.maxTokens);
      const found = await graph.run(fitting, options);
      for (const [i, { output }] of fitting.entries()) {
        expect(distance(found[i] ?? [], output)).toBeLessThan(tolerance);
      }
    }
  });

  test('says what it is', async () => {
    const graph = await load({ folder: copyOf(model) });
    expect(graph.outputs.map((output) => output.kind)).toEqual([kind]);
    expect(graph.maxTokens).toBe(maxTokens);
  });
});
