// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migrateConfigText } from '../../src/runtime/config/migrate.js';
import { judge, lines } from './support.js';

const folder = new URL('./configs/', import.meta.url);
const files = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);

describe('files of every generation', () => {
  it.each(files)('%s loads', (_, text) => {
    const verdict = judge(text);
    expect(lines(verdict)).toEqual([]);
    expect(verdict.loaded?.config.models.every(({ backends }) => backends.length > 0)).toBe(true);
  });

  it.each(files)('%s migrates to a file that means the same', (_, text) => {
    const { text: migrated } = migrateConfigText(text, 'old.yaml');
    expect(judge(migrated).loaded?.config).toEqual(judge(text).loaded?.config);
    expect(migrateConfigText(migrated, 'new.yaml').changed).toBe(false);
  });

  it('the snippet of the release post has two models, weights and a default', () => {
    const text = files.find(([name]) => name === 'v0.1-release-post.yaml')?.[1] ?? '';
    expect(judge(text).loaded?.config).toMatchObject({
      defaultModel: 'openai/gpt-oss-120b',
      models: [
        {
          name: 'openai/gpt-oss-120b',
          backends: [{ url: 'http://localhost:8000', weight: 1, apiKey: 'your-vllm-api-key' }],
        },
        { name: 'openai/gpt-4', backends: [{ url: 'https://api.openai.com', apiKey: 'sk-xxxxxx' }] },
      ],
    });
  });
});

const base = `version: v0.3
listeners: [{name: main, port: 8899}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "h:1"}]}
    - {name: big, backend_refs: [{endpoint: "h:2"}]}
`;
const sig = (signals: string) => `${base}routing:\n  signals:\n    ${signals}\n`;
const dec = (decision: string) =>
  `${sig('keywords: [{name: k, operator: OR, keywords: [x]}]')}  decisions:\n    - ${decision}\n`;
const iris = (condition: string) => `version: v0.1
listeners: [{name: main, address: 0.0.0.0, port: 8888}]
signals:
  keywords: [{name: k, operator: OR, keywords: [x]}]
  domains: [{name: math, description: m}, {name: cs, description: c, mmlu_categories: [computer science]}]
decisions:
  - {name: d, description: x, priority: 1, rules: {operator: OR, conditions: [${condition}]}, modelRefs: [{model: m}]}
providers: {default_model: m, models: [{name: m, endpoints: [{endpoint: "h:1"}]}]}
`;

