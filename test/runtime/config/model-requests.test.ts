import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { printed } from './helpers.js';

const base = `version: v0.3
listeners: [{name: a, address: 127.0.0.1, port: 8899}]
providers:
  defaults: {model: m}
  models: [{name: m, backend_refs: [{endpoint: "127.0.0.1:8000"}]}]
routing: {decisions: [{name: all, modelRefs: [{model: m}]}]}
`;

function load(catalog: string, rest = base) {
  return loadConfigText(`${rest}global:\n  model_catalog: ${catalog}\n`, 'c.yaml', {});
}

function requests(catalog: string) {
  return load(catalog).config.modelCatalog.requests.map(({ purpose, reference, path }) => [
    purpose,
    reference,
    path.slice(2).join('.'),
  ]);
}

function findings(catalog: string) {
  return load(catalog).diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
}

describe('which models a configuration asks for', () => {
  it('none, if it names none', () => {
    expect(loadConfigText(base, 'c.yaml', {}).config.modelCatalog).toEqual({
      requests: [],
      registry: {},
      download: 'never',
      fallback: undefined,
    });
  });

  it.each([
    ['prompt_guard', 'jailbreak'],
    ['domain_classifier', 'domain'],
    ['pii_classifier', 'pii'],
    ['fact_check_classifier', 'fact-check'],
    ['hallucination_detector', 'hallucination'],
    ['hallucination_explainer', 'nli'],
    ['feedback_detector', 'feedback'],
    ['modality_classifier', 'modality'],
    ['tool_call_sentinel', 'tool-call-request'],
    ['tool_call_verifier', 'tool-call'],
  ])('system.%s is for %s', (key, purpose) => {
    expect(requests(`{system: {${key}: some-model}}`)).toEqual([[purpose, 'some-model', `system.${key}`]]);
  });

  it.each([
    [
      'the module’s own model comes first',
      '{system: {prompt_guard: a, x: b}, modules: {prompt_guard: {model_id: c, model_ref: x}}}',
      [['jailbreak', 'c', 'modules.prompt_guard.model_id']],
    ],
    [
      'then what its reference names',
      '{system: {prompt_guard: a, pii_classifier: b}, modules: {prompt_guard: {model_ref: pii_classifier}}}',
      [
        ['jailbreak', 'b', 'system.pii_classifier'],
        ['pii', 'b', 'system.pii_classifier'],
      ],
    ],
    [
      'a reference that is no key of system is a model',
      '{modules: {classifier: {domain: {model_ref: models/mine}}}}',
      [['domain', 'models/mine', 'modules.classifier.domain.model_ref']],
    ],
    [
      'a binding comes before system',
      '{system: {pii_classifier: a}, deployments: {d: {artifact: b}}, bindings: {pii_classifier: {deployment: d}}}',
      [['pii', 'b', 'deployments.d.artifact']],
    ],
    [
      'a switched-off module needs none',
      '{system: {prompt_guard: a}, modules: {prompt_guard: {enabled: false}}}',
      [],
    ],
    [
      'nor what lies in a switched-off block',
      '{system: {hallucination_detector: a}, modules: {hallucination: {enabled: false, detector: {model_id: b}}}}',
      [],
    ],
  ])('%s', (_, catalog, expected) => {
    expect(requests(catalog)).toEqual(expected);
  });

  it.each([
    ['one path', '{mmbert_model_path: a, use_cpu: true}', 'a'],
    [
      'several paths, the small one first',
      '{qwen3_model_path: a, bert_model_path: b, gemma_model_path: c}',
      'b',
    ],
    [
      'the kind that is wanted',
      '{qwen3_model_path: a, bert_model_path: b, embedding_config: {model_type: qwen3}}',
      'a',
    ],
    ['a kind as embedding_model', '{qwen3_model_path: a, bert_model_path: b, embedding_model: qwen3}', 'a'],
    ['a name as embedding_model', '{bert_model_path: b, embedding_model: org/mine}', 'org/mine'],
  ])('embeddings: %s', (_, semantic, expected) => {
    expect(requests(`{embeddings: {semantic: ${semantic}}}`).map(([, reference]) => reference)).toEqual([
      expected,
    ]);
  });

  it('carries what the configuration says of the model', () => {
    const { requests: found } = load(
      '{embeddings: {semantic: {mmbert_model_path: a, use_cpu: true, embedding_config: {target_dimension: 256, target_layer: 11}}},' +
        ' modules: {prompt_guard: {model_id: b, threshold: 0.8, max_sequence_length: 256}},' +
        ' deployments: {d: {artifact: c, revision: v2, device: "cuda:0", input: {max_tokens: 99}}}, bindings: {pii_classifier: {deployment: d}}}',
    ).config.modelCatalog;
    expect(found).toMatchObject([
      { purpose: 'jailbreak', threshold: 0.8, maxTokens: 256, device: undefined },
      { purpose: 'pii', revision: 'v2', device: 'cuda', maxTokens: 99 },
      { purpose: 'embedding', device: 'cpu', dimension: 256, layer: 11 },
    ]);
  });

  it('of rules that read one, once each', () => {
    const routing = `routing:
  signals:
    classifiers: [{name: a, model: acme/mine}, {name: b, model: acme/mine}, {name: c, type: llm, model: big, labels: [x, y]}]
    safety: [{name: s, model: acme/safe, unsafe_labels: [bad], hazard: {model: acme/kinds, categories: [x]}}]
`;
    const text = `${base.replace(/routing:.*\n/, '')}${routing}`;
    const { requests: found } = loadConfigText(text, 'c.yaml', {}).config.modelCatalog;
    expect(found.map(({ reference, purpose, mayBeHead }) => [reference, purpose, mayBeHead])).toEqual([
      ['acme/mine', 'other', true],
      ['acme/safe', 'other', false],
      ['acme/kinds', 'other', false],
    ]);
  });

  it('reads the blocks of the first two releases', () => {
    const text = `version: v0.1
listeners: [{name: a, address: 127.0.0.1, port: 8899}]
providers: {models: [{name: m, endpoints: [{name: e, endpoint: "127.0.0.1:8000", weight: 1}]}], default_model: m}
decisions: [{name: d, priority: 1, rules: {operator: AND, conditions: []}, modelRefs: [{model: m}]}]
bert_model: {model_id: models/light, threshold: 0.6, use_cpu: true}
embedding_models: {qwen3_model_path: models/pro, use_cpu: true}
prompt_guard: {enabled: true, model_id: models/guard, use_modernbert: false, jailbreak_mapping_path: models/guard/m.json}
classifier: {category_model: {model_id: models/domain, threshold: 0.6}, pii_model: {model_id: models/pii}}
hallucination_mitigation: {enabled: true, fact_check_model: {model_id: models/fact}, hallucination_model: {model_id: models/hall}, nli_model: {model_id: models/nli}}
feedback_detector: {enabled: false, model_id: models/feedback}
`;
    const loaded = loadConfigText(text, 'c.yaml', {});
    expect(loaded.config.modelCatalog.requests.map(({ purpose, reference }) => [purpose, reference])).toEqual(
      [
        ['jailbreak', 'models/guard'],
        ['domain', 'models/domain'],
        ['pii', 'models/pii'],
        ['fact-check', 'models/fact'],
        ['hallucination', 'models/hall'],
        ['nli', 'models/nli'],
        ['embedding', 'models/light'],
      ],
    );
    expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('what of the block is not read is said', () => {
  it('a mapping is not needed', () => {
    expect(findings('{modules: {classifier: {pii: {pii_mapping_path: x.json}}}}')).toEqual([
      'note: `pii_mapping_path` is not needed: it follows from the model’s own files',
    ]);
  });

  it('what is not available', () => {
    expect(findings('{modules: {prompt_guard: {positive_labels: [a]}, reask: {}}}')).toEqual([
      'warning: `global.model_catalog.modules.prompt_guard.positive_labels` is not available in this version and not read',
      'warning: `global.model_catalog.modules.reask` is not available in this version and not read',
    ]);
  });

  it('deployments that nothing uses, and bindings that do nothing', () => {
    expect(
      findings(
        '{deployments: {a: {artifact: x}, b: {artifact: y, precision: fp16}}, bindings: {nothing: {deployment: b}}}',
      ),
    ).toEqual([
      'warning: no binding uses the deployment `a`',
      'warning: `precision` is not available in this version and not read',
      'warning: `nothing` is no task of the models here, so nothing is bound to it',
    ]);
  });

  it.each([
    ['{system: {promt_guard: a}}', /8:.*did you mean `prompt_guard`/s],
    ['{modules: {prompt_guard: {treshold: 0.1}}}', /unknown key `treshold`.*`threshold`/s],
    [
      '{deployments: {d: {artifact: a, device: gppu}}, bindings: {pii_classifier: {deployment: d}}}',
      /found `gppu`/,
    ],
    ['{bindings: {pii_classifier: {deployment: d}}}', /there is no deployment `d`/],
    [
      '{embeddings: {semantic: {bert_model_path: a, embedding_config: {model_type: bret}}}}',
      /did you mean `bert`/,
    ],
    ['{download: always}', /`never`, `missing`|never, missing/],
  ])('%s is refused', (catalog, message) => {
    expect(printed(`${base}global:\n  model_catalog: ${catalog}\n`).join('\n')).toMatch(message);
  });
});
