// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of config files, no templates
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { migrateConfigText } from '../../../src/runtime/config/migrate.js';
import { base, findings, load, printed } from './helpers.js';

/** The providers block of the v0.1 announcement, as printed there. */
const announced = `providers:
  models:
    - name: "openai/gpt-oss-120b"       # Local vLLM endpoint
      endpoints:
        - endpoint: "localhost:8000"
          protocol: "http"
      access_key: "your-vllm-api-key"
    - name: "openai/gpt-4"              # External provider
      endpoints:
        - endpoint: "api.openai.com"
          protocol: "https"
      access_key: "sk-xxxxxx"
  default_model: "openai/gpt-oss-120b"
`;

const small = `version: v0.1
listeners:
  - {name: front, address: 127.0.0.1, port: 9000}
signals:
  domains:
    - {name: law, description: legal matters}
decisions:
  - name: lawyers
    description: anything legal
    priority: 5
    rules:
      operator: OR
      conditions: [{type: domain, name: law}]
    modelRefs: [{model: house}]
providers:
  default_model: house
  models:
    - name: house
      endpoints:
        - {name: one, weight: 2, endpoint: "10.1.1.1:8000", protocol: http}
`;

const rich = `# Routing of the help desk
version: v0.1
listeners:
  - {name: desk, address: 0.0.0.0, port: 8888, timeout: 90s}

# What we look for
signals:
  keywords:
    - {name: printer, operator: OR, keywords: [toner, paper jam], case_sensitive: true}
    - {name: no_thanks, operator: NOR, keywords: [thanks]}
  embeddings:
    - name: careful   # slow but good
      threshold: 0.7
      aggregation_method: mean
      candidates: [think it through, be thorough]
  domains:
    - {name: numbers, description: sums, mmlu_categories: [math, physics]}
  fact_check:
    - {name: needs_fact_check, description: claims}
  user_feedbacks:
    - {name: wrong_answer, description: was wrong}
  preferences:
    - {name: review, description: reads patches}

decisions:
  # second try
  - name: again
    description: the answer was refused
    priority: 200
    rules: {operator: AND, conditions: [{type: user_feedback, name: wrong_answer}]}
    modelRefs: [{model: large, use_reasoning: true}]
  - name: hardware
    description: printers
    priority: 100
    rules:
      operator: AND
      conditions:
        - {type: keyword, name: printer}
        - {type: domain, name: numbers}   # ink per page
    modelRefs: [{model: little, use_reasoning: false}]
    plugins:
      - {type: semantic-cache, configuration: {enabled: true, similarity_threshold: 0.9}}
      - {type: pii, configuration: {enabled: true, pii_types_allowed: [PERSON]}}
      - type: system_prompt
        configuration: {system_prompt: "You fix printers.", mode: insert}
      - type: header_mutation
        configuration:
          add: [{name: x-desk, value: hardware}]
          delete: [x-trace]
  - name: checked
    description: facts
    priority: 50
    rules:
      operator: OR
      conditions:
        - {type: fact_check, name: needs_fact_check}
        - {type: embedding, name: careful}
    modelRefs: [{model: large, use_reasoning: true}]

providers:
  default_model: little   # the cheap one
  default_reasoning_effort: low
  reasoning_families:
    qwen3: {type: chat_template_kwargs, parameter: enable_thinking}
  models:
    - name: little
      endpoints:
        - {name: a, weight: 3, endpoint: "10.0.0.1:8000"}
        - {name: b, weight: 1, endpoint: "10.0.0.2:8000"}
      access_key: shared
    - name: large
      reasoning_family: qwen3
      access_key: sk-large
      endpoints: [{name: out, weight: 1, endpoint: models.example.org/v1, protocol: https}]
`;

