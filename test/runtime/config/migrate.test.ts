import { describe, expect, it } from 'vitest';
import { migrateConfigText } from '../../../src/runtime/config/migrate.js';

/** Files of each layout with a numbered comment at every place where one can stand. */
const files = {
  v01: `# c01 header of the file
# c02 second line

# c03 about the version
version: v0.1   # c04 beside version

# c05 where we listen
listeners:      # c06 beside listeners
  # c07 above first listener
  - name: main  # c08
    address: 0.0.0.0
    # c09 above port
    port: 8888
    timeout: 300s # c10
  # c11 trailing in listeners

# c12 above signals
signals:
  # c13 above keywords
  keywords: # c14
    # c15 above first keyword
    - name: k8s # c16
      operator: OR
      # c17 above keyword list
      keywords:
        - helm # c18
        # c19 between keywords
        - kubernetes
      case_sensitive: false
    # c20 commented out rule
    # - name: old
    #   operator: AND
  # c21 above domains
  domains:
    - {name: cs, description: "computing", mmlu_categories: ["computer science"]} # c22

# c23 above decisions
decisions:
  # c24 first decision
  - name: infra # c25
    description: platform
    priority: 100 # c26
    # c27 above rules
    rules:
      operator: AND
      conditions: # c28
        # c29 first condition
        - type: keyword # c30
          name: k8s
        - {type: domain, name: cs} # c31
    # c32 above refs
    modelRefs:
      - model: small # c33
        use_reasoning: false
    # c34 above plugins
    plugins:
      # c35 plugin
      - type: semantic-cache # c36
        configuration: # c37
          enabled: true # c38
          similarity_threshold: 0.9
  # c39 end of decisions

# c40 above providers
providers:
  # c41 above default model
  default_model: small # c42
  # c43 effort
  default_reasoning_effort: medium # c44
  # c45 families
  reasoning_families: # c46
    # c47 qwen
    qwen3: # c48
      type: chat_template_kwargs # c49
      parameter: enable_thinking # c50
  # c51 models
  models:
    # c52 small model
    - name: small # c53
      # c54 above family
      reasoning_family: qwen3 # c55
      # c56 above key
      access_key: sk-demo # c57
      # c58 above endpoints
      endpoints: # c59
        # c60 first endpoint
        - name: a # c61
          weight: 3 # c62
          endpoint: "10.0.0.5:8000" # c63
          protocol: http
        - name: b
          weight: 1
          endpoint: "10.0.0.6:8000" # c64
    - name: big
      reasoning_family: qwen3 # c65
      endpoints: [{name: ext, weight: 1, endpoint: api.example.com/v1, protocol: https}] # c66
# c67 end of file
`,
  v02: `# c01
version: v0.2
listeners:
  - {name: main, address: 0.0.0.0, port: 8888} # c02
# c03 sem cache
semantic_cache: # c04
  # c05
  enabled: true # c06
  backend_type: memory # c07
# c08 guard
prompt_guard:
  enabled: true # c09
  threshold: 0.7 # c10
# c11 classifier
classifier:
  # c12
  category_model: # c13
    threshold: 0.6 # c14
  # c15
  pii_model: # c16
    threshold: 0.9
# c17 auto
auto_model_name: MoM # c18
# c19 strat
strategy: priority # c20
embedding_models: # c21
  # c22
  mmbert_model_path: models/mmbert # c23
signals:
  language: # c24
    - name: de # c25
  # c26
  context:
    - name: long # c27
      min_tokens: 8K # c28
decisions:
  - name: nested # c29
    description: d
    priority: 5
    # c30
    rules:
      # c31
      conditions: # c32
        # c33
        - conditions: # c34
            - {type: language, name: de} # c35
        - operator: NOT # c36
          conditions:
            - {type: context, name: long} # c37
    modelRefs:
      - model: m # c38
        lora_name: l1
    algorithm: # c39
      type: static # c40
# c41
providers:
  default_model: m # c42
  # c43
  external_models: # c44
    # c45
    - role: preference # c46
      provider: vllm
      endpoint: host:8000
      model_name: x
  models:
    # c47
    - name: m # c48
      # c49
      param_size: 7B # c50
      # c51
      description: text # c52
      quality_score: 0.7 # c53
      # c54
      loras: # c55
        # c56
        - name: l1 # c57
      pricing: # c58
        prompt_per_1m: 1 # c59
        completion_per_1m: 2
      endpoints: # c60
        - {endpoint: "127.0.0.1:8000"} # c61
# c62
`,
  v03: `# c01

# c02
version: v0.3 # c03
listeners:
  - {name: main, address: 0.0.0.0, port: 8888} # c04
providers:
  # c05
  defaults:
    # c06
    default_model: m # c07
    # c08
    default_reasoning_effort: high # c09
    # c10
    reasoning_families: # c11
      # c12
      gpt: # c13
        type: reasoning_effort # c14
        # c15
        parameter: reasoning_effort # c16
  models:
    - name: m # c17
      # c18
      reasoning_family: gpt # c19
      # c20
      backend_refs: # c21
        # c22
        - name: a # c23
          # c24
          type: vllm # c25
          endpoint: 127.0.0.1:8000 # c26
    - name: n
      reasoning_family: gpt # c27
      backend_refs: [{endpoint: 127.0.0.1:8001}]
# c28
routing:
  # c29
  modelCards: # c30
    # c31
    - name: m # c32
      # c33
      quality_score: 0.8 # c34
      # c35
      param_size: 8B # c36
  decisions:
    - name: a # c37
      priority: 1
      modelRefs: [{model: m}, {model: n}]
      plugins:
        # c38
        - type: semantic-cache # c39
          configuration: {enabled: true} # c40
# c41
global:
  # c42
  stores:
    # c43
    semantic_cache: # c44
      # c45
      enabled: true # c46
  services:
    # c47
    management_api:
      # c48
      address: 127.0.0.1 # c49
# c50
`,
};

