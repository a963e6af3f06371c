import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { printConfig } from '../../../src/runtime/config/print.js';
import { readConfigText } from '../../../src/runtime/config/read.js';
import { base, findings, load, printed } from './helpers.js';

/** Text and a part of what it must be read into. */
const table: readonly (readonly [what: string, text: string, expected: object])[] = [
  ['a byte order mark', `\uFEFF${base}`, { defaultModel: 'small' }],
  ['Windows line ends', base.replaceAll('\n', '\r\n'), { defaultModel: 'small' }],
  ['tabs between values', base.replace('name: small', 'name:\tsmall\t# x'), { defaultModel: 'small' }],
  [
    'sections with nothing in them',
    `${base}routing:\nglobal:\n  router:\n`,
    { decisions: [], strategy: 'priority' },
  ],
  [
    'anchors and merge keys',
    `${base}routing:\n  decisions:\n    - &a {name: a, priority: 7, modelRefs: [{model: big}]}\n    - {<<: *a, name: b}\n`,
    {
      decisions: [
        { name: 'a', priority: 7 },
        { name: 'b', priority: 7, modelRefs: [{ model: 'big' }] },
      ],
    },
  ],
  [
    'defaults of a listener',
    base.replace('name: main, ', ''),
    { listeners: [{ name: 'http-8899', address: '0.0.0.0', port: 8899, timeoutMs: 300_000, apiKeys: [] }] },
  ],
  [
    'timeouts with units',
    base.replace(
      '{name: main, port: 8899}',
      '{port: 1, timeout: 1500ms}\n  - {port: 2, timeout: 2h}\n  - {port: 3, timeout: 1m30s}',
    ),
    { listeners: [{ timeoutMs: 1500 }, { timeoutMs: 7_200_000 }, { timeoutMs: 90_000 }] },
  ],
  [
    'an echo model alone',
    'listeners: [{port: 1}]\nproviders: {defaults: {model: e}, models: [{name: e, backend_refs: [{provider: echo}]}]}\n',
    { defaultModel: 'e', models: [{ backends: [{ provider: 'echo', url: undefined }] }] },
  ],
  [
    'endpoint forms',
    base.replace(
      '[{endpoint: "127.0.0.1:8000"}]',
      '[{endpoint: h, protocol: https}, {endpoint: "h:9/api/"}, {endpoint: "https://h/v1"}, {base_url: "http://h/v1beta/openai/", chat_path: /chat, api_version: 2024-06}, {endpoint: "[::1]:80"}]',
    ),
    {
      models: [
        {
          backends: [
            { name: 'primary', url: 'https://h', chatPath: '/v1/chat/completions' },
            { name: 'backend-2', url: 'http://h:9/api', chatPath: '/v1/chat/completions' },
            { url: 'https://h/v1', chatPath: '/chat/completions' },
            { url: 'http://h/v1beta/openai', chatPath: '/chat?api-version=2024-06' },
            { url: 'http://[::1]' },
          ],
        },
        { name: 'big' },
      ],
    },
  ],
  [
    'headers of one endpoint',
    base.replace('8000"', '8000", auth_header: X-Key, api_key: k, extra_headers: {x-team: a}'),
    {
      models: [
        { backends: [{ authHeader: 'x-key', authPrefix: '', apiKey: 'k', extraHeaders: { 'x-team': 'a' } }] },
        {},
      ],
    },
  ],
  [
    'model ids by provider',
    base.replace('name: big', 'name: big\n      external_model_ids: {vllm: org/big-32b}'),
    { models: [{ upstreamId: 'small' }, { upstreamId: 'org/big-32b' }] },
  ],
  [
    'model cards',
    `${base}routing:\n  modelCards: [{name: big, description: strong, param_size: 32B, loras: [{name: law}]}]\n  decisions: [{name: a, modelRefs: [{model: big, lora_name: law, use_reasoning: true}]}]\n`,
    {
      models: [{}, { loras: ['law'], description: 'strong' }],
      decisions: [{ modelRefs: [{ loraName: 'law', useReasoning: true }] }],
    },
  ],
  [
    'global settings',
    `${base}global:\n  router: {auto_model_names: [pick], strategy: confidence, include_config_models_in_list: true}\n  services: {management_api: {port: 9999}}\n  model_catalog: {inference: {workers: 2, threads: 3, cache_entries: 0}}\n`,
    {
      strategy: 'confidence',
      router: { autoModelNames: ['pick'], listConfiguredModels: true },
      management: { address: '127.0.0.1', port: 9999 },
      inference: { workers: 2, threadsPerWorker: 3, cacheEntries: 0 },
    },
  ],
  [
    'a threshold for all domains',
    `${base}routing:\n  signals: {domains: [{name: math}, {name: law, threshold: 0.2}]}\nglobal: {model_catalog: {modules: {classifier: {domain: {threshold: 0.7}}}}}\n`,
    { signals: { domains: [{ threshold: 0.7 }, { threshold: 0.2 }] } },
  ],
  [
    'thresholds of every module',
    `${base}global:\n  model_catalog:\n    modules:\n      prompt_guard: {threshold: 0.8}\n      classifier: {pii: {threshold: 0.95}}\n      hallucination: {fact_check: {threshold: 0.5}, detector: {threshold: 0.6}, explainer: {threshold: 0.7}}\n      feedback: {threshold: 0.4}\n`,
    {
      thresholds: {
        jailbreak: 0.8,
        pii: 0.95,
        'fact-check': 0.5,
        hallucination: 0.6,
        nli: 0.7,
        feedback: 0.4,
      },
    },
  ],
  [
    'an upper-case signal type',
    `${base}routing:\n  decisions: [{name: a, rules: {type: Domain, name: math}, modelRefs: [{model: big}]}]\n`,
    {
      decisions: [{ rules: { type: 'domain', name: 'math' } }],
    },
  ],
  [
    'keys that are numbers',
    base.replace('name: big', 'name: big\n      external_model_ids: {1: a}'),
    { defaultModel: 'small' },
  ],
];

