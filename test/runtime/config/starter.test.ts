import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { embeddedConfig } from '../../../src/runtime/config/starter.js';
import { keysInEnvironment } from '../../../src/runtime/discovery/cloud.js';
import type { Discovery, LocalServer } from '../../../src/runtime/discovery/types.js';

const model = (id: string, billions?: number, reasoningFamily?: string) => ({
  id,
  billions,
  reasoningFamily,
});

const ollama: LocalServer = {
  kind: 'ollama',
  label: 'Ollama',
  baseUrl: 'http://127.0.0.1:11434/v1',
  models: [model('qwen3:4b', 4, 'qwen3'), model('llama3.1:70b', 70), model('null')],
};

const env = { OPENAI_API_KEY: 'k', GROQ_API_KEY: 'g', GEMINI_API_KEY: 'h' };

const cases: readonly (readonly [what: string, found: Discovery, general: string, strong: string])[] = [
  ['nothing', { servers: [], keys: [] }, 'echo', 'echo'],
  ['one model', { servers: [{ ...ollama, models: [model('only:1b', 1)] }], keys: [] }, 'only:1b', 'only:1b'],
  ['a local server', { servers: [ollama], keys: [] }, 'qwen3:4b', 'llama3.1:70b'],
  ['keys', { servers: [], keys: keysInEnvironment(env) }, 'gpt-5-mini', 'gpt-5'],
  ['both', { servers: [ollama], keys: keysInEnvironment(env) }, 'qwen3:4b', 'gpt-5'],
];

describe('the configuration for a start without a file', () => {
  it.each(cases)('loads without findings when %s is found', (_what, found, general, strong) => {
    const text = embeddedConfig(found);
    const { config, diagnostics } = loadConfigText(text, '<embedded>', env);
    expect(diagnostics).toEqual([]);
    expect(config.defaultModel).toBe(general);
    expect(config.decisions.find(({ name }) => name === 'code')?.modelRefs[0]?.model).toBe(strong);
    expect(config.decisions.at(-1)).toMatchObject({ rules: undefined, modelRefs: [{ model: general }] });
  });

  it('is short, names its schema and never holds a key', () => {
    const text = embeddedConfig({ servers: [ollama], keys: keysInEnvironment(env) });
    expect(text.split('\n').length).toBeLessThanOrEqual(130);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\S+\n/);
    expect(text).not.toContain('{{');
  });

  it('holds no placeholder that the code does not know', () => {
    const folder = new URL('../../../templates/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      for (const [, name] of text.matchAll(/\{\{(\w+)\}\}/g))
        expect(['general', 'strong', 'private']).toContain(name);
    }
  });
});
