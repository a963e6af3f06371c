/**
 * Changes values in the text of a config file. Comments and layout of what stays are kept.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { hangOnFirst, printDocument, settleDocument } from './comments.js';
import { ConfigError, Findings } from './diagnostics.js';
import { parseSource } from './document.js';
import { findPair, keyOf, newPair, takePair, toPlain } from './nodes.js';
import { mask } from './print.js';
import { isRecord, textAt } from './raw.js';

/** A parsed config file that can be changed and written again. */
export class ConfigEdit {
  readonly #document: Document;
  readonly #source: string;
  readonly #root: YAMLMap;

  /** @throws ConfigError if `text` is no YAML mapping. */
  constructor(text: string, source: string) {
    const findings = new Findings();
    const parsed = parseSource(text, findings);
    if (parsed === undefined || findings.hasErrors) {
      throw new ConfigError(source, findings.resolve(parsed?.locate ?? (() => undefined)));
    }
    settleDocument(parsed.document, parsed.text);
    this.#document = parsed.document;
    this.#source = parsed.text;
    this.#root = parsed.root;
  }

  /** Plain values as the file has them: variables are not replaced, defaults not filled in. */
  values(): unknown {
    return toPlain(this.#root);
  }

  /**
   * Merges `patch`: mappings key by key, lists as a whole, `null` removes a key. Entries of lists that are the same
   * or have the same name keep their comments.
   */
  merge(patch: Readonly<Record<string, unknown>>): void {
    this.#merge(this.#root, patch);
  }

  /** Makes the file mean `values`, and changes only what differs. */
  replace(values: Readonly<Record<string, unknown>>): void {
    this.#sync(this.#root, values);
  }

  toString(): string {
    return printDocument(this.#document, this.#source);
  }

  #merge(map: YAMLMap, patch: Readonly<Record<string, unknown>>): void {
    for (const [key, value] of Object.entries(patch)) {
      const pair = findPair(map, key);
      if (value === null) takePair(map, key);
      else if (pair === undefined)
        map.items.push(newPair(key, this.#document.createNode(withoutNulls(value))));
      else if (isMap(pair.value) && isRecord(value)) this.#merge(pair.value, value);
      else pair.value = this.#synced(pair.value, withoutNulls(value));
    }
  }

  /** A node that means `value`: `node` itself if it can be changed into it. */
  #synced(node: unknown, value: unknown): unknown {
    if (isDeepStrictEqual(plainOf(node), plainOf(value))) return node;
    if (isMap(node) && isRecord(value)) {
      this.#sync(node, value);
      return node;
    }
    if (isSeq(node) && Array.isArray(value)) {
      this.#syncList(node, value);
      return node;
    }
    if (isScalar(node) && !isRecord(value) && !Array.isArray(value)) {
      // The quotes of a mask say nothing about what it hid.
      if (node.value === mask) delete node.type;
      node.value = value;
      delete node.format;
      delete node.source;
      return node;
    }
    return this.#document.createNode(value);
  }

  #sync(map: YAMLMap, values: Readonly<Record<string, unknown>>): void {
    map.items = map.items.filter((pair) => Object.hasOwn(values, keyOf(pair)));
    for (const [key, value] of Object.entries(values)) {
      const pair = findPair(map, key);
      if (pair === undefined) map.items.push(newPair(key, this.#document.createNode(value)));
      else pair.value = this.#synced(pair.value, value);
    }
  }

  #syncList(list: YAMLSeq, values: readonly unknown[]): void {
    hangOnFirst(list);
    const left = [...list.items];
    const take = (fits: (node: unknown) => boolean): unknown => {
      const index = left.findIndex(fits);
      return index < 0 ? undefined : left.splice(index, 1)[0];
    };
    // Equal ones first, so that an entry of the same name does not take their place.
    const equal = values.map((value) => take((node) => isDeepStrictEqual(plainOf(node), plainOf(value))));
    list.items = values.map((value, index) => {
      const same = equal[index];
      if (same !== undefined) return same;
      const name = entryName(value);
      const named = name === undefined ? undefined : take((node) => entryName(plainOf(node)) === name);
      return named === undefined ? this.#document.createNode(value) : this.#synced(named, value);
    });
  }
}

/** What an entry of a list is known by. */
function entryName(value: unknown): string | undefined {
  for (const key of ['name', 'model', 'type', 'id', 'endpoint', 'base_url']) {
    const name = textAt(value, key);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Values without prototype, so that they can be compared. */
function plainOf(value: unknown): unknown {
  const plain: unknown = isMap(value) || isSeq(value) || isScalar(value) ? toPlain(value) : value;
  if (Array.isArray(plain)) return plain.map(plainOf);
  if (!isRecord(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, plainOf(inner)]));
}

/** In what is new there is nothing that `null` could remove. */
function withoutNulls(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}