describe('a config file is read', () => {
  it.each(table)('with %s', (_what, text, expected) => {
    expect(load(text).config).toMatchObject(expected);
  });

  it('without findings if nothing is wrong', () => {
    expect(findings(base)).toEqual([]);
  });

  it('with a hash that follows what it means', () => {
    const hash = load(base).hash;
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(load(`# hello\n${base}`).hash).toBe(hash);
    expect(loadConfigText(base, '/else/where.yaml', { VLLM_SR_MODELS_DIR: '/mnt' }).hash).toBe(hash);
    expect(load(base.replace('8001', '8002')).hash).not.toBe(hash);
    const key = (value: string) => load(base.replace('8000"', '8000", api_key_env: K'), { K: value }).hash;
    expect(key('a')).not.toBe(key('b'));
  });
});

describe('warnings', () => {
  const warning = (text: string) => printed(text, 'warning').join('\n');

  it.each([
    [
      'echo beside a real model',
      base.replace('{endpoint: "127.0.0.1:8001"}', '{provider: echo}'),
      '9:7 warning: model `big` is the built-in echo',
    ],
    [
      'no default and no catch-all',
      base.replace('  defaults: {model: small}\n', ''),
      '4:1 warning: there is no default model',
    ],
    ['no models', 'listeners: [{port: 1}]\n', 'warning: no model is configured'],
    [
      'a model nobody can reach',
      base.replace('\n      backend_refs: [{endpoint: "127.0.0.1:8001"}]', ''),
      '9:7 warning: model `big` has no endpoint',
    ],
    [
      'weights of zero',
      base.replace('8001"', '8001", weight: 0'),
      '10:21 warning: all endpoints of model `big` have weight 0',
    ],
    [
      'a card for no model',
      `${base}routing: {modelCards: [{name: bigg}]}\n`,
      '11:31 warning: model card `bigg` describes no model',
    ],
    [
      'the Anthropic format',
      base.replace('name: big', 'name: big\n      api_format: anthropic'),
      '10:19 warning: `api_format: anthropic` is not available',
    ],
    [
      'an algorithm that is not built',
      `${base}routing: {decisions: [{name: a, modelRefs: [{model: big}], algorithm: {type: elo}}]}\n`,
      '11:78 warning: algorithm `elo` is not available',
    ],
    [
      'weights, which share requests whatever the algorithm that is not built',
      `${base}routing: {decisions: [{name: a, modelRefs: [{model: big, weight: 1}, {model: small, weight: 2}], algorithm: {type: elo}}]}\n`,
      'warning: algorithm `elo` is not available in this version: the conversations are shared',
    ],
    [
      'an algorithm that would ask several models',
      `${base}routing: {decisions: [{name: a, modelRefs: [{model: big}], algorithm: {type: remom, remom: {breadth_schedule: [4]}}}]}\n`,
      '11:78 warning: algorithm `remom` is not available in this version: the first of `modelRefs` is used, and no other is asked',
    ],
    [
      'a setting of an algorithm that no release we know has',
      `${base}routing: {decisions: [{name: a, modelRefs: [{model: big}], algorithm: {type: automix, automix: {pomdp_particles: 100}}}]}\n`,
      '11:97 warning: unknown key `pomdp_particles` in `automix`',
    ],
    [
      'settings of the algorithm that has none',
      `${base}routing: {decisions: [{name: a, modelRefs: [{model: big}], algorithm: {type: static, on_error: skip}}]}\n`,
      'warning: `on_error` has no effect: algorithm `static` takes no settings',
    ],
    [
      'a decision without models',
      `${base}routing: {decisions: [{name: a}]}\n`,
      '11:23 warning: decision `a` names no model',
    ],
    [
      'an unread global',
      `${base}global: {router: {learning: {enabled: false}}}\n`,
      '11:19 warning: `global.router.learning` is not available in this version and not read',
    ],
  ])('name %s', (_what, text, expected) => {
    expect(warning(text)).toContain(expected);
    expect(printed(text)).toEqual([]);
  });

  it('do not come for plugins that are switched off', () => {
    const text = `${base}routing: {decisions: [{name: a, modelRefs: [{model: big}], plugins: [{type: rag, configuration: {enabled: false}}]}]}\n`;
    expect(warning(text)).toBe('');
  });
});

