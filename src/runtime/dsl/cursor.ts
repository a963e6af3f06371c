/**
 * Walking over tokens: what comes next, errors, nesting, and collecting comments.
 *
 * @module
 */
import type { Body, Comment, Item, Name } from './ast.js';
import { nearest, type Problems } from './diagnostics.js';
import type { Token } from './lexer.js';
import type { Span } from './source.js';

/** Brackets, braces and NOTs inside one another; the stack of the parser must hold them. */
export const maxDepth = 100;

/** Thrown to leave a block; the problem is reported before. */
export class Stop extends Error {}

export class Cursor {
  readonly problems: Problems;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #position = 0;
  #depth = 0;
  /** Comments of the current token that belong to something already. */
  #taken = 0;
  /** Comments inside the item that is being read, where the formatter has no place for them. */
  #floating: Comment[] = [];
  /** Whether what is read is always printed on one line, where comments have no place. */
  #inline = false;

  constructor(tokens: readonly Token[], problems: Problems) {
    const end = tokens.at(-1);
    if (end === undefined) throw new Error('a list of tokens ends with the end of the file');
    this.#tokens = tokens;
    this.#end = end;
    this.problems = problems;
  }

  get token(): Token {
    return this.#tokens[this.#position] ?? this.#end;
  }

  get next(): Token {
    return this.#tokens[this.#position + 1] ?? this.#end;
  }

