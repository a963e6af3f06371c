import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BioDecoder } from '../../../../src/runtime/inference/token-labels.js';
import {
  casesOf,
  distance,
  editJson,
  encodeAll,
  filesIn,
  load,
  placed,
  placedGraph,
  settingsOf,
  temporaryFolder,
} from './support.js';

const tolerance = 1e-4;

const textOf = ({ text = '' }: { readonly text?: string }): string => text;

describe.each(['bert-domain', 'modernbert-guard', 'xlmr-feedback'])('sequence model %s', (model) => {
  test('gives the logits of transformers, alone and beside other texts', async () => {
    const { engine } = await load(await settingsOf(placed(model)));
    const cases = casesOf(model);
    const together = await encodeAll(engine, cases.map(textOf));
    for (const [i, { text = '', ids, output }] of cases.entries()) {
      const [alone] = await encodeAll(engine, [text]);
      expect(distance(alone?.logits ?? [], output), text.slice(0, 40)).toBeLessThan(tolerance);
      expect(distance(together[i]?.logits ?? [], output), text.slice(0, 40)).toBeLessThan(tolerance);
      expect(alone).toMatchObject({ tokens: ids.length, view: 'whole' });
    }
  });
});

describe('token model', () => {
  test('gives the spans that the logits of transformers decode to', async () => {
    const { engine, heads } = await load(await settingsOf(placed('mmbert-pii')));
    const [head] = heads;
    const labels = head?.labels ?? [];
    expect(labels).toEqual(['O', 'B-PERSON', 'I-PERSON', 'B-GPE', 'I-GPE']);
    const decoder = new BioDecoder({ model: 'reference', labels, temperature: 1 });
    let spans = 0;
    for (const { text = '', offsets, output } of casesOf('mmbert-pii')) {
      const [found] = await encodeAll(engine, [text]);
      const trimmed = offsets.map(([start, end]) => {
        const blank = /^\s*/.exec(text.slice(start, end))?.[0].length ?? 0;
        return [start + blank, end];
      });
      const expected = decoder.decode(
        { text, offsets: Int32Array.from(trimmed.flat()), breaks: new Set() },
        Float32Array.from(output),
      );
      spans += expected.length;
      expect(found?.spans[0]?.map(({ label, start, end }) => ({ label, start, end }))).toEqual(
        expected.map(({ label, start, end }) => ({ label, start, end })),
      );
      const confidences = (list: typeof expected) => list.map(({ confidence }) => confidence);
      expect(distance(confidences([...(found?.spans[0] ?? [])]), confidences(expected))).toBeLessThan(
        tolerance,
      );
      for (const { start, end } of found?.spans[0] ?? []) {
        expect(text.slice(start, end)).toMatch(/^\S/);
      }
    }
    expect(spans).toBeGreaterThan(20);
  });
});

describe('embedding model', () => {
  test('is pooled and normalised as its files say', async () => {
    const { engine } = await load(await settingsOf(placed('bert-embedding')));
    for (const { text = '', output } of casesOf('bert-embedding')) {
      const [found] = await encodeAll(engine, [text]);
      expect(distance(found?.embedding ?? [], output)).toBeLessThan(tolerance);
    }
  });

  test('gives the first numbers, scaled to length 1, where fewer are asked for', async () => {
    const { engine } = await load(await settingsOf(placed('bert-embedding'), { dimension: 4 }));
    const [{ text = '', output } = { output: [] }] = casesOf('bert-embedding');
    const [found] = await encodeAll(engine, [text]);
    const head = output.slice(0, 4);
    const length = Math.hypot(...head);
    expect(
      distance(
        found?.embedding ?? [],
        head.map((value) => value / length),
      ),
    ).toBeLessThan(tolerance);
  });

  test('is refused when it has fewer numbers than are asked for', async () => {
    await expect(load(await settingsOf(placed('bert-embedding'), { dimension: 99 }))).rejects.toThrow(
      /gives 16 numbers, fewer than the 99/,
    );
  });
});

