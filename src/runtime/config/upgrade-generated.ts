/**
 * The file that the v0.1 tools generated for their router: models in `model_config`, endpoints in
 * `vllm_endpoints`, and the defaults at the top. People kept and edited such files.
 *
 * @module
 */
import { isMap, isScalar, isSeq, YAMLMap, YAMLSeq } from 'yaml';
import { addComments, commentsOf } from './comments.js';
import {
  copyNode,
  ensureMap,
  ensureSeq,
  findPair,
  isEmpty,
  itemsAt,
  keyOf,
  newPair,
  nodeOf,
  renamePair,
  takePair,
  textOf,
} from './nodes.js';
import type { Upgrade } from './upgrade.js';

export function upgradeGenerated(upgrade: Upgrade): void {
  const { root } = upgrade;
  const defaults = ['default_model', 'default_reasoning_effort', 'reasoning_families'];
  if (defaults.some((key) => findPair(root, key))) {
    const providers = ensureMap(root, 'providers');
    // To where the next step looks for them.
    for (const key of defaults) {
      const pair = findPair(root, key);
      if (pair === undefined || providers === undefined) continue;
      takePair(root, key);
      if (findPair(providers, key) === undefined) providers.items.push(pair);
      else {
        upgrade.warning(pair.key, [key], `\`${key}\` is ignored because \`providers.${key}\` is given too`);
      }
    }
  }
  const models = takePair(root, 'model_config');
  const endpoints = takePair(root, 'vllm_endpoints');
  const profiles = takePair(root, 'provider_profiles');
  if (models === undefined) {
    if (endpoints !== undefined) root.items.push(endpoints);
    return;
  }
  const providers = ensureMap(root, 'providers');
  const list = providers && ensureSeq(providers, 'models');
  if (list === undefined || !isMap(models.value)) {
    root.items.push(models);
    if (endpoints !== undefined) root.items.push(endpoints);
    return;
  }
  upgrade.note(
    models.key,
    ['providers', 'models'],
    '`model_config` and `vllm_endpoints` are older names',
    'write `providers.models[]` with `backend_refs` instead',
  );
  for (const pair of models.value.items) {
    const model = new YAMLMap();
    const name = isScalar(pair.key) ? copyNode(pair.key) : keyOf(pair);
    if (isScalar(name)) name.commentBefore = null;
    model.items.push(newPair('name', name));
    const settings = isMap(pair.value) ? pair.value : new YAMLMap();
    const preferred = takePair(settings, 'preferred_endpoints');
    model.items.push(...settings.items);
    const comments = [pair.key, preferred?.key].flatMap((key) => (isScalar(key) && key.commentBefore) || []);
    if (comments.length > 0) model.commentBefore = comments.join('\n');
    const refs = new YAMLSeq();
    const names = preferred === undefined ? undefined : itemsAt(preferred.value).map(textOf);
    for (const endpoint of isSeq(endpoints?.value) ? endpoints.value.items : []) {
      // A model without preferences was served by every endpoint.
      if (names === undefined || names.includes(textOf(nodeOf(endpoint, 'name')))) {
        refs.items.push(backendRef(endpoint, profiles?.value));
      }
    }
    if (refs.items.length > 0) model.items.push(newPair('backend_refs', refs));
    list.items.push(model);
  }
  // The endpoints went to the models; what is said of their list as a whole goes above the models.
  const key = findPair(providers, 'models')?.key;
  if (isScalar(key)) addComments(key, commentsOf(models.key, endpoints?.key, profiles?.key));
}

/** `address` and `port` become one `endpoint`; what a profile says of its provider is written out. */
function backendRef(endpoint: unknown, profiles: unknown): unknown {
  const ref = copyNode(endpoint);
  if (!isMap(ref)) return ref;
  const profile = takePair(ref, 'provider_profile');
  const known = profile === undefined ? undefined : nodeOf(profiles, textOf(profile.value) ?? '');
  // A profile that is not there is told as an unknown key.
  if (profile !== undefined && !isMap(known)) ref.items.push(profile);
  for (const setting of isMap(known) ? known.items : []) {
    const copy = copyNode(setting);
    const key = keyOf(copy) === 'type' ? 'provider' : keyOf(copy);
    if (findPair(ref, key) === undefined) ref.items.push(renamePair(copy, key));
  }
  const address = findPair(ref, 'address');
  const port = takePair(ref, 'port');
  if (address === undefined || !isScalar(address.value)) return ref;
  renamePair(address, 'endpoint');
  if (port !== undefined && isScalar(port.value) && !isEmpty(port.value)) {
    const host = String(address.value.value);
    // A default of a variable is told from an IPv6 address by its braces.
    const isV6 = host.replaceAll(/\$\{[^}]*\}/g, '').includes(':');
    address.value.value = `${isV6 ? `[${host}]` : host}:${String(port.value.value)}`;
  }
  return ref;
}
