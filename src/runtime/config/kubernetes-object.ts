/**
 * Manifests that were given instead of the file inside them.
 *
 * @module
 */
import { isMap, isScalar } from 'yaml';
import { findPair, keyOf, nodeOf, takePair, textOf } from './nodes.js';
import type { Upgrade } from './upgrade.js';

/** Tells a Kubernetes object as the one mistake it is, and takes its keys out so that each is not told as well. */
export function refuseKubernetesObject(upgrade: Upgrade): void {
  const { root } = upgrade;
  const kind = textOf(nodeOf(root, 'kind'));
  const apiVersion = findPair(root, 'apiVersion');
  if (kind === undefined || apiVersion === undefined) return;
  const data = nodeOf(root, 'data');
  const inside = isMap(data)
    ? data.items.find((pair) => isScalar(pair.value) && /^\s*(?:\w+:|#)/.test(textOf(pair.value) ?? ''))
    : undefined;
  upgrade.error(
    apiVersion.key,
    ['kind'],
    `this is a Kubernetes object (\`kind: ${kind}\`), not a configuration`,
    inside === undefined
      ? 'give the configuration file that it refers to'
      : `the configuration is the text under \`data\`, \`${keyOf(inside)}\`: write that to a file of its own`,
  );
  for (const key of ['apiVersion', 'kind', 'metadata', 'data', 'binaryData', 'spec', 'status']) {
    takePair(root, key);
  }
}
