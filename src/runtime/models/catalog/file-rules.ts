/**
 * Which files of a repository are needed, by kind of model.
 *
 * @module
 */
import type { CatalogEntry, CompanionRule, FileRules } from './types.js';

const tokenizer: readonly CompanionRule[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
].map((pattern) => ({ role: 'tokenizer', pattern }));

const config: readonly CompanionRule[] = [
  'config.json',
  'lora_config.json',
  'training_config.json',
  'onnx/model_config.json',
].map((pattern) => ({ role: 'config', pattern }));

/** `label_mapping.json`, `category_mapping.json`, `pii_type_mapping.json` and whatever else it was called. */
const labels: readonly CompanionRule[] = ['*mapping*.json', '*label*.json', '*id2label*.json'].map(
  (pattern) => ({
    role: 'labels',
    pattern,
  }),
);

const pooling: readonly CompanionRule[] = [
  'modules.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  '*_Pooling/config.json',
  '*_Dense/config.json',
  '*_Dense/model.safetensors',
].map((pattern) => ({ role: 'pooling', pattern }));

/**
 * Graphs for the CPU in order of preference: full precision first, because half precision is computed by way
 * of casts there; then what only some machines run well. `*_fa*` graphs need an operator of one vendor's GPUs
 * and are never taken.
 */
const graphNames = [
  'model.onnx',
  'classifier.onnx',
  'model_optimized.onnx',
  'model_sdpa_fp16.onnx',
  'model_fp16.onnx',
  'model_quantized.onnx',
  'model_int8.onnx',
];

const anyGraph: readonly (readonly string[])[] = graphNames.flatMap((name) => [[name], [`onnx/${name}`]]);

/** One file, or pieces with an index. */
const anyWeights: readonly (readonly string[])[] = [
  ['model.safetensors'],
  ['model.safetensors.index.json', 'model-*-of-*.safetensors'],
];

/** A classifier, or any model nothing more is known of. */
export const classifierFiles: FileRules = {
  graphs: anyGraph,
  weights: anyWeights,
  companions: [...config, ...tokenizer, ...labels, ...pooling],
};

/** An embedding model; the layers behind the last pooling may be files of their own. */
export const embeddingFiles: FileRules = {
  graphs: anyGraph,
  weights: anyWeights,
  companions: [...config, ...tokenizer, ...pooling],
};

/** One graph per exit layer, in order of preference; a repository with all of them is several gigabytes. */
export function layeredFiles(layers: readonly number[]): FileRules {
  return {
    ...embeddingFiles,
    graphs: [
      ...layers.flatMap((layer) => [[`onnx/layer-${layer}/model.onnx`], [`onnx/model_layer_${layer}.onnx`]]),
      ...anyGraph,
    ],
  };
}

/** One graph per kind of input. */
export const multimodalFiles: FileRules = {
  ...embeddingFiles,
  graphs: [
    ['onnx/text_encoder.onnx', 'onnx/image_encoder.onnx', 'onnx/audio_encoder.onnx'],
    ['text_encoder.onnx', 'image_encoder.onnx', 'audio_encoder.onnx'],
    ['onnx/text_encoder.onnx'],
    ['text_encoder.onnx'],
  ],
};

/** Low-rank updates of a base model that is a repository of its own. */
export const adapterFiles: FileRules = {
  graphs: [],
  weights: [['adapter_model.safetensors']],
  companions: [
    { role: 'adapter', pattern: 'adapter_config.json' },
    ...config,
    ...tokenizer.filter(({ pattern }) => pattern.endsWith('.json')),
    ...labels,
  ],
};

/** A repository nobody has described: a classifier, or an adapter. */
export const anyFiles: FileRules = {
  graphs: anyGraph,
  // Last: a repository with the whole model as well is no adapter.
  weights: [...anyWeights, ...adapterFiles.weights],
  companions: [...new Set([...classifierFiles.companions, ...adapterFiles.companions])],
};

/** Weights for adapters; a graph could not be opened up for them. */
export const baseFiles: FileRules = {
  graphs: [],
  weights: anyWeights,
  companions: [...config, ...tokenizer],
};

/** A model as adapters need it: its weights, even if it has a graph as well. */
export function asBase(entry: CatalogEntry): CatalogEntry {
  return entry.purpose === 'base' ? entry : { ...entry, files: baseFiles };
}
