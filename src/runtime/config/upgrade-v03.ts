/**
 * Names that the canonical layout had before the 0.4 release.
 *
 * @module
 */
import { isMap, isScalar, type YAMLMap, YAMLMap as YamlMap } from 'yaml';
import { addComments, commentsOf, dropComments } from './comments.js';
import type { Path } from './diagnostics.js';
import {
  copyNode,
  ensureMap,
  ensureSeq,
  findPair,
  itemsAt,
  keyOf,
  mapAt,
  newPair,
  nodeOf,
  renamePair,
  takePair,
  textOf,
} from './nodes.js';
import type { Upgrade } from './upgrade.js';

/** Older names of the plugin `response_cache`. */
export const cacheAliases: readonly string[] = ['semantic-cache', 'semantic_cache', 'response-cache'];

/** Names of the response cache that v0.3 had left behind already. */
export function upgradeCacheNames(upgrade: Upgrade): void {
  const { root } = upgrade;
  renamePlugins(upgrade, itemsAt(root, 'routing', 'decisions'), ['routing']);
  itemsAt(root, 'recipes').forEach((recipe, index) => {
    renamePlugins(upgrade, itemsAt(recipe, 'routing', 'decisions'), ['recipes', index, 'routing']);
  });
  const stores = mapAt(root, 'global', 'stores');
  if (stores !== undefined) {
    const path = ['global', 'stores', 'response_cache'];
    upgrade.move(stores, 'semantic_cache', stores, path, 'global.stores.semantic_cache');
  }
}

export function upgradeV03(upgrade: Upgrade): void {
  const { root } = upgrade;
  const defaults = mapAt(root, 'providers', 'defaults');
  if (defaults !== undefined) {
    const path = ['providers', 'defaults'];
    const old = (key: string) => `providers.defaults.${key}`;
    upgrade.move(defaults, 'default_model', defaults, [...path, 'model'], old('default_model'));
    upgrade.move(
      defaults,
      'default_reasoning_effort',
      defaults,
      [...path, 'reasoning_effort'],
      old('default_reasoning_effort'),
    );
  }
  spreadReasoning(upgrade, defaults);
  itemsAt(root, 'providers', 'models').forEach((model, index) => {
    itemsAt(model, 'backend_refs').forEach((ref, at) => {
      if (!isMap(ref)) return;
      const path = ['providers', 'models', index, 'backend_refs', at, 'provider'];
      upgrade.move(ref, 'type', ref, path, 'providers.models[].backend_refs[].type');
    });
  });
  const management = mapAt(root, 'global', 'services', 'management_api');
  if (management !== undefined) {
    const path = ['global', 'services', 'management_api', 'bind_address'];
    for (const key of ['bind', 'address']) {
      upgrade.move(management, key, management, path, `global.services.management_api.${key}`);
    }
  }
  moveQualityScores(upgrade);
}

function renamePlugins(upgrade: Upgrade, decisions: readonly unknown[], path: Path): void {
  decisions.forEach((decision, index) => {
    itemsAt(decision, 'plugins').forEach((plugin, at) => {
      renamePlugin(upgrade, plugin, [...path, 'decisions', index, 'plugins', at, 'type']);
    });
  });
}

/** Families were declared once and named by models; now each model says how it reasons. */
function spreadReasoning(upgrade: Upgrade, defaults: YAMLMap | undefined): void {
  const declared = defaults === undefined ? undefined : takePair(defaults, 'reasoning_families');
  const families = isMap(declared?.value) ? declared.value : new YamlMap();
  upgrade.reasoningFamilies.push(...families.items.map(keyOf));
  if (declared !== undefined) {
    upgrade.note(
      declared.key,
      ['providers', 'models'],
      '`reasoning_families` is an older name',
      'write `reasoning: {type: …, parameter: …}` (or `reasoning: {family: …}`) in each model instead',
    );
  }
  // Each comment is told once: where a family is used first, or above the models if none uses it.
  const told = new Set<unknown>();
  let heading = commentsOf(declared?.key, declared?.value);
  itemsAt(upgrade.root, 'providers', 'models').forEach((model, index) => {
    if (!isMap(model)) return;
    const pair = findPair(model, 'reasoning_family');
    if (pair === undefined) return;
    const name = textOf(pair.value);
    const entry = name === undefined ? undefined : findPair(families, name);
    const family = entry?.value;
    const written = pair.value;
    if (isMap(family)) {
      const copy = copyNode(family);
      if (told.has(family)) dropComments(copy);
      else heading.push(...commentsOf(entry?.key));
      told.add(family);
      pair.value = copy;
      const comments = [...heading, ...commentsOf(written)];
      if (isScalar(pair.key)) addComments(pair.key, comments);
      heading = [];
    } else if (isScalar(pair.value) && pair.value.value !== null) {
      const reasoning = new YamlMap();
      reasoning.flow = true;
      reasoning.items.push(newPair('family', pair.value));
      pair.value = reasoning;
    }
    const path = ['providers', 'models', index, 'reasoning'];
    upgrade.move(model, 'reasoning_family', model, path, 'providers.models[].reasoning_family');
  });
  const models = findPair(nodeOf(upgrade.root, 'providers'), 'models')?.key;
  if (isScalar(models)) addComments(models, heading);
}

function renamePlugin(upgrade: Upgrade, plugin: unknown, path: (string | number)[]): void {
  const type = nodeOf(plugin, 'type');
  if (!isScalar(type) || typeof type.value !== 'string' || !cacheAliases.includes(type.value)) return;
  upgrade.note(
    type,
    path,
    `plugin type \`${type.value}\` is an older name`,
    'write `response_cache` instead',
  );
  type.value = 'response_cache';
}

/** Quality became evidence: one record of an operator's own rating per model. */
function moveQualityScores(upgrade: Upgrade): void {
  itemsAt(upgrade.root, 'routing', 'modelCards').forEach((card) => {
    if (!isMap(card)) return;
    const pair = takePair(card, 'quality_score');
    if (pair === undefined) return;
    const evaluation = ensureMap(upgrade.root, 'evaluation');
    const records = evaluation && ensureSeq(evaluation, 'records');
    if (records === undefined) return;
    const metrics = new YamlMap();
    const record = new YamlMap();
    record.items.push(
      newPair('model', nameOf(card)),
      newPair('benchmark', 'vllm-sr/operator-rating@1.0.0'),
      newPair('metrics', metrics),
    );
    records.items.push(record);
    upgrade.note(
      pair.key,
      ['evaluation', 'records'],
      '`routing.modelCards[].quality_score` is an older name',
      'write a record under `evaluation.records` instead',
    );
    metrics.items.push(renamePair(pair, 'score'));
    // A comment would need lines of its own between the braces.
    metrics.flow = commentsOf(pair.key, pair.value).length === 0;
  });
}

/** A copy of the name without its comment, which stays where it was. */
function nameOf(card: YAMLMap): unknown {
  const copy = copyNode(nodeOf(card, 'name'));
  dropComments(copy);
  return copy;
}
