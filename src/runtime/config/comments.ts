/**
 * Comments that belong to what follows them.
 *
 * The parser gives all comments between two keys to the block above as soon as the first of them is indented like
 * that block. Where keys then move, the comment above a key would stay behind. People go by indentation, and so does
 * this.
 *
 * @module
 */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Scalar,
  type YAMLSeq,
} from 'yaml';
import { withLineEndsOf } from '../text/line-ends.js';

/**
 * Hangs every comment on the key or item that it stands above, or on the document if it stands at the end of the file.
 * `text` is what `document` was parsed from.
 */
export function settleDocument(document: Document, text: string): void {
  settleComments(document.contents, text);
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  const wanted = linesAbove(whole.length, whole).length;
  const { taken } = takeComments(document.contents, wanted - countComments(document.comment));
  if (taken.length > 0) {
    document.comment = [...taken, ...(document.comment ? [document.comment] : [])].join('\n');
  }
}

function settleComments(root: unknown, text: string): void {
  if (isMap(root)) {
    root.items.forEach((pair, index) => {
      settleComments(pair.value, text);
      if (isScalar(pair.key)) markBeside(pair.key, pair.value, text);
      const next = root.items[index + 1]?.key;
      if (isScalar(next)) settleBetween(pair.value, next, text);
    });
  } else if (isSeq(root)) {
    root.items.forEach((item, index) => {
      settleComments(item, text);
      const next = root.items[index + 1];
      if (isNode(next)) settleBetween(item, next, text);
    });
  }
}

/**
 * The text of a document whose comments were settled, with the line ends of `source`, which it was parsed from. The
 * library would put a comment beside the key of a block onto a line of its own.
 */
export function printDocument(document: Document, source: string): string {
  const printed = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return withLineEndsOf(source, printed.replaceAll(besideKey, ': #').replaceAll(beside, ''));
}

/** Begins comments that stood beside a key; no text that people write holds it. */
const beside = '\u0001';
const besideKey = new RegExp(`:\\n *#${beside}`, 'g');

function markBeside(key: Scalar, value: unknown, text: string): void {
  const end = key.range?.[1];
  if (end === undefined || !isCollection(value) || value.flow === true || !value.commentBefore) return;
  const lineEnd = text.indexOf('\n', end);
  const rest = text.slice(end, lineEnd < 0 ? undefined : lineEnd);
  if (/^\s*:\s+#/.test(rest)) value.commentBefore = `${beside}${value.commentBefore}`;
}

/** Hangs the comment above the first entry of a list on that entry, so that it follows where the entry goes. */
export function hangOnFirst(list: YAMLSeq): void {
  const [first] = list.items;
  if (!list.commentBefore || list.flow === true || !isNode(first)) return;
  const lines = list.commentBefore.split('\n');
  // What stands beside the key is about the list.
  const own = lines[0]?.startsWith(beside) ? lines.slice(0, 1) : [];
  const above = lines.slice(own.length);
  if (above.length === 0) return;
  first.commentBefore = [...above, ...(first.commentBefore ? [first.commentBefore] : [])].join('\n');
  list.commentBefore = own.length === 0 ? null : own.join('\n');
}

/** Comments of a node, its key or both, that would be lost with it; in the order of the file. */
export function commentsOf(...nodes: readonly unknown[]): string[] {
  return nodes.flatMap((node) => {
    if (!isNode(node)) return [];
    return [node.commentBefore, node.comment].flatMap((comment) => comment || []);
  });
}

/** Adds comments above a node. */
export function addComments(node: Node, comments: readonly string[]): void {
  if (comments.length > 0) node.commentBefore = [node.commentBefore, ...comments].filter(Boolean).join('\n');
}

/** A node and all below it without comments, for copies: the original has them. */
export function dropComments(node: unknown): void {
  if (!isNode(node)) return;
  node.commentBefore = null;
  node.comment = null;
  if (isSeq(node)) for (const item of node.items) dropComments(item);
  if (isMap(node)) {
    for (const pair of node.items) {
      dropComments(pair.key);
      dropComments(pair.value);
    }
  }
}

function settleBetween(before: unknown, next: Node, text: string): void {
  const start = next.range?.[0];
  if (start === undefined) return;
  const missing = linesAbove(start, text).length - countComments(next.commentBefore);
  const { taken, blankBefore, emptied } = takeComments(before, missing);
  if (taken.length === 0) return;
  next.commentBefore = [...taken, ...(next.commentBefore ? [next.commentBefore] : [])].join('\n');
  if (blankBefore || emptied) next.spaceBefore = blankBefore || next.spaceBefore === true;
}

interface TakenComments {
  readonly taken: readonly string[];
  /** Whether a blank line parts them from what is above. */
  readonly blankBefore: boolean;
  /** Whether nothing is left where they were. */
  readonly emptied: boolean;
}

/** Takes the last `count` comment lines of the collections that end where `node` ends. */
function takeComments(node: unknown, count: number): TakenComments {
  let missing = count;
  let [blankBefore, emptied] = [false, false];
  const all: string[] = [];
  // Innermost last: the block that ends last was given the comments.
  for (const holder of endings(node)) {
    if (missing <= 0) break;
    const lines = holder.comment?.split('\n') ?? [];
    const taken: string[] = [];
    while (missing > 0 && lines.length > 0) {
      const line = lines.pop() ?? '';
      taken.unshift(line);
      if (line.trim() !== '') missing--;
    }
    if (taken.length === 0) continue;
    blankBefore = lines.at(-1)?.trim() === '' || taken[0]?.trim() === '';
    while (lines.at(-1)?.trim() === '') lines.pop();
    while (taken[0]?.trim() === '') taken.shift();
    emptied = lines.length === 0;
    holder.comment = emptied ? null : lines.join('\n');
    all.unshift(...taken);
  }
  return { taken: all, blankBefore, emptied };
}

/** Comment lines directly above an offset that are indented no further than its line. */
function linesAbove(offset: number, text: string): string[] {
  let end = text.lastIndexOf('\n', offset - 1);
  const column = indentation(text.slice(end + 1, offset));
  const lines: string[] = [];
  while (end > 0) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const line = text.slice(start, end);
    const content = line.trim();
    if (content !== '' && !content.startsWith('#')) break;
    if (content !== '') {
      if (indentation(line) > column) break;
      lines.unshift(content);
    }
    end = start - 1;
  }
  return lines;
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

function countComments(comment: string | null | undefined): number {
  return comment ? comment.split('\n').filter((line) => line.trim() !== '').length : 0;
}

/** The collections that end where `node` ends, outermost first. */
function endings(node: unknown): Node[] {
  const found: Node[] = [];
  let current = node;
  while (isCollection(current)) {
    found.push(current);
    const last: unknown = current.items.at(-1);
    current = isMap(current) ? current.items.at(-1)?.value : last;
  }
  if (isNode(current)) found.push(current);
  return found;
}
