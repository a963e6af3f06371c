/**
 * Older layouts, rewritten on the syntax tree into the canonical one.
 *
 * Every step looks for the shape it knows and leaves the rest alone, so files that mix generations work
 * and a canonical file passes through unchanged. Nodes are moved, not rebuilt: positions still point
 * into the user's file, and comments come along.
 *
 * @module
 */
import { isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';
import { suggestion } from '../text/suggestions.js';
import { type Findings, formatPath, type Path, type Place } from './diagnostics.js';
import { refuseKubernetesObject } from './kubernetes-object.js';
import { findPair, isEmpty, keyOf, newPair, renamePair, takePair } from './nodes.js';
import { dropForgotten } from './upgrade-forgotten.js';
import { upgradeGenerated } from './upgrade-generated.js';
import { upgradeV01 } from './upgrade-v01.js';
import { upgradeV02 } from './upgrade-v02.js';
import { upgradeCacheNames, upgradeV03 } from './upgrade-v03.js';

/** Values of `version` that are read, with or without the `v`. */
export const knownVersions = ['v0.1', 'v0.2', 'v0.3', 'v0.4'] as const;

/** One rewriting run: moves nodes and says so, once per kind of move. */
export class Upgrade {
  readonly root: YAMLMap;
  readonly findings: Findings;
  /** Names of reasoning families that the file declared itself, for hints. */
  readonly reasoningFamilies: string[] = [];
  readonly #placeOf: (node: unknown) => Place | undefined;
  readonly #notes = new Map<
    string,
    { hint: string; path: Path; at: Place | undefined; count: number; told: boolean }
  >();
  #tells = true;

  constructor(root: YAMLMap, findings: Findings, placeOf: (node: unknown) => Place | undefined) {
    this.root = root;
    this.findings = findings;
    this.#placeOf = placeOf;
  }

  get changed(): boolean {
    return this.#notes.size > 0;
  }

  /** Remembers a note about an old spelling at `node`; the same message is told once, with a count. */
  note(node: unknown, path: Path, message: string, hint: string): void {
    const known = this.#notes.get(message);
    if (known === undefined) {
      this.#notes.set(message, { hint, path, at: this.#placeOf(node), count: 1, told: this.#tells });
    } else known.count++;
  }

  /** Runs a step whose notes count as changes and are not told. */
  quietly(step: (upgrade: Upgrade) => void): void {
    this.#tells = false;
    step(this);
    this.#tells = true;
  }

  warning(node: unknown, path: Path, message: string, hint?: string): void {
    this.findings.add({ severity: 'warning', path, message, hint, at: this.#placeOf(node) });
  }

  error(node: unknown, path: Path, message: string, hint?: string): void {
    this.findings.add({ severity: 'error', path, message, hint, at: this.#placeOf(node) });
  }

  /**
   * Moves `from.key` to `to.newKey`. If something stands there already, that wins and the old one is
   * dropped with a warning. `path` is where it goes. Returns whether there was something to move.
   */
  move(from: YAMLMap, key: string, to: YAMLMap | undefined, path: Path, oldName: string): boolean {
    if (to === undefined) return false;
    const newKey = String(path.at(-1));
    const pair = findPair(from, key);
    if (pair === undefined) return false;
    const position = from.items.indexOf(pair);
    takePair(from, key);
    const newName = formatPath(path).replaceAll(/\[\d+\]/g, '[]');
    const standing = findPair(to, newKey);
    if (standing !== undefined && !isEmpty(standing.value)) {
      this.warning(
        pair.key,
        path,
        `\`${oldName}\` is ignored because \`${newName}\` is given too`,
        `remove \`${oldName}\``,
      );
      return true;
    }
    if (standing !== undefined) takePair(to, newKey);
    this.note(pair.key, path, `\`${oldName}\` is an older name`, `write \`${newName}\` instead`);
    // Under another name in the same mapping it keeps its place.
    to.items.splice(from === to ? position : to.items.length, 0, renamePair(pair, newKey));
    return true;
  }

  flush(): void {
    for (const [message, { hint, path, at, count, told }] of this.#notes) {
      if (!told) continue;
      const text = count === 1 ? message : `${message} (${count} places)`;
      this.findings.add({ severity: 'note', code: 'deprecated-name', path, message: text, hint, at });
    }
  }
}

const rootOrder = ['version', 'listeners', 'providers', 'routing', 'global'];
const routingOrder = ['strategy', 'modelCards', 'signals', 'projections', 'decisions'];

export interface Upgraded {
  readonly changed: boolean;
  readonly reasoningFamilies: readonly string[];
  /** Whether the file had the layout of v0.1 and v0.2, with decisions at the top. */
  readonly flat: boolean;
  /** Whether it was written for v0.1 or v0.2. */
  readonly early: boolean;
}

/**
 * Rewrites `root` in place.
 *
 * @param ownNames Whether names that are right in the version that the file declares, and that a later one has changed,
 *   are told: of use to somebody who migrates, a false alarm for everybody else.
 */
export function upgradeDocument(
  root: YAMLMap,
  findings: Findings,
  placeOf: (node: unknown) => Place | undefined,
  ownNames: 'quiet' | 'told' = 'quiet',
): Upgraded {
  const upgrade = new Upgrade(root, findings, placeOf);
  // A comment above the first key is the file's header and stays there, whichever key comes first.
  const header = takeComment(root);
  attachComments(root);
  refuseKubernetesObject(upgrade);
  const flat = findPair(root, 'decisions') !== undefined;
  upgradeGenerated(upgrade);
  upgradeV01(upgrade);
  upgradeV02(upgrade);
  const { version } = declaredVersion(root);
  const early = version === 'v0.1' || version === 'v0.2' || (version === '' && upgrade.changed);
  upgradeCacheNames(upgrade);
  if (ownNames === 'quiet' && version === 'v0.3') upgrade.quietly(upgradeV03);
  else upgradeV03(upgrade);
  if (early) dropForgotten(upgrade);
  settleVersion(upgrade);
  if (upgrade.changed) {
    sortKeys(root, rootOrder);
    for (const [key, order] of [
      ['providers', ['defaults', 'models']],
      ['routing', routingOrder],
    ] as const) {
      const block = findPair(root, key)?.value;
      if (isMap(block)) sortKeys(block, order);
    }
  }
  for (const pair of root.items) liftBlankLine(pair);
  putComment(root, header);
  upgrade.flush();
  return { changed: upgrade.changed, reasoningFamilies: upgrade.reasoningFamilies, flat, early };
}

/** `version` as it is written, and with its `v` and without a patch number `.0`; both empty where it is missing. */
function declaredVersion(root: YAMLMap): { written: string; version: string } {
  const node = findPair(root, 'version')?.value;
  if (!isScalar(node) || isEmpty(node)) return { written: '', version: '' };
  const { value, source } = node;
  // Of a number the source text counts: 0.10 is not 0.1.
  const written = (typeof value === 'string' ? value : (source ?? String(value))).trim();
  const version = /^v/i.test(written) ? written.toLowerCase() : `v${written}`;
  return { written, version: version.replace(/^(v\d+\.\d+)\.0$/, '$1') };
}

/** Checks the version and replaces older ones: after the steps before, the layout is the newest. */
function settleVersion(upgrade: Upgrade): void {
  const pair = findPair(upgrade.root, 'version');
  if (pair === undefined || isEmpty(pair.value)) {
    if (pair !== undefined) takePair(upgrade.root, 'version');
    upgrade.note(
      undefined,
      ['version'],
      `\`version\` is missing; the layout was recognised as ${upgrade.changed ? 'an older one' : 'v0.3'}`,
      'write `version: v0.3` at the top of the file',
    );
    upgrade.root.items.unshift(newPair('version', 'v0.3'));
    return;
  }
  if (!isScalar(pair.value)) return;
  const { written, version } = declaredVersion(upgrade.root);
  const known = knownVersions.find((candidate) => candidate === version);
  if (known === undefined) {
    upgrade.error(
      pair.value,
      ['version'],
      `found version \`${written}\``,
      suggestion(version, knownVersions),
    );
    pair.value.value = 'v0.3';
    return;
  }
  const canonical = known === 'v0.4' ? 'v0.4' : 'v0.3';
  if (known !== canonical) {
    upgrade.note(
      pair.value,
      ['version'],
      `version \`${written}\` is read as its successor`,
      'rewrite the file with `vllm-sr config migrate`',
    );
  }
  pair.value.value = canonical;
  // Otherwise a number such as 0.3 would be printed in its own notation.
  delete pair.value.format;
}

/** Keys in canonical order; what is not listed stays behind them in file order. */
function sortKeys(map: YAMLMap, order: readonly string[]): void {
  const rank = (key: string) => {
    const index = order.indexOf(key);
    return index < 0 ? order.length : index;
  };
  map.items.sort((a, b) => rank(keyOf(a)) - rank(keyOf(b)));
}

/** A blank line above the first key of a block belongs above the block. */
function liftBlankLine(block: Pair): void {
  if (!isMap(block.value)) return;
  const first = block.value.items[0]?.key;
  if (!isScalar(first) || !first.spaceBefore) return;
  first.spaceBefore = false;
  if (isScalar(block.key)) block.key.spaceBefore = true;
}

function takeComment(root: YAMLMap): string | undefined {
  const key = root.items[0]?.key;
  if (!isScalar(key) || !key.commentBefore) return undefined;
  const comment = key.commentBefore;
  key.commentBefore = null;
  return comment;
}

function putComment(root: YAMLMap, comment: string | undefined): void {
  const key = root.items[0]?.key;
  if (comment === undefined || !isScalar(key)) return;
  key.commentBefore = key.commentBefore ? `${comment}\n${key.commentBefore}` : comment;
}

/**
 * The parser hangs the comment above a first key on the mapping; hung on the key, it follows the key
 * when that moves. The root keeps its comment: that is the file's header.
 */
function attachComments(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) attachComments(item);
  if (!isMap(node)) return;
  for (const pair of node.items) {
    attachComments(pair.value);
    if (!isMap(pair.value) || !pair.value.commentBefore || pair.value.flow) continue;
    const first = pair.value.items[0];
    if (first === undefined || !isScalar(first.key) || first.key.commentBefore) continue;
    first.key.commentBefore = pair.value.commentBefore;
    pair.value.commentBefore = null;
  }
}
