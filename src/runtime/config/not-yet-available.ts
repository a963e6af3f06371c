/**
 * What the configuration language knows and this version does not do yet. The one place to look it up:
 * such parts are accepted, and a warning says what will not happen.
 *
 * An entry is ignored as soon as a family or plugin of that name exists, and can be deleted then.
 *
 * @module
 */
import { pluginKinds } from '../plugins/index.js';
import { signalFamilies } from '../signals/index.js';

export interface PlannedFamily {
  /** Condition type, e.g. `pii`. */
  readonly type: string;
  /** Key under `routing.signals`. */
  readonly configKey: string;
}

const families: readonly PlannedFamily[] = [{ type: 'hallucination', configKey: 'hallucination' }];

/** Signal families that are known and not available. */
export const plannedFamilies: readonly PlannedFamily[] = families.filter(
  (family) => !signalFamilies.some((built) => built.type === family.type),
);

const plugins: readonly string[] = [
  'response_cache',
  'jailbreak',
  'pii',
  'hallucination',
  'response_jailbreak',
  'request_params',
  'router_replay',
  'memory',
  'rag',
  'image_gen',
  'tools',
  'tool_selection',
  'context_compression',
  'prompt_cache',
  'shadow_dispatch',
];

/** Plugins that are known and not available. */
export const plannedPlugins: readonly string[] = plugins.filter(
  (type) => !pluginKinds.some((kind) => kind.type === type),
);

/** Model-selection algorithms that run. */
export const builtAlgorithms = ['static'] as const;

/** Algorithms that are known and not available. The second line was dropped by later releases. */
export const plannedAlgorithms = [
  ...['router_dc', 'automix', 'hybrid', 'latency_aware', 'knn', 'kmeans', 'svm', 'mlp', 'multi_factor'],
  ...['prompt', 'confidence', 'concurrent', 'ratings', 'remom', 'fusion', 'workflows'],
  ...['elo', 'thompson', 'rl_driven', 'gmtrouter', 'router_r1', 'session_aware'],
] as const;

export type Consequence = readonly [key: string, consequence: string];

/** Keys of the root, of `routing`, of a decision and its models that nothing reads yet, and what follows from that. */
export const plannedRoot: readonly Consequence[] = [
  ['evaluation', 'ratings, `quality_score` of cards among them, do not influence which model is chosen'],
  ['setup', 'there is no setup mode, the router starts with what the file holds'],
];

export const plannedRouting: readonly Consequence[] = [
  ['data_policy', 'it is not enforced'],
  ['model_bindings', 'they are not applied'],
  ['fallback', 'a failed request is not sent to another model'],
];

export const plannedDecision: readonly Consequence[] = [
  ['emits', 'nothing is emitted'],
  ['output_contract', 'answers are not checked against it'],
  ['output_contract_spec', 'answers are not checked against it'],
  ['adaptations', 'the decision does not adapt'],
  ['candidateIterations', 'only `modelRefs` are candidates'],
  ['fallback', 'a failed request is not sent to another model'],
];

export const plannedModelRef: readonly Consequence[] = [
  ['reasoning_mode', '`use_reasoning` and `reasoning_effort` say whether and how hard the model reasons'],
];

export const plannedModel: readonly Consequence[] = [
  ['reliability', 'the endpoints are used with built-in settings'],
  ['catalog', 'nothing is looked up in a catalogue'],
];

/** Keys under `global` that are read; all others there are accepted and named in a warning. */
export const readGlobals: Readonly<Record<string, readonly string[]>> = {
  router: [
    'auto_model_name',
    'auto_model_names',
    'include_config_models_in_list',
    'strategy',
    'max_body_bytes',
    'history',
    'signals',
    'stickiness',
    // Only a file is read, and routes are always recomputed: both are as these say by default.
    'config_source',
    'clear_route_cache',
  ],
  services: ['management_api', 'api', 'authz'],
  stores: [],
  integrations: [],
  model_catalog: [
    ...[
      'download',
      'fallback',
      'inference',
      'registry',
      'system',
      'embeddings',
      'modules',
      'external',
      'kbs',
    ],
    ...['deployments', 'bindings'],
  ],
};

/** Keys under `global` that the original has and that are not read here. Others are taken for slips. */
export const knownGlobals: Readonly<Record<string, readonly string[]>> = {
  router: ['streamed_body', 'skip_processing', 'model_selection', 'learning', 'fallback'],
  services: [...['response_api', 'router_replay', 'startup_status', 'observability', 'ratelimit', 'memory']],
  stores: ['response_cache', 'semantic_cache', 'memory', 'vector_store'],
  integrations: ['tools', 'looper', 'mcp'],
  model_catalog: ['admission'],
};