describe('printing a loaded configuration', () => {
  it('masks secrets, keeps everything else, and loads again', () => {
    const text = base
      .replace('port: 8899', 'port: 8899, api_keys: [client-secret]')
      .replace('8000"', '8000", api_key: sk-1, extra_headers: {x-api-key: sk-2, x-team: ops}');
    const printedText = printConfig(load(text));
    expect(printedText).not.toMatch(/client-secret|sk-1|sk-2/);
    expect(printedText).toContain('x-team: ops');
    expect(load(printedText).config.listeners[0]?.apiKeys).toEqual([{ key: '***', identity: undefined }]);
  });
});

describe('reading from disk', () => {
  it('says what is wrong with the file itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vsr-config-'));
    try {
      await expect(readConfigText(join(folder, 'none.yaml'))).rejects.toMatchObject({
        code: 'VSR_CONFIG_NOT_FOUND',
      });
      await expect(readConfigText(folder)).rejects.toMatchObject({
        code: 'VSR_CONFIG_UNREADABLE',
        message: expect.stringContaining('it is a folder'),
      });
      await writeFile(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
      await expect(readConfigText(join(folder, 'latin.yaml'))).rejects.toMatchObject({
        message: expect.stringContaining('not UTF-8'),
      });
      await writeFile(join(folder, 'ok.yaml'), base);
      expect(await readConfigText(join(folder, 'ok.yaml'))).toBe(base);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
