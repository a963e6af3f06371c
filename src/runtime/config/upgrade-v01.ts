/**
 * v0.1 (Iris): signals and decisions at the top, models with `endpoints` and `access_key`.
 *
 * @module
 */
import { isMap, isSeq, type YAMLMap } from 'yaml';
import { dropComments } from './comments.js';
import { copyNode, ensureMap, findPair, isEmpty, itemsAt, mapAt, renamePair, takePair } from './nodes.js';
import type { Upgrade } from './upgrade.js';

/** Lists that the v0.1 router wrote at the top of the file it generated. */
const flatSignals: readonly (readonly [old: string, configKey: string])[] = [
  ['keyword_rules', 'keywords'],
  ['embedding_rules', 'embeddings'],
  ['categories', 'domains'],
  ['fact_check_rules', 'fact_check'],
  ['user_feedback_rules', 'user_feedbacks'],
  ['preference_rules', 'preferences'],
];

export function upgradeV01(upgrade: Upgrade): void {
  const { root } = upgrade;
  moveRouting(upgrade);
  const providers = mapAt(root, 'providers');
  if (providers === undefined) return;
  if (
    ['default_model', 'default_reasoning_effort', 'reasoning_families'].some((key) =>
      findPair(providers, key),
    )
  ) {
    const defaults = ensureMap(providers, 'defaults');
    const to = (key: string) => ['providers', 'defaults', key];
    upgrade.move(providers, 'default_model', defaults, to('model'), 'providers.default_model');
    upgrade.move(
      providers,
      'default_reasoning_effort',
      defaults,
      to('reasoning_effort'),
      'providers.default_reasoning_effort',
    );
    // Not a canonical key: the step for v0.3 names spreads it over the models.
    const families = takePair(providers, 'reasoning_families');
    if (families !== undefined) defaults?.items.push(families);
  }
  itemsAt(providers, 'models').forEach((model, index) => {
    if (isMap(model)) moveEndpoints(upgrade, model, index);
  });
}

function moveRouting(upgrade: Upgrade): void {
  const { root } = upgrade;
  const old = ['signals', 'decisions', 'strategy', ...flatSignals.map(([key]) => key)];
  if (!old.some((key) => findPair(root, key))) return;
  const routing = ensureMap(root, 'routing');
  if (routing === undefined) return;
  for (const key of ['signals', 'decisions', 'strategy']) {
    upgrade.move(root, key, routing, ['routing', key], key);
  }
  for (const [key, configKey] of flatSignals) {
    if (findPair(root, key) === undefined) continue;
    const signals = ensureMap(routing, 'signals');
    upgrade.move(root, key, signals, ['routing', 'signals', configKey], key);
  }
}

/** `endpoints` become `backend_refs`; the model's key goes to each of them. */
function moveEndpoints(upgrade: Upgrade, model: YAMLMap, index: number): void {
  const path = ['providers', 'models', index, 'backend_refs'];
  upgrade.move(model, 'endpoints', model, path, 'providers.models[].endpoints');
  const key = findPair(model, 'access_key');
  if (key === undefined) return;
  takePair(model, 'access_key');
  if (isEmpty(key.value)) return;
  const refs = findPair(model, 'backend_refs')?.value;
  // Without endpoints the key is of no use, and that they are missing is reported anyway.
  if (!isSeq(refs)) return;
  let first = true;
  for (const ref of refs.items) {
    if (!isMap(ref) || findPair(ref, 'api_key') !== undefined || findPair(ref, 'api_key_env') !== undefined) {
      continue;
    }
    const pair = renamePair(first ? key : copyNode(key), 'api_key');
    if (!first) {
      // The comment is told once.
      dropComments(pair.key);
      dropComments(pair.value);
    }
    first = false;
    ref.items.push(pair);
  }
  upgrade.note(
    key.key,
    [...path],
    '`providers.models[].access_key` is an older name',
    'write `api_key` (or `api_key_env`) in each of `backend_refs` instead',
  );
}
