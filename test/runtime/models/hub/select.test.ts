import { describe, expect, it } from 'vitest';
import { openCatalog } from '../../../../src/runtime/models/catalog/catalog.js';
import { selectFiles } from '../../../../src/runtime/models/hub/select.js';

const catalog = openCatalog();
const chosen = (name: string, ...paths: string[]) => {
  const { files, problem } = selectFiles(
    paths.map((path) => ({ path, size: 1 })),
    catalog.resolve(name).files,
  );
  return { paths: files.map(({ path }) => path).sort(), problem };
};

describe('of the published repositories', () => {
  it('a merged mmBERT gives its full-precision graph, and configuration and tokenizer once', () => {
    expect(
      chosen(
        'mmbert32k-pii-detector-merged',
        ...['config.json', 'tokenizer.json', 'label_mapping.json', 'lora_config.json', 'model.safetensors'],
        ...['onnx/model.onnx', 'onnx/model_sdpa_fp16.onnx', 'onnx/model_fa_fp16.onnx'],
        ...['onnx/config.json', 'onnx/tokenizer.json', 'README.md', 'optimizer.pt'],
      ).paths,
    ).toEqual(['config.json', 'label_mapping.json', 'lora_config.json', 'onnx/model.onnx', 'tokenizer.json']);
  });

  it('configuration and tokenizer beside the graph do where the root has none', () => {
    expect(chosen('acme/x', 'onnx/model.onnx', 'onnx/config.json', 'onnx/tokenizer.json')).toEqual({
      paths: ['onnx/config.json', 'onnx/model.onnx', 'onnx/tokenizer.json'],
      problem: undefined,
    });
  });

  it('the layered embedding gives one layer with its data', () => {
    const layers = [6, 11, 16, 22].flatMap((layer) => [
      `onnx/layer-${layer}/model.onnx`,
      `onnx/layer-${layer}/model.onnx.data`,
      `onnx/layer-${layer}/model_fa_fp16.onnx`,
    ]);
    expect(
      chosen(
        'mom-embedding-ultra',
        'config.json',
        'tokenizer.json',
        'model.safetensors',
        'onnx/model_config.json',
        ...layers,
      ).paths,
    ).toEqual([
      'config.json',
      'onnx/layer-22/model.onnx',
      'onnx/layer-22/model.onnx.data',
      'onnx/model_config.json',
      'tokenizer.json',
    ]);
  });

  it('Gemma gives its dense layers, and an adapter no graph', () => {
    expect(
      chosen(
        'mom-embedding-flash',
        'config.json',
        'tokenizer.json',
        'model.safetensors',
        '2_Dense/model.safetensors',
        '2_Dense/config.json',
        '3_Dense/model.safetensors',
      ).paths,
    ).toContain('3_Dense/model.safetensors');
    expect(
      chosen(
        'mmbert32k-intent',
        'adapter_config.json',
        'adapter_model.safetensors',
        'onnx/model.onnx',
        'label_mapping.json',
      ).paths,
    ).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'label_mapping.json']);
  });
});

it.each([
  [
    ['model.onnx', 'model.onnx_data'],
    ['config.json', 'model.onnx', 'model.onnx_data'],
  ],
  [
    ['model.onnx', 'model.onnx_data', 'model.onnx_data_1'],
    ['config.json', 'model.onnx', 'model.onnx_data', 'model.onnx_data_1'],
  ],
  [
    ['odd_name.onnx', 'model_fa.onnx'],
    ['config.json', 'odd_name.onnx'],
  ],
  [
    ['model.safetensors', 'odd_name.onnx'],
    ['config.json', 'model.safetensors'],
  ],
  [
    ['model.safetensors', 'pii_type_mapping.json', 'my_labels.json'],
    ['config.json', 'model.safetensors', 'my_labels.json', 'pii_type_mapping.json'],
  ],
])('%j gives %j', (paths, wanted) => {
  expect(chosen('acme/x', 'config.json', ...paths)).toEqual({ paths: wanted, problem: undefined });
});

it.each([
  [['config.json', 'pytorch_model.bin'], 'pytorch_model.bin'],
  [['model.onnx'], 'no config.json'],
  [['config.json', 'onnx/model_fa_fp16.onnx'], 'no ONNX graph that runs everywhere'],
])('%j cannot be run', (paths, reason) => {
  expect(chosen('acme/x', ...paths).problem).toContain(reason);
});
