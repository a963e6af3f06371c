import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVsrError } from '../../../../src/runtime/errors.js';
import { type BuiltGraph, buildGraph } from '../../../../src/runtime/models/graphs/index.js';
import {
  casesOf,
  copyOf,
  distance,
  editJson,
  editTensors,
  fixture,
  load,
  temporaryFolder,
} from './support.js';

function build(model: string, config: Readonly<Record<string, unknown>> = {}): BuiltGraph {
  return buildGraph({ folder: fixture(model), config });
}

describe('a graph', () => {
  test('names its inputs, outputs and labels', () => {
    expect(build('bert-sequence')).toMatchObject({
      inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
      outputs: [
        {
          name: 'logits',
          kind: 'sequence',
          labels: ['biology', 'computer science', 'math', 'other', 'law'],
          size: 5,
          activation: 'softmax',
        },
      ],
    });
    expect(build('modernbert-sequence').inputs).toEqual(['input_ids', 'attention_mask']);
    expect(build('bert-base').outputs).toEqual([
      { name: 'sentence_embedding', kind: 'embedding', labels: [], size: 32, activation: undefined },
    ]);
  });

  test('has the sigmoid for labels that do not exclude each other', () => {
    const config = { problem_type: 'multi_label_classification' };
    expect(build('bert-sequence', config).outputs[0]?.activation).toBe('sigmoid');
  });

  test.each([
    ['bert-sequence', 'sequence'],
    ['bert-token-f16', 'token'],
    ['bert-base', 'embedding'],
    ['distilbert-sequence', 'sequence'],
    ['distilbert-token-bf16', 'token'],
    ['roberta-sequence', 'sequence'],
    ['xlm-roberta-token', 'token'],
  ])('of %s is recognised by its tensors where no class is named', (model, kind) => {
    expect(build(model, { architectures: null }).outputs[0]?.kind).toBe(kind);
  });

  test('can be told what it is for', () => {
    expect(() => build('mmbert-token', { architectures: null })).toThrow(/architectures is missing/);
    const config = { architectures: null };
    const graph = buildGraph({ folder: fixture('mmbert-token'), config, kind: 'token' });
    expect(graph.outputs[0]?.kind).toBe('token');
  });

  test('reads weights that wrappers have renamed, and those with old names of norms', async () => {
    const folder = copyOf('bert-sequence');
    editTensors(join(folder, 'model.safetensors'), (tensors) => {
      for (const [name, data] of [...tensors]) {
        tensors.delete(name);
        const old = name
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta');
        tensors.set(`_orig_mod.${old}`, data);
      }
      tensors.set('bert.embeddings.position_ids', { dtype: 'I64', shape: [1], data: new Uint8Array(8) });
    });
    const graph = await load({ folder });
    const [row = { ids: [], output: [] }] = casesOf('bert-sequence');
    expect(distance((await graph.run([row]))[0] ?? [], row.output)).toBeLessThan(1e-4);
  });

  test.each(['', ' ', '  ', '   '])(
    'reads weights at any alignment (%j after the header)',
    async (padding) => {
      const folder = copyOf('modernbert-sequence');
      editTensors(join(folder, 'model.safetensors'), () => {}, padding);
      const graph = await load({ folder });
      const rows = casesOf('modernbert-sequence').slice(0, 3);
      const found = await graph.run(rows);
      for (const [i, { output }] of rows.entries())
        expect(distance(found[i] ?? [], output)).toBeLessThan(1e-4);
    },
  );

  test('takes the first token for the text where sentence-transformers does', async () => {
    const folder = copyOf('bert-embedding-sharded');
    const off = { pooling_mode_mean_tokens: false, pooling_mode_cls_token: true };
    editJson(join(folder, '1_Pooling', 'config.json'), off);
    const first = await load({ folder });
    const mean = await load({ folder: copyOf('bert-embedding-sharded') });
    const rows = [
      { ids: [9], output: [] },
      { ids: [9, 8, 7, 6], output: [] },
    ];
    const [found, other] = [await first.run(rows), await mean.run(rows)];
    // The only token of a text is also the mean of its tokens.
    expect(distance(found[0] ?? [], other[0] ?? [])).toBeLessThan(1e-5);
    expect(distance(found[1] ?? [], other[1] ?? [])).toBeGreaterThan(0.01);
    for (const row of found) expect(Math.hypot(...row)).toBeCloseTo(1, 5);
  });

  test('gives numbers for a row that is nothing but padding', async () => {
    for (const model of ['modernbert-sequence-mean-bf16', 'bert-embedding-sharded']) {
      const graph = await load({ folder: copyOf(model) });
      const found = await graph.run([{ ids: [], output: [] }], { padding: 4 });
      expect(found[0]?.every(Number.isFinite)).toBe(true);
    }
  });

  test('reads both ways to state the bases of rotary positions', () => {
    const older = build('modernbert-sequence', { global_rope_theta: 5000, local_rope_theta: 300 });
    const newer = build('modernbert-sequence', {
      global_rope_theta: undefined,
      local_rope_theta: undefined,
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 5000 },
        sliding_attention: { rope_type: 'default', rope_theta: 300 },
      },
    });
    expect(Buffer.from(newer.model).equals(older.model)).toBe(true);
    expect(Buffer.from(build('modernbert-sequence').model).equals(older.model)).toBe(false);
  });
});