describe('the v0.1 layout', () => {
  it('is read as the announcement prints it, given a listener and a decision', () => {
    const rest =
      'listeners: [{name: a, port: 8899}]\ndecisions: [{name: all, modelRefs: [{model: "openai/gpt-4"}]}]\n';
    const { config } = load(announced + rest);
    expect(config.defaultModel).toBe('openai/gpt-oss-120b');
    expect(config.models.map(({ name, backends }) => [name, backends])).toEqual([
      [
        'openai/gpt-oss-120b',
        [
          expect.objectContaining({
            name: 'primary',
            url: 'http://localhost:8000',
            weight: 1,
            apiKey: 'your-vllm-api-key',
          }),
        ],
      ],
      [
        'openai/gpt-4',
        [
          expect.objectContaining({
            url: 'https://api.openai.com',
            chatPath: '/v1/chat/completions',
            apiKey: 'sk-xxxxxx',
          }),
        ],
      ],
    ]);
  });

  it('is read without listener and decision too', () => {
    const { config } = load(announced);
    expect(config.listeners).toEqual([
      { name: 'http-8899', address: '127.0.0.1', port: 8899, timeoutMs: 300_000, apiKeys: [] },
    ]);
  });

  it('warns about keys that were never filled in', () => {
    expect(printed(announced, 'warning').map((line) => line.split(' ')[0])).toEqual(['7:19', '12:19']);
  });

  it('reads a minimal file, telling each old name once', () => {
    expect(load(small).config.decisions[0]?.rules).toEqual({
      operator: 'OR',
      conditions: [{ type: 'domain', name: 'law' }],
    });
    expect(printed(small, 'warning')).toEqual([]);
    expect(printed(small, 'note').map((line) => line.split('\n')[0])).toEqual([
      '1:10 note: version `v0.1` is read as its successor',
      '4:1 note: `signals` is an older name',
      '7:1 note: `decisions` is an older name',
      '16:3 note: `providers.default_model` is an older name',
      '19:7 note: `providers.models[].endpoints` is an older name',
    ]);
  });

  it('reads a rich file; what is not available is named and kept', () => {
    const { config, diagnostics } = load(rich);
    expect(config.models[0]?.backends.map(({ name, weight, apiKey }) => [name, weight, apiKey])).toEqual([
      ['a', 3, 'shared'],
      ['b', 1, 'shared'],
    ]);
    expect(config.models[1]).toMatchObject({
      reasoning: { type: 'chat_template_kwargs', parameter: 'enable_thinking' },
      backends: [{ url: 'https://models.example.org/v1', chatPath: '/chat/completions', apiKey: 'sk-large' }],
    });
    expect(config.defaultReasoningEffort).toBe('low');
    expect(config.listeners[0]?.timeoutMs).toBe(90_000);
    expect(config.decisions[0]?.rules).toEqual({
      operator: 'AND',
      conditions: [{ type: 'user_feedback', name: 'wrong_answer' }],
    });
    expect(config.decisions[1]?.plugins.map(({ type }) => type)).toEqual([
      'response_cache',
      'pii',
      'system_prompt',
      'header_mutation',
    ]);
    const warnings = diagnostics
      .filter(({ severity }) => severity === 'warning')
      .map(({ message }) => message);
    expect(warnings).toContain('plugin `pii` is not available in this version: it does nothing');
  });

  it('points errors at the place in the old file', () => {
    expect(printed(small.replace('10.1.1.1:8000', '10 1'))[0]).toContain('20:44 error: `endpoint`');
    expect(printed(small.replace('default_model: house', 'default_model: hose'))[0]).toContain(
      '16:18 error: unknown model `hose`',
    );
    expect(printed(small.replace('name: law}]', 'name: lav}]'))[0]).toContain(
      '13:41 error: unknown domain signal `lav`',
    );
  });

  it('declares the domains that conditions name, if the file declares none', () => {
    const text = small.replace(/signals:\n.*\n.*\n/, '').replace('name: law}]', 'name: computer_science}]');
    expect(load(text).config.signals.domains).toEqual([
      { name: 'computer_science', mmlu_categories: ['computer science'] },
    ]);
  });

  it('reads the flat lists that its router generated', () => {
    const text = `${base}keyword_rules: [{name: a, operator: OR, keywords: [x]}]\ncategories: [{name: math}]\nauto_model_name: pick\n`;
    const { config } = load(text);
    expect(Object.keys(config.signals)).toEqual(['keywords', 'domains']);
    expect(config.router.autoModelNames).toContain('pick');
  });

  it('reads the models that its router generated', () => {
    const text = `default_model: one
reasoning_families: {mine: {type: chat_template_kwargs, parameter: think}}
model_config:
  one: # the first
    preferred_endpoints: [b]
    reasoning_family: mine
    access_key: k
  two: {pricing: {prompt_per_1m: 1}}
# where they run
vllm_endpoints:
  - {name: a, address: 10.0.0.1, port: 8000, weight: 2}
  - {name: b, address: "::1", port: 8001}
`;
    const { config } = load(text);
    expect(config.defaultModel).toBe('one');
    expect(config.models).toMatchObject([
      {
        name: 'one',
        reasoning: { parameter: 'think' },
        backends: [{ name: 'b', url: 'http://[::1]:8001', apiKey: 'k' }],
      },
      { name: 'two', backends: [{ url: 'http://10.0.0.1:8000', weight: 2 }, { name: 'b' }] },
    ]);
    const migrated = migrateConfigText(text, 'a').text;
    expect(migrated).toContain('# the first');
    expect(migrated).toContain('# where they run');
    expect(load(migrated).hash).toBe(load(text).hash);
  });

  it('takes the default of a variable for no IPv6 address', () => {
    const text = `model_config: {one: {}}
vllm_endpoints:
  - {name: a, address: "\${HOST:-10.0.0.1}", port: 8000}
`;
    expect(load(text).config.models[0]?.backends[0]?.url).toBe('http://10.0.0.1:8000');
    expect(load(migrateConfigText(text, 'a').text).hash).toBe(load(text).hash);
  });

  it('writes out what the profile of a provider says', () => {
    const text = `provider_profiles:
  hosted: {type: openai, base_url: "https://models.example/v1", auth_header: x-key, auth_prefix: ""}
model_config: {one: {preferred_endpoints: [a]}}
vllm_endpoints: [{name: a, provider_profile: hosted, weight: 2, api_key: k}]
`;
    expect(load(text).config.models[0]?.backends).toMatchObject([
      { name: 'a', url: 'https://models.example/v1', weight: 2, provider: 'openai', apiKey: 'k' },
    ]);
    expect(printed(text.replace(': hosted,', ': hostd,'), 'error').join()).toContain('needs `endpoint`');
  });
});