describe('a published graph', () => {
  // 16-bit outputs have three digits; the arithmetic before them is the same.
  test.each([
    ['half', 5e-3],
    ['external', tolerance],
    ['fixed', tolerance],
  ])('%s gives the logits of transformers', async (variant, within) => {
    const { engine, heads } = await load(await settingsOf(placedGraph(variant)));
    expect(heads[0]?.labels).toEqual(['biology', 'business', 'math', 'other']);
    const cases = casesOf('bert-domain').filter(({ ids }) => variant !== 'fixed' || ids.length <= 32);
    expect(cases.length).toBeGreaterThan(4);
    const found = await encodeAll(engine, cases.map(textOf));
    for (const [i, { output }] of cases.entries()) {
      expect(distance(found[i]?.logits ?? [], output)).toBeLessThan(within);
    }
  });

  test('for one length only reads head, middle and tail of a longer text', async () => {
    const { engine, maxTokens } = await load(await settingsOf(placedGraph('fixed')));
    expect(maxTokens).toBe(32);
    const [found] = await encodeAll(engine, ['why is the sky blue '.repeat(40)]);
    expect(found).toMatchObject({ view: 'head-middle-tail' });
  });

  // Windows lets only some users make links.
  test.skipIf(process.platform === 'win32')(
    'whose data are links into another folder is run all the same',
    async () => {
      const dir = placedGraph('external');
      const blobs = temporaryFolder();
      for (const [i, name] of ['model.onnx', 'model.onnx_data'].entries()) {
        const blob = join(blobs, `${i}`, `${i}${i}${i}`);
        mkdirSync(join(blobs, `${i}`));
        renameSync(join(dir, 'onnx', name), blob);
        symlinkSync(blob, join(dir, 'onnx', name));
      }
      const settings = await settingsOf(dir);
      const { engine } = await load(settings);
      const [{ text = '', output } = { output: [] }] = casesOf('bert-domain');
      const [found] = await encodeAll(engine, [text]);
      expect(distance(found?.logits ?? [], output)).toBeLessThan(tolerance);
      expect(filesIn(join(settings.cacheDir, 'models'))).toHaveLength(1);
      await load(settings);
      expect(filesIn(join(settings.cacheDir, 'models'))).toHaveLength(1);
    },
  );
});