describe('a model that can not be run is refused:', () => {
  test.each([
    [
      'another architecture',
      'bert-base',
      { model_type: 'gpt2' },
      /config\.json: model_type is "gpt2"; one of bert, distilbert, roberta, .*modernbert is needed/,
    ],
    ['no architecture', 'bert-base', { model_type: null }, /model_type is missing/],
    [
      'another head',
      'bert-base',
      { architectures: ['BertForQuestionAnswering'] },
      /architectures is \["BertForQuestionAnswering"\]; .* ForSequenceClassification/,
    ],
    [
      'a head without weights',
      'bert-base',
      { architectures: ['BertForSequenceClassification'] },
      /model\.safetensors has no tensor classifier\.weight/,
    ],
    [
      'more layers than weights',
      'bert-base',
      { num_hidden_layers: 3 },
      /no tensor encoder\.layer\.2\.attention\.self\.query\.weight/,
    ],
    [
      'another size',
      'bert-base',
      { intermediate_size: 64 },
      /intermediate\.dense\.weight in .* has shape \[48,32\]; config\.json makes it \[64,32\]/,
    ],
    ['a size of another type', 'bert-base', { hidden_size: '32' }, /hidden_size is "32"; a whole number/],
    [
      'heads that do not divide it',
      'bert-base',
      { num_attention_heads: 5 },
      /num_attention_heads is 5; a divisor of the hidden size 32/,
    ],
    ['heads of an odd size', 'modernbert-sequence', { num_attention_heads: 32 }, /with an even quotient/],
    ['an unknown activation', 'bert-base', { hidden_act: 'xielu' }, /hidden_act is "xielu"; one of gelu, /],
    [
      'an activation like a property every object has',
      'bert-base',
      { hidden_act: 'constructor' },
      /hidden_act is "constructor"/,
    ],
    [
      'relative positions',
      'bert-base',
      { position_embedding_type: 'relative_key' },
      /position_embedding_type/,
    ],
    ['a decoder', 'bert-base', { is_decoder: true }, /is_decoder is true; false is needed/],
    [
      'an unknown pooling',
      'modernbert-sequence',
      { classifier_pooling: 'max' },
      /classifier_pooling is "max"; one of cls, mean/,
    ],
    [
      'unknown layers',
      'modernbert-sequence',
      { layer_types: ['full_attention'] },
      /layer_types is .* a list of 4 times/,
    ],
    [
      'unknown rotary positions',
      'mmbert-token',
      { rope_parameters: { full_attention: { rope_type: 'longrope' } } },
      /rope_parameters\.rope_type is "longrope"; one of default, linear, yarn|full_attention\.rope_type is "longrope"/,
    ],
    [
      'rotary positions without kinds of attention',
      'mmbert-token',
      { rope_parameters: { rope_theta: 5 } },
      /an object with full_attention and sliding_attention/,
    ],
    [
      'more layers than any model has',
      'modernbert-sequence',
      { num_hidden_layers: 1e12 },
      /at most 1000 is needed/,
    ],
    [
      'a size beyond memory',
      'modernbert-sequence',
      { hidden_size: 3 * 2 ** 40 },
      /config\.json makes it \[120,3298534883328\]/,
    ],
  ])('%s', (_, model, config, message) => {
    expect(() => build(model, config)).toThrow(message);
  });

  test('weights of a type no graph can compute with', () => {
    const folder = copyOf('bert-base');
    editTensors(join(folder, 'model.safetensors'), (tensors) => {
      const name = 'encoder.layer.0.output.dense.bias';
      tensors.set(name, { dtype: 'I8', shape: [32], data: new Uint8Array(32) });
    });
    expect(() => buildGraph({ folder })).toThrow(
      /output\.dense\.bias in .* is I8; F32, F16 and BF16 can be run/,
    );
  });

  test('no configuration, or a broken one', () => {
    const folder = copyOf('bert-base');
    const file = join(folder, 'config.json');
    writeFileSync(file, '{"model_type": ');
    expect(() => buildGraph({ folder })).toThrow(/config\.json is not valid JSON/);
    writeFileSync(file, '7');
    expect(() => buildGraph({ folder })).toThrow(/config\.json holds 7/);
    rmSync(file);
    expect(() => buildGraph({ folder })).toThrow(/config\.json can't be read: no such file/);
    try {
      buildGraph({ folder: temporaryFolder() });
      expect.unreachable();
    } catch (error) {
      expect(isVsrError(error) ? error.code : error).toBe('VSR_FILE_UNREADABLE');
    }
  });

  test('modules of sentence-transformers beyond pooling and scaling', () => {
    const folder = copyOf('bert-embedding-sharded');
    const pooling = join(folder, '1_Pooling', 'config.json');
    editJson(pooling, { pooling_mode_max_tokens: true });
    expect(() => buildGraph({ folder })).toThrow(/pooling_mode_mean_tokens and pooling_mode_max_tokens/);
    const modules = join(folder, 'modules.json');
    writeFileSync(modules, JSON.stringify([{ type: 'sentence_transformers.models.Dense', path: '2_Dense' }]));
    expect(() => buildGraph({ folder })).toThrow(/module "sentence_transformers\.models\.Dense"/);
    writeFileSync(modules, JSON.stringify([{ type: 'sentence_transformers.models.Pooling', path: '../x' }]));
    expect(() => buildGraph({ folder })).toThrow(/path "\.\.\/x"; a folder's name is needed/);
  });
});

describe('hostile configurations', () => {
  const numbers = fc.constantFrom(0, -1, 0.5, 1, 2, 3, 31, 1e6, 1e15, 1e300);
  const value = fc.oneof(fc.anything(), numbers, fc.constantFrom('gelu', 'cls', 'yarn', null, [], {}));

  test.each([
    'bert-sequence',
    'distilbert-sequence',
    'roberta-sequence',
    'modernbert-sequence',
    'mmbert-token',
  ])('of %s give a graph or a catalogued error', (model) => {
    const fields = Object.keys(JSON.parse(readFileSync(join(fixture(model), 'config.json'), 'utf8')));
    const rope = fc.record({
      rope_type: fc.constantFrom('default', 'linear', 'yarn', 'dynamic'),
      factor: value,
    });
    const config = fc.oneof(
      fc.dictionary(fc.constantFrom(...fields, 'rope_parameters', 'layer_types', 'rope_scaling'), value),
      fc.record({ rope_parameters: fc.record({ full_attention: rope, sliding_attention: rope }) }),
      fc.record({ rope_scaling: rope }),
    );
    fc.assert(
      fc.property(config, (changed) => {
        try {
          buildGraph({ folder: fixture(model), config: changed });
        } catch (error) {
          expect(isVsrError(error), String(error)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
