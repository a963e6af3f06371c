/**
 * Finds the members of a JSON object and the elements of a JSON array in text that `JSON.parse` has
 * already accepted. Linear, without recursion: strings are skipped by searching for their closing
 * quote, containers by counting brackets.
 *
 * @module
 */

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

export interface MemberSpan {
  readonly name: string;
  /** Index of the key's opening quote. */
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface ValueSpan {
  readonly start: number;
  readonly end: number;
}

/** Index of the first character at or after `index` that is no white space. */
function skipSpace(text: string, index: number): number {
  let at = index;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

/** Index after the string whose opening quote is at `start`. */
function skipString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) throw new SyntaxError('unterminated string');
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes escapes only itself.
    if ((end - before) % 2 === 1) return end + 1;
  }
}

/** Index after the value that begins at `start`. */
function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return skipString(text, start);
  let at = start;
  if (first !== openBrace && first !== openBracket) {
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === comma || code === closeBrace || code === closeBracket || code <= 0x20) break;
    }
    return at;
  }
  let depth = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = skipString(text, at);
      continue;
    }
    if (code === openBrace || code === openBracket) depth++;
    else if (code === closeBrace || code === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
  throw new SyntaxError('unterminated container');
}

function keyAt(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1);
  if (!inner.includes('\\')) return inner;
  const decoded: unknown = JSON.parse(text.slice(start, end));
  return String(decoded);
}

/**
 * Members of the object that is the whole of `text`, duplicates included, and the index of its `{`.
 * Throws a `SyntaxError` if `text` is no object.
 */
export function scanObject(text: string): { open: number; members: MemberSpan[] } {
  const open = skipSpace(text, 0);
  if (text.charCodeAt(open) !== openBrace) throw new SyntaxError('not an object');
  const members: MemberSpan[] = [];
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === quote) {
    const keyEnd = skipString(text, at);
    const afterKey = skipSpace(text, keyEnd);
    if (text.charCodeAt(afterKey) !== colon) throw new SyntaxError('missing colon');
    const valueStart = skipSpace(text, afterKey + 1);
    const valueEnd = skipValue(text, valueStart);
    members.push({ name: keyAt(text, at, keyEnd), keyStart: at, valueStart, valueEnd });
    at = skipSpace(text, valueEnd);
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  if (text.charCodeAt(at) !== closeBrace) throw new SyntaxError('unterminated object');
  return { open, members };
}

/** Elements of the array that is the whole of `text`. Throws a `SyntaxError` if it is no array. */
export function scanArray(text: string): { open: number; elements: ValueSpan[] } {
  const open = skipSpace(text, 0);
  if (text.charCodeAt(open) !== openBracket) throw new SyntaxError('not an array');
  const elements: ValueSpan[] = [];
  let at = skipSpace(text, open + 1);
  while (at < text.length && text.charCodeAt(at) !== closeBracket) {
    const end = skipValue(text, at);
    if (end === at) throw new SyntaxError('missing value');
    elements.push({ start: at, end });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === comma) at = skipSpace(text, at + 1);
  }
  return { open, elements };
}

/** True if the JSON value in `text` is an object. */
export function isObjectText(text: string): boolean {
  return text.charCodeAt(skipSpace(text, 0)) === openBrace;
}
