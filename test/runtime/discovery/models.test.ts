import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { reasoningFamilies } from '../../../src/runtime/config/reasoning-families.js';
import { keysInEnvironment } from '../../../src/runtime/discovery/cloud.js';
import { billionsOf, bySize, isChatModel, reasoningFamilyOf } from '../../../src/runtime/discovery/models.js';

describe('billionsOf', () => {
  it.each([
    ['qwen3:8b', 8],
    ['qwen3:0.6b', 0.6],
    ['Llama-3.3-70B-Instruct', 70],
    ['mixtral:8x7b', 56],
    ['qwen3-30b-a3b', 30],
    ['999.89M', 0.99989],
    ['smollm:135m', 0.135],
    ['gpt-oss', undefined],
    ['llama3.1', undefined],
    ['phi-4-mini', undefined],
    ['v1b2', undefined],
  ])('%s: %s', (text, expected) => {
    expect(billionsOf(text)).toBe(expected);
  });
});

describe('isChatModel', () => {
  it.each([
    'nomic-embed-text',
    'bge-m3',
    'BAAI/bge-reranker-v2',
    'all-minilm:22m',
    'whisper-1',
    'text-embedding-3-small',
  ])('%s is none', (id) => expect(isChatModel(id)).toBe(false));
  it.each(['qwen3:8b', 'llama3', 'deepseek-r1:14b', 'gpt-oss:20b'])('%s is one', (id) =>
    expect(isChatModel(id)).toBe(true),
  );
});

describe('reasoningFamilyOf', () => {
  it.each([
    ['qwen3:8b', 'qwen3'],
    ['Qwen/Qwen3-32B', 'qwen3'],
    ['Qwen/Qwen3-30B-A3B-Instruct-2507', undefined],
    ['qwen3-coder:30b', undefined],
    ['qwen2.5:7b', undefined],
    ['gpt-oss:20b', 'gpt-oss'],
    ['deepseek-v3.1:671b', 'deepseek'],
    ['llama3.3', undefined],
  ])('%s: %s', (id, family) => {
    expect(reasoningFamilyOf(id)).toBe(family);
    if (family !== undefined) expect(reasoningFamilies.has(family)).toBe(true);
  });
});

describe('bySize', () => {
  it('puts unknown sizes last and keeps their order', () => {
    const model = (id: string, billions?: number) => ({ id, billions, reasoningFamily: undefined });
    const models = [model('x'), model('b', 8), model('y'), model('a', 1)];
    expect(bySize(models).map(({ id }) => id)).toEqual(['a', 'b', 'x', 'y']);
  });
});

describe('keysInEnvironment', () => {
  it('sees keys that are set and not blank, and never keeps their value', () => {
    const keys = keysInEnvironment({ OPENAI_API_KEY: 'sk-secret', GROQ_API_KEY: ' ', GOOGLE_API_KEY: 'g' });
    expect(keys.map(({ env }) => env)).toEqual(['OPENAI_API_KEY', 'GOOGLE_API_KEY']);
    expect(JSON.stringify(keys)).not.toContain('secret');
  });

  it('knows services whose addresses and reasoning families the configuration accepts', () => {
    // Every variable is set.
    const env = new Proxy<Record<string, string>>({}, { get: () => 'x' });
    for (const { vendor, baseUrl, small, large, env: variable } of keysInEnvironment(env)) {
      const models = [small, large].map(
        ({ id, reasoningFamily }) =>
          `{name: "${id}", ${reasoningFamily === undefined ? '' : `reasoning: {family: ${reasoningFamily}}, `}backend_refs: [{provider: ${vendor}, base_url: "${baseUrl}", api_key_env: ${variable}}]}`,
      );
      const text = `version: v0.3\nlisteners: [{port: 8899}]\nproviders:\n  defaults: {model: "${small.id}"}\n  models: [${models}]\n`;
      const { config } = loadConfigText(text, vendor, env);
      expect(config.models[0]?.backends[0]?.chatPath).toBe('/chat/completions');
    }
  });
});
