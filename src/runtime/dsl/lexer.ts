/**
 * From text to tokens with positions. Comments go with the token behind them.
 *
 * @module
 */
import type { Problems } from './diagnostics.js';
import type { SourceText, Span } from './source.js';

export type Punctuation = '{' | '}' | '[' | ']' | '(' | ')' | ',' | ':' | '=' | '->';

export interface TokenComment {
  readonly text: string;
  readonly blankBefore: boolean;
  /** On the line where the token before it ends. */
  readonly sameLine: boolean;
}

interface TokenBase {
  readonly span: Span;
  /** Comments between the token before and this one. */
  readonly comments: readonly TokenComment[];
  /** Whether a blank line stands right above. */
  readonly blankBefore: boolean;
  /** Whether it starts at the first column of a line. */
  readonly atLineStart: boolean;
  /** Whether nothing but space stands before it on its line. */
  readonly firstOnLine: boolean;
}

export type Token = TokenBase &
  (
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: Punctuation; readonly text: string }
    /** Reported already. */
    | { readonly kind: 'broken'; readonly text: string }
    | { readonly kind: 'end'; readonly text: string }
  );

const space = /[^\S\n]+/y;
/** A dash before `>` is the start of an arrow. */
const word = /[A-Za-z_](?:[A-Za-z0-9_./]|-(?!>))*/y;
const number = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
/** What makes a bare word of what starts like a number, such as `32K`. */
const wordRest = /(?:[A-Za-z0-9_./]|-(?!>))+/y;
/** Text in the quotes of other languages is one mistake. */
const garbage = /'[^'\n]*'|`[^`\n]*`|[^\s\w"#{}[\](),:=-]+|[^\s]/y;
const punctuation: readonly string[] = ['{', '}', '[', ']', '(', ')', ',', ':', '='];

/** What may follow the closing quote of a string that goes over several lines. */
const afterLongText = /[^\S\n]*(?:[,\]})#\n]|$|->|→)/y;

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '"': '"',
  '\\': '\\',
  '/': '/',
};

/** All tokens; the last one is `end`. What is no token is in `problems`. */
export function tokenize({ text }: SourceText, problems: Problems): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let comments: TokenComment[] = [];
  let breaks = 0;
  let lineStart = 0;
  let lastEnd = 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token['kind'], value: string, end: number): void => {
    tokens.push({
      kind,
      text: value,
      span: { start: at, end },
      comments,
      blankBefore: breaks > 1,
      atLineStart: at === lineStart,
      firstOnLine: tokens.length === 0 || lineStart >= lastEnd,
    });
    at = end;
    lastEnd = end;
    comments = [];
    breaks = 0;
  };

  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\n') {
      at++;
      breaks++;
      lineStart = at;
      continue;
    }
    const blank = match(space);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    if (character === '#') {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const sameLine = tokens.length > 0 && comments.length === 0 && breaks === 0;
      comments.push({ text: text.slice(at, end).trimEnd(), blankBefore: breaks > 1, sameLine });
      breaks = 0;
      at = end;
      continue;
    }
    if (character === '"') {
      const read = readText(text, at, problems);
      push(read.broken ? 'broken' : 'text', read.text, read.end);
      continue;
    }
    if (text.startsWith('=>', at)) {
      problems.syntax({ start: at, end: at + 2 }, 'found `=>`', 'write `->`', '->');
      push('->', '->', at + 2);
      continue;
    }
    if (punctuation.includes(character)) {
      push(asPunctuation(character), character, at + 1);
      continue;
    }
    if (character === '→' || text.startsWith('->', at)) {
      push('->', '->', at + (character === '→' ? 1 : 2));
      continue;
    }
    const named = match(word);
    if (named !== undefined) {
      push('word', named, at + named.length);
      continue;
    }
    const digits = match(number);
    if (digits !== undefined) {
      wordRest.lastIndex = at + digits.length;
      const rest = wordRest.exec(text)?.[0] ?? '';
      push(rest === '' ? 'number' : 'word', digits + rest, at + digits.length + rest.length);
      continue;
    }
    const odd = match(garbage) ?? character;
    const shown = odd.length > 20 ? `${odd.slice(0, 20)}…` : odd;
    problems.syntax({ start: at, end: at + odd.length }, `unexpected \`${shown}\``, hintFor(odd));
    push('broken', odd, at + odd.length);
  }
  push('end', '', text.length);
  return tokens;
}

/** What people write who think of another language. */
const habits: readonly (readonly [start: string, hint: string])[] = [
  ["'", 'text stands in double quotes'],
  ['`', 'text stands in double quotes'],
  ['&', 'write `AND`'],
  ['|', 'write `OR`'],
  ['!', 'write `NOT`'],
  [';', 'remove it: statements end by themselves'],
  ['/', 'comments start with `#`'],
];

function hintFor(odd: string): string | undefined {
  const habit = habits.find(([start]) => odd.startsWith(start));
  if (habit !== undefined) return habit[1];
  return /^[\p{L}\p{N}$@]/u.test(odd) ? 'put the name in double quotes' : undefined;
}

function asPunctuation(character: string): Punctuation {
  switch (character) {
    case '{':
    case '}':
    case '[':
    case ']':
    case '(':
    case ')':
    case ',':
    case ':':
      return character;
    default:
      return '=';
  }
}

interface ReadText {
  readonly text: string;
  readonly end: number;
  readonly broken: boolean;
}

/**
 * The string that starts at `start`. A line break in it is allowed if the quote that ends it stands where a
 * string may end; otherwise the quote belongs to the next string, and this one was never closed.
 */
function readText(source: string, start: number, problems: Problems): ReadText {
  let value = '';
  let broken = false;
  let lineEnd: number | undefined;
  let piece = start + 1;
  for (let at = piece; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '\n' && lineEnd === undefined) lineEnd = at;
    if (character === '"') {
      const end = at + 1;
      afterLongText.lastIndex = end;
      if (lineEnd !== undefined && !afterLongText.test(source)) break;
      return { text: value + asWritten(source.slice(piece, at)), end, broken };
    }
    if (character !== '\\') continue;
    value += asWritten(source.slice(piece, at));
    const letter = source.charAt(at + 1);
    const code = /^u([0-9a-fA-F]{4})/.exec(source.slice(at + 1, at + 6))?.[1];
    const simple = escapes[letter];
    if (code !== undefined) {
      value += String.fromCharCode(Number.parseInt(code, 16));
      at += 5;
    } else if (simple !== undefined) {
      value += simple;
      at += 1;
    } else {
      const span = { start: at, end: at + 2 };
      const hint = 'write `\\\\` for a backslash';
      problems.syntax(span, `unknown escape \`\\${letter.trim()}\` in a string`, hint, `\\\\${letter}`);
      broken = true;
      at += letter === '\n' ? 0 : 1;
    }
    piece = at + 1;
  }
  const end = lineEnd ?? source.length;
  const hint = 'close it with `"`; a line break inside is written `\\n`';
  problems.syntax({ start, end: start + 1 }, 'this string is not closed', hint);
  return { text: value, end: source.charAt(end - 1) === '\r' ? end - 1 : end, broken: true };
}

/** A line break in a string is the same on every system. */
function asWritten(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}