  /** Runs `read`; if it stops at an error, goes on behind the block that begins here, with nothing. */
  orSkipBlock<Result>(read: () => Result): Result | undefined {
    const start = this.#position;
    const depth = this.#depth;
    const floating = this.#floating;
    const inline = this.#inline;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      this.#position = this.#endOfBlock(start);
      this.#depth = depth;
      this.#floating = floating;
      this.#inline = inline;
      this.#taken = 0;
      return undefined;
    }
  }

  /** Position behind the block that begins at `start`, whatever is wrong in it. */
  #endOfBlock(start: number): number {
    let open = 0;
    for (let position = start; ; position++) {
      const token = this.#tokens[position] ?? this.#end;
      if (token.kind === 'end') return position;
      if (position > start && token.kind === 'word') {
        const next = this.#tokens[position + 1] ?? this.#end;
        if (token.atLineStart && startsBlock(token, next)) return position;
        if (open === 0 && token.firstOnLine && isBlockWord(token.text)) return position;
      }
      if (token.kind === '{') open++;
      if (token.kind !== '}') continue;
      open--;
      // A brace too many is the one of the block around.
      if (open < 0) return position > start ? position : position + 1;
      if (open === 0) return position + 1;
    }
  }

  /** End of the token before. */
  get reached(): number {
    return this.#tokens[this.#position - 1]?.span.end ?? 0;
  }

  advance(): Token {
    const { token } = this;
    this.#floating.push(...this.takeComments());
    if (token.kind !== 'end') this.#position++;
    this.#taken = 0;
    return token;
  }

  /** The comments in front of the current token that nobody has taken yet. */
  takeComments(): Comment[] {
    const { comments } = this.token;
    const rest = comments.slice(this.#taken);
    this.#taken = comments.length;
    return rest.map(({ text, blankBefore }) => ({ text, blankBefore }));
  }

  is(kind: Token['kind']): boolean {
    return this.token.kind === kind;
  }

  isWord(text: string): boolean {
    return this.token.kind === 'word' && this.token.text === text;
  }

  /** Skips a token of this kind if it is the next one. */
  accept(kind: Token['kind']): boolean {
    if (this.token.kind !== kind) return false;
    this.advance();
    return true;
  }

  /** The next token, which must be of this kind; `after` says behind what. */
  expect(kind: Token['kind'], after: string): Token {
    if (this.token.kind === kind) return this.advance();
    return this.fail(`expected \`${kind}\` ${after}; found ${this.found()}`);
  }

  /** A name: a word or quoted text. */
  name(what: string, example: string): Name {
    const { token } = this;
    if (token.kind !== 'word' && token.kind !== 'text') {
      const hint =
        token.kind === 'number' ? `write it in quotes: "${token.text}"` : `example: \`${example}\``;
      return this.fail(`expected ${what}; found ${this.found()}`, hint);
    }
    this.advance();
    if (token.text === '') return this.failAt(token.span, `${what} must not be empty`);
    return { text: token.text, span: token.span };
  }

  /** Reports a syntax error at the current token and leaves the block. */
  fail(message: string, hint?: string, replacement?: string): never {
    // A broken token was reported where it was read.
    if (this.token.kind === 'broken') throw new Stop();
    return this.failAt(this.token.span, message, hint, replacement);
  }

  failAt(span: Span, message: string, hint?: string, replacement?: string): never {
    this.problems.syntax(span, message, hint, replacement);
    throw new Stop();
  }

  /** As {@link fail}, for a word that is none of `candidates`. */
  failUnknown(what: string, candidates: readonly string[]): never {
    const near = this.token.kind === 'word' ? nearest(this.token.text, candidates) : undefined;
    const hint = near?.hint ?? `allowed: ${candidates.map((word) => `\`${word}\``).join(', ')}`;
    return this.fail(`expected ${what}; found ${this.found()}`, hint, near?.replacement);
  }

  /** The current token in messages. */
  found(): string {
    const { kind, text } = this.token;
    if (kind === 'end') return 'the end of the file';
    const short = text.length > 40 ? `${text.slice(0, 37)}…` : text;
    return kind === 'text' ? `the text "${short.replace(/\s+/g, ' ')}"` : `\`${short}\``;
  }

  /** Runs `read` one level deeper. */
  nested<Result>(read: () => Result): Result {
    if (this.#depth >= maxDepth) return this.fail(`nested deeper than ${maxDepth} levels`);
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }

  /** Runs `read`; comments in what it reads go to the item around it. */
  onOneLine<Result>(read: () => Result): Result {
    const outer = this.#inline;
    this.#inline = true;
    const result = read();
    this.#inline = outer;
    return result;
  }

  /** Reads something that stands on a line of its own, with its comments; a comma may follow it. */
  item<Node>(read: () => Node): Item<Node> {
    if (this.#inline) {
      const node = read();
      this.accept(',');
      return { node, leading: [], trailing: undefined, blankBefore: false };
    }
    const outer = this.#floating;
    const leading = this.takeComments();
    const { blankBefore } = this.token;
    this.#floating = [];
    const node = read();
    let trailing = this.#takeTrailing();
    if (this.accept(',')) trailing ??= this.#takeTrailing();
    leading.push(...this.#floating.map(({ text }) => ({ text, blankBefore: false })));
    this.#floating = outer;
    return { node, leading, trailing, blankBefore };
  }

  /** The comment behind the token before, on its line, if nothing inside has taken it. */
  #takeTrailing(): string | undefined {
    const first = this.token.comments[0];
    if (first === undefined || !first.sameLine || this.#taken > 0) return undefined;
    this.#taken = 1;
    return first.text;
  }

  /** Items up to the closing token, which is skipped; `opened` is where the bracket was. */
  body<Node>(close: '}' | ']' | ')', opened: Span, what: string, read: () => Node): Body<Node> {
    return this.nested(() => {
      const items: Item<Node>[] = [];
      while (this.token.kind !== close) {
        if (this.#isLost(close)) {
          const message = `\`${close}\` is missing: ${what} is not closed`;
          return this.failAt(opened, message);
        }
        items.push(this.item(read));
      }
      const dangling = this.#inline ? [] : this.takeComments();
      this.advance();
      return { items, dangling };
    });
  }

  /** Whether `close` is missing: another bracket ends, or a new block starts at the margin, where only blocks start. */
  #isLost(close: string): boolean {
    const { kind, atLineStart } = this.token;
    if (kind === 'end' || kind === '}' || kind === ']' || kind === ')') return true;
    return close === '}' && atLineStart && startsBlock(this.token, this.next);
  }
}

/** Words that start a block of the file. */
export const blockWords = [
  'ROUTING',
  'ENTRYPOINT',
  'RECIPE',
  'SIGNAL',
  'PROJECTION',
  'MODEL',
  'PLUGIN',
  'ROUTE',
  'DECISION_TREE',
  'TEST',
] as const;

function isBlockWord(text: string): boolean {
  return blockWords.some((word) => word === text);
}

/** Blocks whose word is no statement inside a route as well. */
function startsBlock(token: Token, next: Token): boolean {
  if (token.kind !== 'word' || token.text === 'MODEL' || token.text === 'PLUGIN') return false;
  return isBlockWord(token.text) && next.kind !== ':' && next.kind !== '=';
}
