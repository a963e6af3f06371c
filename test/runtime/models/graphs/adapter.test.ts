import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildGraph } from '../../../../src/runtime/models/graphs/index.js';
import { casesOf, copyOf, distance, editJson, editTensors, fixture, load, placeIn } from './support.js';

const tolerance = 1e-4;
const bio = ['O', 'B-PERSON', 'I-PERSON'];
const domains = ['biology', 'computer science', 'math', 'other', 'law'];
const guards = ['benign', 'jailbreak'];

const cases = [
  { base: 'bert-base', adapter: 'bert-adapter', kind: 'sequence', labels: domains },
  { base: 'modernbert-base', adapter: 'modernbert-adapter-domain', kind: 'sequence', labels: domains },
  { base: 'modernbert-base', adapter: 'modernbert-adapter-pii', kind: 'token', labels: bio },
  { base: 'modernbert-base', adapter: 'modernbert-adapter-guard', kind: 'sequence', labels: guards },
] as const;

describe.each(cases)('$adapter', ({ base, adapter, kind, labels }) => {
  test('gives what transformers gives with the adapter merged', async () => {
    const graph = await load({ folder: copyOf(base), adapter: fixture(adapter) });
    const rows = casesOf(adapter);
    const found = await graph.run(rows);
    for (const [i, { output }] of rows.entries()) {
      expect(distance(found[i] ?? [], output)).toBeLessThan(tolerance);
    }
    expect(graph.outputs).toMatchObject([{ kind, labels }]);
  });

  test('is copied into the graph only if it lies elsewhere', async () => {
    const folder = copyOf(base);
    const outside = buildGraph({ folder, adapter: fixture(adapter) });
    const inside = buildGraph({ folder, adapter: placeIn(folder, adapter) });
    expect(inside.model.length).toBeLessThan(outside.model.length);
    const graph = await load({ folder, adapter: join(folder, adapter) });
    const [row = { ids: [], output: [] }] = casesOf(adapter);
    expect(distance((await graph.run([row]))[0] ?? [], row.output)).toBeLessThan(tolerance);
  });
});

describe('several adapters in one batch', () => {
  const names = ['modernbert-adapter-domain', 'modernbert-adapter-pii', 'modernbert-adapter-guard'] as const;

  test('give each row what its own adapter gives it alone', async () => {
    const graph = await load({ folder: copyOf('modernbert-base'), adapter: names.map(fixture) });
    expect(graph.outputs.map(({ labels }) => labels)).toEqual([domains, bio, guards]);
    const all = names.flatMap((name, adapter) => casesOf(name).map((row) => ({ row, adapter })));
    // Neighbours with other adapters, and one with none.
    const mixed = all.sort((a, b) => a.row.ids.length - b.row.ids.length);
    const rows = [...mixed.map(({ row }) => row), { ids: [9, 8, 7], output: [] }];
    const adapters = [...mixed.map(({ adapter }) => adapter), -1];
    for (const output of names.keys()) {
      const found = await graph.run(rows, { output, adapters });
      for (const [i, { row, adapter }] of mixed.entries()) {
        if (adapter === output) expect(distance(found[i] ?? [], row.output)).toBeLessThan(tolerance);
      }
    }
  });

  test('leave rows without an adapter to the base', async () => {
    const headless = copyOf(names[2]);
    editTensors(join(headless, 'adapter_model.safetensors'), (tensors) => {
      for (const name of tensors.keys()) if (name.includes('classifier')) tensors.delete(name);
    });
    const folder = copyOf('modernbert-base');
    const bare = await load({ folder, kind: 'embedding' });
    const shared = await load({ folder, kind: 'embedding', adapter: [headless] });
    const rows = casesOf(names[0]);
    const expected = await bare.run(rows);
    const without = await shared.run(rows, { adapters: rows.map(() => -1) });
    const withIt = await shared.run(rows, { adapters: rows.map(() => 0) });
    for (const i of rows.keys()) {
      expect(distance(without[i] ?? [], expected[i] ?? [])).toBeLessThan(tolerance);
      expect(distance(withIt[i] ?? [], expected[i] ?? [])).toBeGreaterThan(0.01);
    }
  });
});

describe('refuses', () => {
  const folder = fixture('modernbert-base');
  const changed = (model: string, fields: Readonly<Record<string, unknown>>): string => {
    const adapter = copyOf(model);
    editJson(join(adapter, 'adapter_config.json'), fields);
    return adapter;
  };
  const domain = 'modernbert-adapter-domain';

  test.each([
    [
      'another method than LoRA',
      () => changed(domain, { peft_type: 'IA3' }),
      /peft_type is "IA3"; one of LORA/,
    ],
    ['DoRA', () => changed(domain, { use_dora: true }), /use_dora is true; false is needed/],
    ['a rank the weights do not have', () => changed(domain, { r: 5 }), /rank 5 for model\.layers.* have 4/],
    ['patterns', () => changed(domain, { alpha_pattern: { '.*(a+)+': 3 } }), /without regular expressions/],
    ['an adapter of another base', () => fixture('bert-adapter'), /bert-adapter.* changes .* and \d+ more/],
    ['a classifier that nothing uses', () => changed(domain, { task_type: null }), /changes classifier\.\w+/],
  ])('%s', (_, adapter, message) => {
    expect(() => buildGraph({ folder, adapter: adapter() })).toThrow(message);
  });

  test('a layer with one matrix, and one of another shape', () => {
    const half = copyOf(domain);
    const name = 'base_model.model.model.layers.1.mlp.Wi.lora_A.weight';
    editTensors(join(half, 'adapter_model.safetensors'), (tensors) => tensors.delete(name));
    expect(() => buildGraph({ folder, adapter: half })).toThrow(
      /no lora_A for layer model\.layers\.1\.mlp\.Wi/,
    );
    const other = copyOf(domain);
    editTensors(join(other, 'adapter_model.safetensors'), (tensors) => {
      tensors.set(name, { dtype: 'F32', shape: [4, 31], data: new Uint8Array(4 * 31 * 4) });
    });
    expect(() => buildGraph({ folder, adapter: other })).toThrow(
      /Wi\.lora_A.* \[4,31\]; the base makes it \[4,32\]/,
    );
  });
});

test('a layer may have an α of its own', async () => {
  const rows = casesOf('modernbert-adapter-guard');
  const adapter = copyOf('modernbert-adapter-guard');
  // Twice the α and half of B are the same change.
  editJson(join(adapter, 'adapter_config.json'), { alpha_pattern: { 'layers.1.attn.Wo': 12 } });
  editTensors(join(adapter, 'adapter_model.safetensors'), (tensors) => {
    const name = 'base_model.model.model.layers.1.attn.Wo.lora_B.weight';
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error('no such tensor');
    const values = new Float32Array(Uint8Array.from(tensor.data).buffer).map((value) => value / 2);
    tensors.set(name, { ...tensor, data: new Uint8Array(values.buffer) });
  });
  const found = await (await load({ folder: copyOf('modernbert-base'), adapter })).run(rows);
  for (const [i, { output }] of rows.entries())
    expect(distance(found[i] ?? [], output)).toBeLessThan(tolerance);
});