describe('what early files did not declare', () => {
  it('is declared by migrating: labels beside declared domains', () => {
    const text = small.replace('name: law}]', 'name: law}, {type: domain, name: Maths}]');
    const migrated = migrateConfigText(text, 'a');
    expect(migrated.diagnostics.map(({ message }) => message)).toContain(
      'domain `Maths` was not declared and is added',
    );
    expect(load(migrated.text).hash).toBe(load(text).hash);
    expect(load(migrateConfigText(small, 'a').text).hash).toBe(load(small).hash);
  });

  it('is told by migrating where declaring it would change what it does', () => {
    const text = small.replace('name: law}]', 'name: law}, {type: preference, name: odd}]');
    const told = migrateConfigText(text, 'a').diagnostics.filter(({ severity }) => severity === 'warning');
    expect(told).toMatchObject([{ line: 13, message: expect.stringContaining('the new layout refuses it') }]);
  });
});

describe('keys that early files still have', () => {
  const text = `version: v0.1
listeners: [{name: front, port: 9000}]
model_config:
  one: {pii_policy: {allow_by_default: true}}
  two: {pii_policy: {allow_by_default: true}}
vllm_endpoints: [{name: a, address: 10.0.0.1, port: 8000, health_check_path: /health}]
categories: [{name: math, reasoning_description: hard}]
some_block: {x: 1}
`;

  it('are left out with a warning, as the tools of that time did without one', () => {
    const warnings = printed(text, 'warning').join('\n');
    for (const key of ['pii_policy', 'health_check_path', 'reasoning_description', 'some_block']) {
      expect(warnings).toMatch(new RegExp(`\`${key}\`.* has no meaning and is not read`));
    }
    const migrated = migrateConfigText(text, 'a').text;
    expect(load(migrated).hash).toBe(load(text).hash);
    expect(printed(migrated, 'warning').join()).not.toContain('has no meaning');
  });

  it('are errors if they look like a slip, and in files of later layouts', () => {
    expect(printed(text.replace('port: 9000', 'prot: 9000')).join()).toContain('unknown key `prot`');
    expect(printed(`${base}some_block: {x: 1}\n`).join()).toContain('unknown key `some_block`');
  });
});

describe('a manifest instead of the file in it', () => {
  it('is told as that, with where the file is', () => {
    const text =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  router.yaml: |\n    version: v0.3\n';
    expect(printed(text)).toEqual([
      '1:1 error: this is a Kubernetes object (`kind: ConfigMap`), not a configuration\n' +
        '  the configuration is the text under `data`, `router.yaml`: write that to a file of its own',
    ]);
  });
});

