import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../../src/runtime/config/load.js';
import { openCatalog } from '../../../../src/runtime/models/catalog/catalog.js';
import { discoverModel, discoverModels } from '../../../../src/runtime/models/catalog/local-folder.js';
import { userModelsOf } from '../../../../src/runtime/models/catalog/user-entries.js';
import { temporaryFolder } from '../../../commands/run-cli.js';

const catalog = openCatalog();
const base =
  'version: v0.3\nproviders: {models: [{name: m, backend_refs: [{endpoint: 127.0.0.1:1}]}], defaults: {model: m}}\n';

describe('the catalogue', () => {
  it('gives every name and alias to one model', () => {
    const names = catalog.entries
      .flatMap(({ name, aliases }) => [name, ...aliases])
      .map((name) => name.toLowerCase());
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each([
    ['mom-domain-classifier', 'LLM-Semantic-Router/lora_intent_classifier_bert-base-uncased_model', 14],
    [
      'models/category_classifier_modernbert-base_model',
      'LLM-Semantic-Router/lora_intent_classifier_bert-base-uncased_model',
      14,
    ],
    ['mom-brain-flash', 'LLM-Semantic-Router/lora_intent_classifier_bert-base-uncased_model', 14],
    ['privacy-guard', 'LLM-Semantic-Router/lora_pii_detector_bert-base-uncased_model', 35],
    ['mom-pii-flash', 'LLM-Semantic-Router/lora_pii_detector_bert-base-uncased_model', 35],
    ['Prompt-Guard', 'LLM-Semantic-Router/jailbreak_classifier_modernbert-base_model', 2],
    ['mom-jailbreak-flash', 'LLM-Semantic-Router/jailbreak_classifier_modernbert-base_model', 2],
    ['lettucedect', 'KRLabsOrg/lettucedect-base-modernbert-en-v1', 2],
    ['nli-explainer', 'tasksource/ModernBERT-base-nli', 3],
    ['user-feedback-classifier', 'llm-semantic-router/feedback-detector', 4],
    ['modality-router', 'llm-semantic-router/mmbert32k-modality-router-merged', 3],
    ['mom-toolcall-verifier', 'llm-semantic-router/toolcall-verifier', 2],
    ['prompt-guard-32k', 'llm-semantic-router/mmbert32k-jailbreak-detector-lora', 2],
    ['pii-detector-merged', 'llm-semantic-router/mmbert32k-pii-detector-merged', 35],
    ['pii-detector-32k-merged', 'llm-semantic-router/mmbert32k-pii-detector-merged', 35],
    ['mom-embedding-light', 'sentence-transformers/all-MiniLM-L12-v2', 0],
    ['mom-similarity-flash', 'sentence-transformers/all-MiniLM-L12-v2', 0],
    ['mom-embedding-max', 'llm-semantic-router/mmbert-embed-32k-2d-matryoshka', 0],
    ['mom-embedding-ultra', 'llm-semantic-router/mmbert-embed-32k-2d-matryoshka', 0],
    ['mom-embedding-flash', 'google/embeddinggemma-300m', 0],
    ['qwen/qwen3-embedding-0.6b', 'Qwen/Qwen3-Embedding-0.6B', 0],
  ])('finds %s', (reference, repo, labels) => {
    const entry = catalog.resolve(reference);
    expect(entry.source).toMatchObject({ kind: 'hub', repo });
    expect(entry.labels).toHaveLength(labels);
  });

  it('has the 25 models of the registry', () => {
    expect(catalog.entries.filter(({ source }) => source.kind === 'hub').length).toBeGreaterThanOrEqual(25);
    expect(catalog.resolve('mom-embedding-flash').gated).toBe(true);
    expect(catalog.resolve('mom-pii-classifier').labels.slice(0, 3)).toEqual(['O', 'B-AGE', 'I-AGE']);
    expect(catalog.resolve('mom-expert-law-flash').source.kind).toBe('served');
  });

  it('takes any repository, and suggests for everything else', () => {
    expect(catalog.resolve('acme/odd.model')).toMatchObject({
      origin: 'given',
      source: { repo: 'acme/odd.model' },
    });
    for (const [wrong, right] of [
      ['models/mom-domain-clasifier', 'mom-domain-classifier'],
      ['jailbreak', 'mom-jailbreak-classifier'],
      ['privacy-gard', 'privacy-guard'],
    ] as const) {
      expect(() => catalog.resolve(wrong)).toThrow(
        expect.objectContaining({ code: 'VSR_USAGE', hint: expect.stringContaining(right) }),
      );
    }
  });
});

describe('models of one’s own', () => {
  const own = (registry: string) =>
    openCatalog({
      userModels: userModelsOf(
        loadConfigText(`${base}global: {model_catalog: {registry: ${registry}}}\n`, 'c.yaml', {}).document,
      ),
      cwd: '/project',
    });

  it('take the place of ours and keep what they do not say', () => {
    const found = own('{models/mom-domain-classifier: {repo: acme/domains, revision: v2, labels: [a, b]}}');
    expect(found.resolve('intent-classifier')).toMatchObject({
      name: 'mom-domain-classifier',
      source: { kind: 'hub', repo: 'acme/domains', revision: 'v2' },
      labels: ['a', 'b'],
      threshold: 0.6,
      standIn: 'mom-domain-classifier',
      origin: 'config',
    });
    expect(found.entries).toHaveLength(catalog.entries.length);
  });

  it('may be folders and new names', () => {
    const found = own('{models/mine: ./local/model, other: {path: /abs, task: token}}');
    expect(found.resolve('models/mine').source).toEqual({
      kind: 'folder',
      path: resolve('/project', 'local/model'),
    });
    expect(found.resolve('other')).toMatchObject({ task: 'token', source: { path: '/abs' } });
  });

  it('are read from `mom_registry` too', () => {
    const { document } = loadConfigText(
      `${base}mom_registry: {models/mom-domain-classifier: acme/domains}\n`,
      'c.yaml',
      {},
    );
    expect(userModelsOf(document)).toEqual({ 'models/mom-domain-classifier': 'acme/domains' });
  });

  it.each([
    ['{x: {repo: acme/a, path: ./b}}', 'either `repo` or `path`'],
    ['{x: {repo: acme/a, threshold: 2}}', 'threshold'],
    ['{x: {repo: acme/a, revison: v1}}', 'revison'],
  ])('are refused as %s', (registry, message) => {
    expect(() => own(registry)).toThrow(message);
  });
});

describe('a model in a folder', () => {
  it('is recognised by its configuration and weights', async () => {
    const folder = await temporaryFolder();
    const model = join(folder, 'mine');
    await mkdir(model);
    expect(await discoverModel(model)).toBeUndefined();
    await writeFile(join(model, 'model.safetensors'), 'x');
    expect(await discoverModel(model)).toBeUndefined();
    await writeFile(
      join(model, 'config.json'),
      JSON.stringify({
        model_type: 'modernbert',
        vocab_size: 256_000,
        architectures: ['ModernBertForTokenClassification'],
        id2label: { 10: 'c', 0: 'a', 2: 'b' },
        max_position_embeddings: 8192,
      }),
    );
    expect(await discoverModel(model)).toMatchObject({
      name: 'mine',
      architecture: 'mmbert',
      task: 'token',
      labels: ['a', 'b', 'c'],
      maxTokens: 8192,
    });
    expect((await discoverModels(folder)).map(({ name }) => name)).toEqual(['mine']);
    await writeFile(join(model, 'config.json'), 'broken');
    await expect(discoverModel(model)).rejects.toMatchObject({ code: 'VSR_MODEL_FILES_MISSING' });
  });

  it.each([
    ['bert-sequence', 'sequence'],
    ['bert-token-f16', 'token'],
    ['bert-base', 'embedding'],
  ])('is told by the weights of %s where its configuration names no class', async (fixture, task) => {
    const model = await temporaryFolder();
    await cp(fileURLToPath(new URL(`../../../fixtures/graphs/${fixture}`, import.meta.url)), model, {
      recursive: true,
    });
    const config: Record<string, unknown> = JSON.parse(await readFile(join(model, 'config.json'), 'utf8'));
    await writeFile(join(model, 'config.json'), JSON.stringify({ ...config, architectures: null }));
    expect(await discoverModel(model)).toMatchObject({ task });
  });
});