describe('migration keeps every comment', () => {
  it.each(Object.entries(files))('of %s, once', (name, text) => {
    const migrated = migrateConfigText(text, name).text;
    const numbers = [...text.matchAll(/# (c\d+)/g)].map(([, number = '']) => number);
    const found = [...migrated.matchAll(/# (c\d+)/g)].map(([, number = '']) => number);
    expect(found.sort()).toEqual(numbers.sort());
  });

  it.each([
    ['v01', 'c12', 'signals:'],
    ['v01', 'c21', 'domains:'],
    ['v01', 'c40', 'providers:'],
    ['v01', 'c51', 'models:'],
    ['v01', 'c56', 'api_key: sk-demo'],
    ['v02', 'c03', 'response_cache:'],
    ['v02', 'c51', 'description: text'],
    ['v03', 'c08', 'reasoning_effort: high'],
    ['v03', 'c33', 'score: 0.8'],
  ] as const)('of %s above what it was above: %s', (file, comment, follows) => {
    const lines = migrateConfigText(files[file], file).text.split('\n');
    const at = lines.findIndex((line) => line.trim().startsWith(`# ${comment}`));
    const next = lines.slice(at + 1).find((line) => line.trim() !== '' && !line.trim().startsWith('#'));
    expect(next?.trim()).toMatch(new RegExp(`^${follows}`));
  });

  it('beside the key that it was beside', () => {
    const { text } = migrateConfigText(files.v01, 'v01');
    expect(text).toContain('\nlisteners: # c06 beside listeners\n');
    expect(text).toContain('\n    keywords: # c14\n      # c15 above first keyword\n');
    expect(text).toContain('        conditions: # c28\n          # c29 first condition\n');
  });

  it('at the end of the file, though the block before it ends with one', () => {
    const text = 'version: v0.3\nrouting:\n  strategy: priority\n  # inner\n\n# outer 1\n# outer 2';
    expect(migrateConfigText(text, 'end').text).toBe(`${text}\n`);
  });

  it('and line ends', () => {
    for (const [name, text] of Object.entries(files)) {
      const { text: migrated } = migrateConfigText(text.replaceAll('\n', '\r\n'), name);
      expect(migrated).toBe(migrateConfigText(text, name).text.replaceAll('\n', '\r\n'));
    }
  });

  it('and what it wrote is canonical', () => {
    for (const [name, text] of Object.entries(files)) {
      const migrated = migrateConfigText(text, name).text;
      expect(migrateConfigText(migrated, name)).toMatchObject({ changed: false, text: migrated });
    }
  });
});
