import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../../src/runtime/inference/bundle.js';
import { embeddedModels, entriesOf } from '../../../src/runtime/inference/embedded-models.js';

const bundle: Bundle = {
  dir: '/bundle',
  name: 'tiny',
  version: '1.0.0',
  encoder: { name: 'base', license: 'Apache-2.0', dimension: 8, max_tokens: 16, precision: 'fp32' },
  tokenizer: { path: '/bundle/tokenizer.json', sha256: 'b'.repeat(64), bytes: 20 },
  text: {
    file: { path: '/bundle/encoder.onnx', sha256: 'a'.repeat(64), bytes: 1000 },
    embedding: { model: 'tiny-embedding', output: 'embedding', metrics: {} },
    heads: [
      {
        model: 'tiny-classifier',
        task: 'sequence',
        output: 'logits',
        labels: ['yes', 'no'],
        temperature: 1,
        threshold: 0.7,
        thresholds: {},
        scheme: 'bio',
        card: 'classifier.md',
        metrics: { accuracy: 0.9 },
      },
    ],
  },
  pair: {
    file: { path: '/bundle/pair.onnx', sha256: 'c'.repeat(64), bytes: 500 },
    heads: [
      {
        model: 'tiny-detector',
        task: 'token',
        output: 'detector_logits',
        labels: ['supported', 'unsupported'],
        temperature: 1,
        threshold: 0.4,
        thresholds: { unsupported: 0.3 },
        scheme: 'binary',
        metrics: {},
      },
    ],
  },
};

describe('entriesOf', () => {
  it('lists the embedding model, then the heads of each graph with the size of what they need', () => {
    const shared = {
      source: 'embedded',
      base: 'base',
      maxTokens: 16,
      license: 'Apache-2.0',
      sizeBytes: 1020,
      bundle: { name: 'tiny', version: '1.0.0', sha256: 'a'.repeat(64) },
    };
    expect(entriesOf(bundle)).toMatchObject([
      { ...shared, name: 'tiny-embedding', task: 'embedding', labels: [], dimension: 8, card: undefined },
      {
        ...shared,
        name: 'tiny-classifier',
        task: 'sequence',
        labels: ['yes', 'no'],
        threshold: 0.7,
        dimension: undefined,
        card: '/bundle/classifier.md',
        metrics: { accuracy: 0.9 },
        input: 'text',
      },
      {
        ...shared,
        name: 'tiny-detector',
        task: 'token',
        input: 'pair',
        threshold: 0.4,
        thresholds: { unsupported: 0.3 },
        sizeBytes: 520,
        bundle: { name: 'tiny', version: '1.0.0', sha256: 'c'.repeat(64) },
        card: undefined,
      },
    ]);
  });
});

describe('embeddedModels', () => {
  it('lists what comes with the package, each with its card', () => {
    const models = embeddedModels();
    expect(models.map((model) => model.name)).toEqual(
      expect.arrayContaining(['mom-embedding-light', 'mom-domain-classifier']),
    );
    for (const model of models) expect(existsSync(model.card ?? '')).toBe(true);
  });

  it('refuses a folder without a bundle', () => {
    expect(() => embeddedModels('/nowhere')).toThrow(
      expect.objectContaining({ code: 'VSR_MODEL_BUNDLE_INVALID' }),
    );
  });
});