/** What loads, and the beginning of the warning that goes with it, if any. */
const accepted: readonly (readonly [what: string, text: string, warning: string | undefined])[] = [
  [
    'the least there is',
    'providers: {models: [{name: m, backend_refs: [{endpoint: h}]}], defaults: {model: m}}\n',
    undefined,
  ],
  ['keywords alone', iris('{type: keyword, name: k}'), undefined],
  ['version 0.4', base.replace('v0.3', 'v0.4'), undefined],
  ['a version without v', base.replace('v0.3', '0.3'), undefined],
  ['a version as number', base.replace('v0.3', '0.3'), undefined],
  ['Windows line ends', base.replaceAll('\n', '\r\n'), undefined],
  ['no listeners', base.replace('listeners: [{name: main, port: 8899}]\n', ''), undefined],
  [
    'the truth values of YAML 1.1',
    dec('{name: d, modelRefs: [{model: big, use_reasoning: yes}]}'),
    undefined,
  ],
  ['Norwegian', sig('language: [{name: no}]'), undefined],
  [
    'a listener beside the management port',
    base.replace('8899', '8080'),
    '2:32 the listener uses 0.0.0.0:8080, which is the management port',
  ],
  ['an IPv6 listener', base.replace('port: 8899', 'address: "::", port: 8899'), undefined],
  [
    'two listeners',
    base.replace('port: 8899}', 'port: 8899}, {name: b, port: 8898, timeout: 1m30s}'),
    undefined,
  ],
  ['a catch-all by leaving out rules', dec('{name: d, modelRefs: [{model: big}]}'), undefined],
  [
    'a catch-all by an empty AND',
    dec('{name: d, rules: {operator: AND, conditions: []}, modelRefs: [{model: big}]}'),
    undefined,
  ],
  ['rules with nothing behind it', dec('{name: d, rules: , modelRefs: [{model: big}]}'), undefined],
  ['a negative priority', dec('{name: d, priority: -5, modelRefs: [{model: big}]}'), undefined],
  [
    'the same priority twice',
    dec(
      '{name: d, priority: 5, modelRefs: [{model: big}]}\n    - {name: e, priority: 5, modelRefs: [{model: big}]}',
    ),
    undefined,
  ],
  [
    'a type in any case',
    dec('{name: d, rules: {type: KeyWord, name: k}, modelRefs: [{model: big}]}'),
    undefined,
  ],
  [
    'deep nesting',
    dec(
      '{name: d, rules: {operator: AND, conditions: [{operator: OR, conditions: [{operator: NOT, conditions: [{type: keyword, name: k}]}]}]}, modelRefs: [{model: big}]}',
    ),
    undefined,
  ],
  [
    'a domain condition without domains',
    dec('{name: d, rules: {type: domain, name: math}, modelRefs: [{model: big}]}'),
    undefined,
  ],
  ['labels with underscores', sig('domains: [{name: cs, mmlu_categories: [computer_science]}]'), undefined],
  ['labels in capitals', sig('domains: [{name: cs, mmlu_categories: [Computer Science]}]'), undefined],
  ['a domain named as a label with underscore', sig('domains: [{name: computer_science}]'), undefined],
  [
    'a domain that is no label',
    sig('domains: [{name: coding}]'),
    '10:22 `name`: `coding` is no label and there are no `mmlu_categories`, so the rule never matches',
  ],
  [
    'scores of models in a domain',
    sig('domains: [{name: math, model_scores: [{model: small, score: 1}]}]'),
    '10:42 `model_scores`: not used',
  ],
  [
    'negative candidates',
    sig('embeddings: [{name: e, threshold: 0.5, candidates: [a], negative_candidates: [b]}]'),
    undefined,
  ],
  [
    'prototype scoring',
    sig('embeddings: [{name: e, threshold: 0.5, candidates: [a], prototype_scoring: {enabled: true}}]'),
    undefined,
  ],
  [
    'images as candidates',
    sig('embeddings: [{name: e, threshold: 0.5, query_modality: image, image_candidates: [a.png]}]'),
    '10:60 `query_modality`: found `image`, and this version compares only text',
  ],
  [
    'sound',
    sig('embeddings: [{name: e, threshold: 0.5, candidates: [a], query_modality: audio}]'),
    '10:77 `query_modality`: found `audio`',
  ],
  ['a threshold of 0', sig('embeddings: [{name: e, threshold: 0, candidates: [a]}]'), undefined],
  [
    'fuzzy beside bm25',
    sig('keywords: [{name: k, operator: OR, keywords: [x], method: bm25, fuzzy_match: true}]'),
    '10:82 `fuzzy_match`: not used with `method: bm25`',
  ],
  [
    'thresholds of 0, which mean the default',
    sig(
      'keywords: [{name: k, operator: OR, keywords: [x], fuzzy_threshold: 0, bm25_threshold: 0, ngram_threshold: 0, ngram_arity: 0}]',
    ),
    undefined,
  ],
  ['an open context', sig('context: [{name: c, min_tokens: 32K}]'), undefined],
  ['a context from 0', sig('context: [{name: c, min_tokens: 0, max_tokens: 1.5M}]'), undefined],
  ['one point of a context', sig('context: [{name: c, min_tokens: 5, max_tokens: 5}]'), undefined],
  ['a language threshold of 0', sig('language: [{name: en, threshold: 0}]'), undefined],
  [
    'a family not built',
    sig('hallucination: [{name: h, use_nli: true}]'),
    '10:5 signal family `hallucination` is not available in this version',
  ],
  [
    'a fact check with another name',
    sig('fact_check: [{name: facts}]'),
    '10:25 `name`: found `facts`, which is none: the rule can never match',
  ],
  ['no modelRefs', dec('{name: d}'), '12:7 decision `d` names no model: the default model answers'],
  [
    'an answer of the router',
    dec('{name: d, plugins: [{type: fast_response, configuration: {message: no}}]}'),
    undefined,
  ],
  [
    'an unusual effort',
    dec('{name: d, modelRefs: [{model: big, reasoning_effort: extreme}]}'),
    '12:60 `reasoning_effort`: found `extreme`',
  ],
  [
    'an algorithm not built',
    dec('{name: d, modelRefs: [{model: big}], algorithm: {type: elo, elo: {k_factor: 32}}}'),
    '12:62 algorithm `elo` is not available',
  ],
  [
    'a plugin not built',
    dec('{name: d, modelRefs: [{model: big}], plugins: [{type: pii, configuration: {enabled: true}}]}'),
    '12:61 plugin `pii` is not available in this version: it does nothing',
  ],
  [
    'a plugin switched off',
    dec('{name: d, modelRefs: [{model: big}], plugins: [{type: pii, configuration: {enabled: false}}]}'),
    undefined,
  ],
  [
    'every operation of header_mutation',
    dec(
      '{name: d, modelRefs: [{model: big}], plugins: [{type: header_mutation, configuration: {add: [{name: x-a, value: b}], update: [{name: x-b, value: c}], delete: [x-c]}}]}',
    ),
    undefined,
  ],
  [
    'a system prompt',
    dec(
      '{name: d, modelRefs: [{model: big}], plugins: [{type: system_prompt, configuration: {enabled: true, system_prompt: Be kind., mode: insert}}]}',
    ),
    undefined,
  ],
  [
    'no default model',
    base.replace('  defaults: {model: small}\n', ''),
    '3:1 there is no default model and no decision that matches everything',
  ],
  ['no models', 'version: v0.3\n', '1:1 no model is configured: every request is refused'],
  [
    'an unused model without endpoint',
    base.replace('backend_refs: [{endpoint: "h:2"}]', 'provider_model_id: x'),
    '7:7 model `big` has no endpoint; requests that name it fail',
  ],
  [
    'all weights 0',
    base.replace('"h:2"', '"h:2", weight: 0'),
    '7:33 all endpoints of model `big` have weight 0',
  ],
  [
    'endpoints in every form',
    base.replace(
      '{endpoint: "h:1"}',
      '{endpoint: h}, {endpoint: "https://h/v1"}, {endpoint: "h:9/x", protocol: https}, {base_url: "http://h"}, {endpoint: "[::1]:80"}',
    ),
    undefined,
  ],
  ['a key from a variable', base.replace('"h:1"', '"h:1", api_key: "${KEY}"'), undefined],
  ['a bare variable', base.replace('"h:1"', '"h:1", api_key: $KEY'), undefined],
  [
    'a bare variable that is not set',
    base.replace('"h:1"', '"h:1", api_key: $NO_KEY'),
    '6:63 the key looks like a placeholder that was never filled in',
  ],
  [
    'a default of a variable',
    base
      .replace('8899', '${NONE:-8899}')
      .replace('[{name', '\n  - {name')
      .replace('}]', '}')
      .replace('{name: main, port: ${NONE:-8899}}', 'port: ${NONE:-8899}'),
    undefined,
  ],
  [
    'a missing key variable',
    base.replace('"h:1"', '"h:1", api_key_env: NO_KEY'),
    '6:67 environment variable `NO_KEY` is not set',
  ],
  [
    'a placeholder',
    base.replace('"h:1"', '"h:1", api_key: your-api-key'),
    '6:63 the key looks like a placeholder',
  ],
  [
    'a model under an auto name',
    base.replace('name: big', 'name: auto'),
    '7:14 model `auto` cannot be asked for by name',
  ],
  [
    'blocks nothing reads',
    `${base}global: {stores: {memory: {enabled: true}}}\n`,
    '8:19 `global.stores.memory` is not available',
  ],
  [
    'entrypoints',
    `${base}entrypoints: [{model_names: [a], recipe: r}]\nrecipes: [{name: r, routing: {}}]\n`,
    undefined,
  ],
  ['recipes', `${base}recipes: [{name: r, routing: {}}]\n`, '8:18 no entrypoint leads to recipe `r`'],
  [
    'setup mode',
    `${base}setup: {mode: true, state: bootstrap}\n`,
    '8:1 `setup` is not available in this version',
  ],
  [
    'v0.1: feedback nobody declared',
    iris('{type: user_feedback, name: wrong_answer}'),
    '7:107 unknown user_feedback signal `wrong_answer`: the condition never matches',
  ],
  [
    'v0.1: a preference nobody declared',
    iris('{type: preference, name: code}'),
    '7:104 unknown preference signal `code`: the condition never matches',
  ],
  [
    'v0.1: a label nobody declared',
    iris('{type: domain, name: law}'),
    '7:100 domain `law` is not declared: it is read as the label `law`',
  ],
  [
    'v0.1: the label of a declared domain',
    iris('{type: domain, name: computer science}'),
    '7:100 domain `computer science` is not declared',
  ],
];

describe('accepted', () => {
  it.each(accepted)('%s', (_, text, warning) => {
    const verdict = judge(text, { KEY: 'k' });
    expect(lines(verdict)).toEqual([]);
    const warnings = lines(verdict, 'warning');
    expect(warnings[0]?.slice(0, warning?.length)).toBe(warning);
  });
});
