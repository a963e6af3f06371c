/**
 * Small operations on YAML syntax trees. Moving a pair moves its comments and keeps its source
 * position, which is why older layouts are rewritten on the tree and not on plain values.
 *
 * @module
 */
import { isMap, isNode, isPair, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { Path } from './diagnostics.js';

/** The key of a pair as text. */
export function keyOf(pair: Pair): string {
  const { key } = pair;
  if (!isScalar(key)) return String(key);
  return typeof key.value === 'string' ? key.value : String(key.value);
}

export function findPair(node: unknown, key: string): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => keyOf(pair) === key);
}

/** Value node under `key`, if `node` is a mapping that has it. */
export function nodeOf(node: unknown, key: string): unknown {
  return findPair(node, key)?.value;
}

export function mapAt(node: unknown, ...keys: string[]): YAMLMap | undefined {
  let current = node;
  for (const key of keys) current = nodeOf(current, key);
  return isMap(current) ? current : undefined;
}

/** Items of the sequence found by following `keys`; none if there is no sequence. */
export function itemsAt(node: unknown, ...keys: string[]): readonly unknown[] {
  let current = node;
  for (const key of keys) current = nodeOf(current, key);
  return isSeq(current) ? current.items : [];
}

/** Text of a scalar; undefined for everything else. */
export function textOf(node: unknown): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** Removes the pair `key` from `map` and returns it. */
export function takePair(map: YAMLMap, key: string): Pair | undefined {
  const index = map.items.findIndex((pair) => keyOf(pair) === key);
  if (index < 0) return undefined;
  const [pair] = map.items.splice(index, 1);
  return pair;
}

/** Gives a pair another key, comments and position stay. */
export function renamePair(pair: Pair, key: string): Pair {
  if (isScalar(pair.key)) pair.key.value = key;
  else pair.key = new Scalar(key);
  return pair;
}

export function newPair(key: string, value: unknown): Pair {
  return new Pair<unknown, unknown>(new Scalar(key), isNode(value) ? value : new Scalar(value));
}

/** The mapping under `key`; made if there is none. Undefined if something else stands there. */
export function ensureMap(parent: YAMLMap, key: string): YAMLMap | undefined {
  const pair = findPair(parent, key);
  if (pair !== undefined && isMap(pair.value)) return pair.value;
  if (pair !== undefined && !isEmpty(pair.value)) return undefined;
  const map = new YAMLMap();
  if (pair === undefined) parent.items.push(newPair(key, map));
  else pair.value = map;
  return map;
}

/** The sequence under `key`; made if there is none. Undefined if something else stands there. */
export function ensureSeq(parent: YAMLMap, key: string): YAMLSeq | undefined {
  const pair = findPair(parent, key);
  if (pair !== undefined && isSeq(pair.value)) return pair.value;
  if (pair !== undefined && !isEmpty(pair.value)) return undefined;
  const seq = new YAMLSeq();
  if (pair === undefined) parent.items.push(newPair(key, seq));
  else pair.value = seq;
  return seq;
}

/** A key with nothing behind it. */
export function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

/** Copies a subtree with its positions and comments. */
export function copyNode<T>(node: T): T {
  return isNode(node) || isPair(node) ? structuredCloneNode(node) : node;
}

function structuredCloneNode<T extends { clone(): unknown }>(node: T): T {
  const copy = node.clone();
  // `clone` of a node returns the same class; the library types it as its base class.
  return isSameKind(node, copy) ? copy : node;
}

function isSameKind<T>(sample: T, value: unknown): value is T {
  return Object.getPrototypeOf(sample) === Object.getPrototypeOf(value);
}

/** Instances inherit nothing. Unlike those of `Object.create(null)` they are as fast as other objects. */
class Bare {
  [key: string]: unknown;
}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');

/**
 * Plain values of a tree. Keys without a value are left out: an empty section in a config file means
 * "not given". Objects inherit nothing, so that no key has a meaning of its own.
 */
export function toPlain(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map(toPlain);
  if (!isMap(node)) return null;
  const result = new Bare();
  for (const pair of node.items) {
    if (!isEmpty(pair.value)) result[keyOf(pair)] = toPlain(pair.value);
  }
  return result;
}

/** Pair or item reached by `path`, or as far as the tree goes. */
export function nodeAt(root: unknown, path: Path): { node: unknown; pair: Pair | undefined; depth: number } {
  let node = root;
  let pair: Pair | undefined;
  let depth = 0;
  for (const part of path) {
    if (typeof part === 'number') {
      if (!isSeq(node) || part >= node.items.length) break;
      node = node.items[part];
      pair = undefined;
    } else {
      const next = findPair(node, part);
      if (next === undefined) break;
      pair = next;
      node = next.value;
    }
    depth++;
  }
  return { node, pair, depth };
}

/** Offset of the first source character of a node or of anything in it. */
export function offsetOf(node: unknown): number | undefined {
  if (isPair(node)) return offsetOf(node.key) ?? offsetOf(node.value);
  if (!isNode(node)) return undefined;
  if (node.range) return node.range[0];
  if (!isMap(node) && !isSeq(node)) return undefined;
  for (const item of node.items) {
    const offset = offsetOf(item);
    if (offset !== undefined) return offset;
  }
  return undefined;
}