describe('labels', () => {
  const domains = ['biology', 'business', 'math', 'other'];

  test.each([
    ['labels.json', domains],
    ['id2label.json', { 0: 'biology', 1: 'business', 2: 'math', 3: 'other' }],
    ['my_label_map.json', { biology: 0, business: 1, math: 2, other: 3 }],
    ['intent_type_mapping.json', { label2idx: { biology: 0, business: 1, math: 2, other: 3 } }],
  ])('are found in %s', async (name, content) => {
    const dir = placed('bert-domain');
    rmSync(join(dir, 'category_mapping.json'));
    writeFileSync(join(dir, name), JSON.stringify(content));
    const { heads } = await load(await settingsOf(dir));
    expect(heads[0]?.labels).toEqual(domains);
  });

  test('of the catalogue serve a model whose files have none', async () => {
    const dir = placed('bert-domain');
    rmSync(join(dir, 'category_mapping.json'));
    const { heads } = await load(await settingsOf(dir, { labels: ['a', 'b', 'c', 'd'] }));
    expect(heads[0]?.labels).toEqual(['a', 'b', 'c', 'd']);
    const { heads: other } = await load(await settingsOf(dir, { labels: ['a', 'b'] }));
    expect(other[0]?.labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3']);
  });

  test('with a gap are refused', async () => {
    const dir = placed('bert-domain');
    writeFileSync(
      join(dir, 'category_mapping.json'),
      JSON.stringify({ category_to_idx: { biology: 0, business: 1, math: 2, other: 4 } }),
    );
    await expect(load(await settingsOf(dir))).rejects.toThrow(/has the id 4; whole numbers from 0 to 3/);
  });

  test('of a model in the place of an embedded one are spelled as that one spells them', async () => {
    const settings = await settingsOf(placed('modernbert-guard'), { family: ['benign', 'jailbreak'] });
    const { heads } = await load(settings);
    expect(heads[0]?.labels).toEqual(['benign', 'jailbreak']);
  });
});

test('a BERT with a vocab.txt and no tokenizer.json gives the same', async () => {
  const dir = placed('bert-domain');
  const { model }: { model: { vocab: Record<string, number> } } = JSON.parse(
    readFileSync(join(dir, 'tokenizer.json'), 'utf8'),
  );
  const pieces = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
  rmSync(join(dir, 'tokenizer.json'));
  writeFileSync(join(dir, 'vocab.txt'), pieces.map(([piece]) => `${piece}\r\n`).join(''));
  const { engine } = await load(await settingsOf(dir));
  for (const { text = '', output } of casesOf('bert-domain')) {
    const [found] = await encodeAll(engine, [text]);
    expect(distance(found?.logits ?? [], output)).toBeLessThan(tolerance);
  }
  writeFileSync(join(dir, 'vocab.txt'), 'a\nb\n');
  await expect(load(await settingsOf(dir))).rejects.toThrow(/vocab.txt has no \[UNK\]/);
});

describe('files that cannot be run', () => {
  test('without a tokenizer', async () => {
    const dir = placed('bert-domain');
    rmSync(join(dir, 'tokenizer.json'));
    await expect(load(await settingsOf(dir))).rejects.toThrow(/has no tokenizer.json/);
  });

  test('of another task', async () => {
    const settings = await settingsOf(placed('mmbert-pii'), { task: 'sequence' });
    await expect(load(settings)).rejects.toThrow(/holds a token model, where a sequence model is needed/);
    const graph = await settingsOf(placedGraph('external'), { task: 'token' });
    await expect(load(graph)).rejects.toThrow(/no output for a token model; it gives logits \[1, 4\]/);
  });

  test('damaged', async () => {
    const dir = placedGraph('external');
    writeFileSync(join(dir, 'onnx', 'model.onnx'), 'not a graph');
    await expect(load(await settingsOf(dir))).rejects.toThrow();
  });
});

test('a longer input than the model has positions for is not read in one run, whatever is asked for', async () => {
  const dir = placed('bert-domain');
  expect((await load(await settingsOf(dir, { maxTokens: 32 }))).maxTokens).toBe(32);
  expect((await load(await settingsOf(dir, { maxTokens: 9999 }))).maxTokens).toBe(600);
  expect((await load(await settingsOf(dir, { madeFor: 512 }))).maxTokens).toBe(512);
  expect((await load(await settingsOf(dir, { madeFor: 512, maxTokens: 550 }))).maxTokens).toBe(550);
  writeFileSync(join(dir, 'tokenizer_config.json'), JSON.stringify({ model_max_length: 128 }));
  expect((await load(await settingsOf(dir))).maxTokens).toBe(128);
  editJson(join(dir, 'tokenizer_config.json'), { model_max_length: 1e30 });
  expect((await load(await settingsOf(dir))).maxTokens).toBe(600);
});

describe('an adapter', () => {
  test('runs on its base, with its own labels and the tokenizer of either', async () => {
    const folder = temporaryFolder();
    const graphs = fileURLToPath(new URL('../../../fixtures/graphs/', import.meta.url));
    const [base, dir] = [join(folder, 'base'), join(folder, 'adapter')];
    cpSync(join(graphs, 'modernbert-base'), base, { recursive: true });
    cpSync(join(graphs, 'modernbert-adapter-guard'), dir, { recursive: true });
    // A vocabulary as small as these models have: one token per letter.
    writeFileSync(join(base, 'tokenizer.json'), letterTokenizer());
    const { engine, heads, bytes } = await load({
      input: 'published',
      output: 'mom-jailbreak-classifier',
      name: 'guard',
      dir,
      files: [{ path: 'adapter_model.safetensors', role: 'adapter' }],
      base,
      task: 'sequence',
      question: undefined,
      labels: [],
      family: ['benign', 'jailbreak'],
      madeFor: undefined,
      maxTokens: undefined,
      dimension: undefined,
      threads: 1,
      device: 'cpu',
      cacheDir: join(folder, 'cache'),
      keepOptimised: false,
    });
    expect(heads[0]?.labels).toEqual(['benign', 'jailbreak']);
    expect(bytes).toBeGreaterThan(100_000);
    const { rows }: { rows: { ids: number[]; output: number[] }[] } = JSON.parse(
      readFileSync(join(graphs, 'modernbert-adapter-guard', 'cases.json'), 'utf8'),
    );
    for (const { ids, output } of rows) {
      const [found] = await encodeAll(engine, [String.fromCodePoint(...ids.map((id) => id + 0x4e00))]);
      expect(distance(found?.logits ?? [], output)).toBeLessThan(tolerance);
    }
  });
});

/** Gives the ideograph at 0x4e00 + n the id n, without a frame. */
function letterTokenizer(): string {
  const vocab = Object.fromEntries(
    Array.from({ length: 200 }, (_, id) => [String.fromCodePoint(id + 0x4e00), id]),
  );
  return JSON.stringify({
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab, merges: [], unk_token: '一', fuse_unk: false, byte_fallback: false },
  });
}
