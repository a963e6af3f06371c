/**
 * From the text of a config file to a syntax tree without aliases, with positions.
 *
 * Aliases and merge keys are written out here, within a budget, so that everything after this step sees
 * plain mappings and lists, and so that a small file cannot grow into a huge one.
 *
 * @module
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
  YAMLMap,
} from 'yaml';
import { messageOf } from '../errors.js';
import type { Findings, Locate, Place } from './diagnostics.js';
import { copyNode, findPair, isEmpty, keyOf, nodeAt, offsetOf } from './nodes.js';
import { parsePlainYaml } from './plain-yaml.js';

const maxCharacters = 5 * 1024 * 1024;
/** Levels of mappings and lists in one another. */
export const maxDepth = 100;
const maxNodes = 200_000;

/** A parsed file. `root` is also the contents of `document`, so printing prints what was changed. */
export interface SourceDocument {
  /** The text without a byte order mark; offsets count in it. */
  readonly text: string;
  readonly document: Document;
  readonly root: YAMLMap;
  readonly locate: Locate;
  readonly placeOf: (node: unknown) => Place | undefined;
}

/** What a file is called in messages, and what to do about an empty one. */
export interface FileKind {
  readonly kind: string;
  readonly whenEmpty: string;
}

const configKind: FileKind = {
  kind: 'a config file',
  whenEmpty: 'write a starting point with `vllm-sr init`',
};

/** What loading needs of a file: it is not written again, so comments may be left out. */
export type ReadSource = Pick<SourceDocument, 'root' | 'locate' | 'placeOf'>;

/** As {@link parseSource}, and much faster for files without anything special; comments may be missing. */
export function parseToRead(text: string, findings: Findings): ReadSource | undefined {
  const plain = text.length > maxCharacters ? undefined : parsePlainYaml(text);
  if (plain === undefined) return parseSource(text, findings);
  const { root, lines } = plain;
  const placeOf = (node: unknown) => {
    const offset = offsetOf(node);
    return offset === undefined ? undefined : placeIn(lines, offset);
  };
  return { root, placeOf, locate: locateIn(root, placeOf) };
}

function placeIn(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Parses `text`. Undefined if it has no usable structure; what is wrong is in `findings` then. */
export function parseSource(
  text: string,
  findings: Findings,
  { kind, whenEmpty }: FileKind = configKind,
): SourceDocument | undefined {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const start = { line: 1, column: 1 };
  const fail = (message: string, hint?: string, at: Place = start) => {
    findings.add({ severity: 'error', path: [], message, hint, at });
    return undefined;
  };
  if (source.length > maxCharacters) return fail('the file is larger than 5 MiB');
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => placeIn(lines, offset);
  let document: Document;
  try {
    document = parseDocument(source, {
      lineCounter: lines,
      prettyErrors: false,
      resolveKnownTags: false,
      logLevel: 'error',
    });
  } catch (error) {
    // Deep nesting exhausts the stack of the parser, which is recursive.
    if (error instanceof RangeError) return fail(tooDeep);
    return fail(`not valid YAML: ${messageOf(error)}`);
  }
  if (!reportSyntax(source, document, findings, placeAt)) return undefined;
  if (isEmpty(document.contents)) {
    return fail('the file is empty', whenEmpty);
  }
  if (!isMap(document.contents)) {
    return fail(
      `${kind} is a mapping of keys to values; found ${isSeq(document.contents) ? 'a list' : 'a single value'}`,
      undefined,
      placeAt(offsetOf(document.contents) ?? 0),
    );
  }
  const expansion = new Expansion((message, node, hint) => {
    findings.add({ severity: 'error', path: [], message, hint, at: placeAt(offsetOf(node) ?? 0) });
  });
  const root = expansion.run(document.contents);
  if (!isMap(root)) return undefined;
  document.contents = root;
  const placeOf = (node: unknown) => {
    const offset = offsetOf(node);
    return offset === undefined ? undefined : placeAt(offset);
  };
  return { text: source, document, root, placeOf, locate: locateIn(root, placeOf) };
}

const tooDeep = `nested deeper than ${maxDepth} levels`;

/** Reports what the YAML parser found; false if the structure cannot be trusted. */
function reportSyntax(
  source: string,
  document: Document,
  findings: Findings,
  placeAt: (offset: number) => Place,
): boolean {
  let usable = true;
  for (const error of document.errors) {
    const { message, hint, fatal } = describeSyntax(error, source);
    // Whatever follows the first real syntax error is mostly its consequence.
    if (fatal && !usable) continue;
    findings.add({ severity: 'error', path: [], message, hint, at: placeAt(error.pos[0]) });
    if (fatal) usable = false;
  }
  for (const warning of document.warnings) {
    findings.add({
      severity: 'warning',
      path: [],
      message: warning.message,
      at: placeAt(warning.pos[0]),
    });
  }
  return usable;
}

function describeSyntax(
  error: YAMLError,
  source: string,
): { message: string; hint?: string; fatal: boolean } {
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^["']?([^"':\n]{1,60})/.exec(source.slice(error.pos[0], error.pos[0] + 62))?.[1]?.trim();
      return {
        message: `key \`${key ?? ''}\` is given twice in the same mapping`,
        hint: 'keep one of them',
        fatal: false,
      };
    }
    case 'TAB_AS_INDENT':
      return {
        message: 'a tab is used for indentation',
        hint: 'YAML indents with spaces; replace the tab',
        fatal: true,
      };
    case 'MULTIPLE_DOCS':
      return {
        message: 'the file holds more than one YAML document',
        hint: 'remove the `---` line and what follows it',
        fatal: true,
      };
    case 'RESOURCE_EXHAUSTION':
      return { message: tooDeep, fatal: true };
    default:
      if (source.slice(error.pos[0] - 1, error.pos[0] + 1) === `$\{`) {
        return {
          message: 'a variable inside `{ }` or `[ ]` needs quotes, because its braces have a meaning there',
          hint: `write "$\{NAME}" with the quotes, or give the value a line of its own`,
          fatal: true,
        };
      }
      return { message: `not valid YAML: ${error.message}`, fatal: true };
  }
}

