/**
 * Keys of early files that nothing reads any more. The tools of that time ignored what they did not know, so files
 * of those layouts still circulate with keys of still earlier ones. They are left out with a warning, never refused;
 * what looks like a slip of a name that is known stays where it is, to be told as the error it is.
 *
 * @module
 */
import { isMap } from 'yaml';
import { nearestName } from '../text/suggestions.js';
import { formatPath, type Path } from './diagnostics.js';
import { type Issue, keysAt } from './issues.js';
import { nodeAt, takePair, toPlain } from './nodes.js';
import { configSchema } from './schema.js';
import type { Upgrade } from './upgrade.js';

/** What became of some of them. */
const successors: ReadonlyMap<string, string> = new Map([
  ['pii_policy', 'a `pii` signal and a decision that refuses do this now'],
  ['use_reasoning', 'say it at the `modelRefs` of a decision'],
  ['reasoning_effort', 'say it at the `modelRefs` of a decision'],
]);

/** Takes the keys that no part of the schema knows out of the tree; run it when the layout is canonical. */
export function dropForgotten(upgrade: Upgrade): void {
  const raw = toPlain(upgrade.root);
  const result = configSchema.safeParse(raw);
  if (result.success) return;
  for (const issue of result.error.issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const path = pathOf(issue);
    const allowed = keysAt(configSchema, path, raw);
    for (const key of issue.keys) {
      if (nearestName(key, allowed) === undefined) drop(upgrade, path, key);
    }
  }
}

function drop(upgrade: Upgrade, path: Path, key: string): void {
  const { node, depth } = nodeAt(upgrade.root, path);
  if (!isMap(node) || depth < path.length) return;
  const pair = takePair(node, key);
  if (pair === undefined) return;
  const place = path.length === 0 ? '' : ` in \`${formatPath(path).replaceAll(/\[\d+\]/g, '[]')}\``;
  upgrade.warning(
    pair.key,
    [...path, key],
    `\`${key}\`${place} has no meaning and is not read`,
    successors.get(key) ?? 'remove it',
  );
}

function pathOf(issue: Issue): Path {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}