describe('later layouts', () => {
  const v02 = `version: v0.1
listeners: [{name: a, port: 8899}]
signals:
  keywords: [{name: k, operator: OR, keywords: [x]}]
decisions:
  - name: nested
    rules:
      conditions:
        - operator: NOT
          conditions: [{type: keyword, name: k}]
        - conditions: []
    modelRefs: [{model: m, reasoning_effort: low, lora_name: l}]
    algorithm: {type: elo}
  - name: bare
    rules: {type: keyword, name: k}
    modelRefs: [{model: m}]
memory: {enabled: true}
providers:
  default_model: m
  models:
    - name: m
      param_size: 8B
      description: good at nothing
      quality_score: 0.5
      loras: [{name: l}]
      api_format: openai
      pricing: {prompt_per_1m: 1.5}
      endpoints: [{endpoint: "h:1"}]
`;

  it('v0.2: nested rules, default operator, facts about models', () => {
    const { config, document } = load(v02);
    expect(config.decisions[0]?.rules).toEqual({
      operator: 'AND',
      conditions: [
        { operator: 'NOT', conditions: [{ type: 'keyword', name: 'k' }] },
        { operator: 'AND', conditions: [] },
      ],
    });
    expect(config.decisions[1]?.rules).toEqual({ type: 'keyword', name: 'k' });
    expect(config.models[0]).toMatchObject({
      description: 'good at nothing',
      loras: ['l'],
      pricing: { currency: 'USD', promptPer1M: 1.5, completionPer1M: 0 },
    });
    expect(document).toMatchObject({ evaluation: { records: [{ model: 'm', metrics: { score: 0.5 } }] } });
    expect(printed(v02, 'warning').join('\n')).toContain(
      '`global.stores.memory` is not available in this version',
    );
  });

  it('v0.3: names that a later release changed', () => {
    const text = `version: 0.3
listeners: [{port: 8899}]
providers:
  defaults:
    default_model: m
    default_reasoning_effort: medium
    reasoning_families:
      mine: {type: chat_template_kwargs, parameter: think}
  models:
    - name: m
      reasoning_family: mine
      backend_refs: [{endpoint: "h:1", type: openai}]
    - name: n
      reasoning_family: deepseek
      backend_refs: [{base_url: "https://h/v1", type: vllm, provider: openrouter}]
routing:
  decisions:
    - {name: a, modelRefs: [{model: n}], plugins: [{type: semantic_cache, configuration: {enabled: true}}]}
`;
    const { config } = load(text);
    expect(config.defaultModel).toBe('m');
    expect(config.models.map(({ reasoning }) => reasoning?.parameter)).toEqual(['think', 'thinking']);
    expect(config.models.map(({ backends }) => backends[0]?.vendor)).toEqual(['openai', 'openrouter']);
    expect(config.decisions[0]?.plugins[0]?.type).toBe('response_cache');
    expect(printed(text, 'warning').join('\n')).toContain(
      'is ignored because `providers.models[].backend_refs[].provider` is given too',
    );
  });

  it.each(['v0.1', 'v0.2', 'v0.3', 'v0.4', '0.1', '0.4', '"0.3"'])(
    'accepts version %s over the canonical layout',
    (version) => {
      expect(load(base.replace('v0.3', version)).config.defaultModel).toBe('small');
    },
  );

  it('the newer name wins over the older one beside it', () => {
    const text = base.replace('{model: small}', '{model: small, default_model: big}');
    expect(load(text).config.defaultModel).toBe('small');
    expect(printed(text, 'warning')[0]).toContain(
      '5:28 warning: `providers.defaults.default_model` is ignored',
    );
  });
});

describe('migration', () => {
  it('keeps every comment and gives a file that needs no more notes', () => {
    const { text, changed } = migrateConfigText(rich, 'old.yaml');
    expect(changed).toBe(true);
    for (const comment of [
      '# Routing of the help desk',
      '# What we look for',
      '# slow but good',
      '# second try',
      '# ink per page',
      '# the cheap one',
    ]) {
      expect(text).toContain(comment);
    }
    expect(text.startsWith('# Routing of the help desk\nversion: v0.3\n')).toBe(true);
    expect(text).toContain('model: little # the cheap one');
    expect(findings(text).filter(({ severity }) => severity === 'note')).toEqual([]);
  });

  it.each([
    ['minimal', small],
    ['rich', rich],
    ['announced', announced],
    ['canonical', base],
  ])('does not change what a %s file means', (_name, text) => {
    const migrated = migrateConfigText(text, 'a').text;
    expect(loadConfigText(migrated, 'b', {}).hash).toBe(load(text).hash);
    expect(migrateConfigText(migrated, 'b')).toMatchObject({ text: migrated, changed: false });
  });

  it('leaves variables alone and writes aliases out', () => {
    const text = `x-none: 1\nversion: v0.1\ndecisions: []\nproviders:\n  models:\n    - &m {name: "\${A}", endpoints: &e [{endpoint: "\${HOST:-h}:1"}]}\n    - {name: b, endpoints: *e}\n`;
    const migrated = migrateConfigText(text, 'a').text;
    expect(migrated).toContain('${A}');
    expect(migrated.match(/\$\{HOST:-h\}:1/g)).toHaveLength(2);
    expect(migrated).not.toMatch(/[&*]e\b/);
  });
});