type Report = (message: string, node: unknown, hint?: string) => void;

/** Thrown to leave the recursion; the problem is reported before. */
class Stop extends Error {}

/** Replaces aliases by copies and merge keys by what they merge. */
class Expansion {
  readonly #anchors = new Map<string, { node: unknown; size: number }>();
  readonly #report: Report;
  #nodes = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  run(root: unknown): unknown {
    try {
      return this.#expand(root, 0);
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  #stop(message: string, node: unknown): never {
    this.#report(message, node);
    throw new Stop();
  }

  #count(nodes: number, node: unknown): void {
    this.#nodes += nodes;
    if (this.#nodes > maxNodes) {
      this.#stop(`the file expands to more than ${maxNodes} values`, node);
    }
  }

  #expand(node: unknown, depth: number): unknown {
    if (depth > maxDepth) this.#stop(tooDeep, node);
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined) {
        this.#stop(`alias \`*${node.source}\` refers to no anchor before it`, node);
      }
      this.#count(target.size, node);
      return copyNode(target.node);
    }
    const before = this.#nodes;
    this.#count(1, node);
    if (isSeq(node)) {
      node.items = node.items.map((item) => this.#expand(item, depth + 1));
    } else if (isMap(node)) {
      this.#expandMap(node, depth);
    }
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { node, size: this.#nodes - before });
      delete node.anchor;
    }
    return node;
  }

  #expandMap(map: YAMLMap, depth: number): void {
    const merged: Pair[] = [];
    const own: Pair[] = [];
    for (const pair of map.items) {
      if (!isScalar(pair.key)) {
        this.#stop('a key must be plain text', pair.key ?? map);
      }
      const key = keyOf(pair);
      if (key === '__proto__') {
        this.#report('unknown key `__proto__`', pair.key);
        continue;
      }
      pair.value = this.#expand(pair.value, depth + 1);
      if (key === '<<' && pair.key.type === 'PLAIN') merged.push(...this.#mergeSources(pair));
      else own.push(pair);
    }
    if (merged.length === 0) {
      map.items = own;
      return;
    }
    const result = new YAMLMap();
    result.items = own;
    // An earlier source wins over a later one, and what is written out wins over both.
    for (const pair of merged) {
      if (findPair(result, keyOf(pair)) === undefined) result.items.push(pair);
    }
    map.items = result.items;
  }

  #mergeSources(pair: Pair): Pair[] {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    return sources.flatMap((source) => {
      if (isMap(source)) return source.items;
      this.#report('`<<` merges mappings; found something else', pair.key);
      return [];
    });
  }
}

/** Places of paths: the value, else its key, else the nearest thing around it that is in the file. */
function locateIn(root: YAMLMap, placeOf: (node: unknown) => Place | undefined): Locate {
  return (path, anchor) => {
    for (let length = path.length; length >= 0; length--) {
      const { node, pair, depth } = nodeAt(root, path.slice(0, length));
      if (depth < length) continue;
      const complete = length === path.length;
      const wantKey = pair !== undefined && (!complete || anchor === 'key' || isEmpty(node));
      const place = wantKey ? (placeOf(pair.key) ?? placeOf(node)) : (placeOf(node) ?? placeOf(pair?.key));
      if (place !== undefined) return place;
    }
    return undefined;
  };
}
