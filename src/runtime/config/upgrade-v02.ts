/**
 * v0.2 (Athena): nested rules, facts about models beside their endpoints, and blocks for every part of
 * the router at the top of the file.
 *
 * @module
 */
import { isMap, isSeq, type YAMLMap, YAMLMap as YamlMap } from 'yaml';
import { dropComments } from './comments.js';
import type { Path } from './diagnostics.js';
import {
  copyNode,
  ensureMap,
  ensureSeq,
  findPair,
  isEmpty,
  itemsAt,
  newPair,
  nodeOf,
  takePair,
  textOf,
} from './nodes.js';
import type { Upgrade } from './upgrade.js';

/** Blocks at the top of the file, and where they are now. */
const blocks: readonly (readonly [old: string, path: readonly string[]])[] = [
  ['response_api', ['services', 'response_api']],
  ['router_replay', ['services', 'router_replay']],
  ['api', ['services', 'api']],
  ['observability', ['services', 'observability']],
  ['authz', ['services', 'authz']],
  ['ratelimit', ['services', 'ratelimit']],
  ['management_api', ['services', 'management_api']],
  ['semantic_cache', ['stores', 'response_cache']],
  ['memory', ['stores', 'memory']],
  ['vector_store', ['stores', 'vector_store']],
  ['tools', ['integrations', 'tools']],
  ['looper', ['integrations', 'looper']],
  ['embedding_models', ['model_catalog', 'embeddings', 'semantic']],
  ['bert_model', ['model_catalog', 'embeddings', 'bert']],
  ['mom_registry', ['model_catalog', 'registry']],
  ['external_models', ['model_catalog', 'external']],
  ['prompt_guard', ['model_catalog', 'modules', 'prompt_guard']],
  ['classifier', ['model_catalog', 'modules', 'classifier']],
  ['hallucination_mitigation', ['model_catalog', 'modules', 'hallucination']],
  ['feedback_detector', ['model_catalog', 'modules', 'feedback']],
  ['modality_detector', ['model_catalog', 'modules', 'modality_detector']],
  ['prompt_compression', ['model_catalog', 'modules', 'prompt_compression']],
  ['config_source', ['router', 'config_source']],
  ['auto_model_name', ['router', 'auto_model_name']],
  ['auto_model_names', ['router', 'auto_model_names']],
  ['include_config_models_in_list', ['router', 'include_config_models_in_list']],
  ['clear_route_cache', ['router', 'clear_route_cache']],
  ['model_selection', ['router', 'model_selection']],
  ['streamed_body', ['router', 'streamed_body']],
  ['streamed_body_mode', ['router', 'streamed_body', 'enabled']],
  ['max_streamed_body_bytes', ['router', 'streamed_body', 'max_bytes']],
  ['streamed_body_timeout_sec', ['router', 'streamed_body', 'timeout_sec']],
  ['skip_processing', ['router', 'skip_processing']],
];

/** Fields of a model that are about the model, not about its endpoints. */
const cardFields = [
  'param_size',
  'context_window_size',
  'description',
  'capabilities',
  'loras',
  'quality_score',
  'modality',
  'tags',
] as const;

export function upgradeV02(upgrade: Upgrade): void {
  const { root } = upgrade;
  for (const [key, path] of blocks) {
    if (findPair(root, key) !== undefined) moveInto(upgrade, root, key, path, key);
  }
  const providers = nodeOf(root, 'providers');
  if (isMap(providers) && findPair(providers, 'external_models') !== undefined) {
    moveInto(
      upgrade,
      providers,
      'external_models',
      ['model_catalog', 'external'],
      'providers.external_models',
    );
  }
  const global = nodeOf(root, 'global');
  if (isMap(global) && findPair(global, 'modules') !== undefined) {
    moveInto(upgrade, global, 'modules', ['model_catalog', 'modules'], 'global.modules');
  }
  renameModules(upgrade);
  itemsAt(root, 'providers', 'models').forEach((model) => {
    if (isMap(model)) moveCard(upgrade, model);
  });
  itemsAt(root, 'routing', 'decisions').forEach((decision, index) => {
    fillOperator(upgrade, nodeOf(decision, 'rules'), ['routing', 'decisions', index, 'rules'], 0);
  });
}

function moveInto(
  upgrade: Upgrade,
  from: YAMLMap,
  key: string,
  path: readonly string[],
  oldName: string,
): void {
  let target = ensureMap(upgrade.root, 'global');
  for (const part of path.slice(0, -1)) target = target && ensureMap(target, part);
  upgrade.move(from, key, target, ['global', ...path], oldName);
}

/** Old names of modules, by the block they lie in. */
const modules: readonly (readonly [
  block: readonly string[],
  names: readonly (readonly [string, string])[],
])[] = [
  [
    [],
    [
      ['hallucination_mitigation', 'hallucination'],
      ['feedback_detector', 'feedback'],
    ],
  ],
  [
    ['classifier'],
    [
      ['category_model', 'domain'],
      ['pii_model', 'pii'],
    ],
  ],
  [
    ['hallucination'],
    [
      ['fact_check_model', 'fact_check'],
      ['hallucination_model', 'detector'],
      ['nli_model', 'explainer'],
    ],
  ],
];

/** The classifiers had the model in their names. */
function renameModules(upgrade: Upgrade): void {
  for (const [block, names] of modules) {
    const path = ['global', 'model_catalog', 'modules', ...block];
    let holder: unknown = upgrade.root;
    for (const part of path) holder = nodeOf(holder, part);
    if (!isMap(holder)) continue;
    for (const [old, name] of names) {
      upgrade.move(
        holder,
        old,
        holder,
        [...path, name],
        [...(block.length === 0 ? ['modules'] : block), old].join('.'),
      );
    }
  }
}

function moveCard(upgrade: Upgrade, model: YAMLMap): void {
  const present = cardFields.filter((field) => findPair(model, field) !== undefined);
  const name = textOf(nodeOf(model, 'name'));
  if (present.length === 0 || name === undefined) return;
  const routing = ensureMap(upgrade.root, 'routing');
  const cards = routing && ensureSeq(routing, 'modelCards');
  if (cards === undefined) return;
  let card = cards.items.find((item) => textOf(nodeOf(item, 'name')) === name);
  let index = cards.items.indexOf(card);
  if (!isMap(card)) {
    const made = new YamlMap();
    const copy = copyNode(nodeOf(model, 'name'));
    dropComments(copy);
    made.items.push(newPair('name', copy));
    card = made;
    index = cards.items.push(made) - 1;
  }
  if (!isMap(card)) return;
  for (const field of present) {
    upgrade.move(model, field, card, ['routing', 'modelCards', index, field], `providers.models[].${field}`);
  }
}

/** An operator that is not given means AND. Written out here, so that the rest need not know. */
function fillOperator(upgrade: Upgrade, rule: unknown, path: Path, depth: number): void {
  if (!isMap(rule) || depth > 100) return;
  const conditions = findPair(rule, 'conditions');
  if (conditions === undefined) return;
  const operator = findPair(rule, 'operator');
  if (operator === undefined || isEmpty(operator.value)) {
    if (operator !== undefined) takePair(rule, 'operator');
    rule.items.unshift(newPair('operator', 'AND'));
    upgrade.note(
      conditions.key,
      [...path, 'operator'],
      '`conditions` without `operator` are joined by AND',
      'write `operator: AND` beside them',
    );
  }
  if (isSeq(conditions.value)) {
    conditions.value.items.forEach((child, index) => {
      fillOperator(upgrade, child, [...path, 'conditions', index], depth + 1);
    });
  }
}
