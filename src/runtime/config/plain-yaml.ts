/**
 * Reads the plain part of YAML that nearly all config files are written in, about ten times as fast as the library:
 * what a reload takes is mostly reading YAML. Gives the same nodes, without comments, and gives up on everything out of
 * the ordinary (anchors, tags, block scalars, values over several lines, escapes, errors of any kind): then the
 * library reads the text and says what is wrong. A test compares both on mutated files.
 *
 * @module
 */
import { LineCounter, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

export interface PlainYaml {
  readonly root: YAMLMap;
  readonly lines: LineCounter;
}

/** Nodes of `text`; undefined if it is not plain enough. */
export function parsePlainYaml(text: string): PlainYaml | undefined {
  // Line ends of other systems, tabs and control characters are the library's business.
  if (/[^\n\x20-\x7E\xA0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]/.test(text)) return undefined;
  try {
    return new Reader(text).read();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class NotPlain extends Error {}

/** Thrown to leave the recursion; one is enough, because nobody sees it. */
const notPlain = new NotPlain();

/** As the library's limit for implicit keys. */
const longestKey = 1000;
const deepest = 90;
const mostNodes = 190_000;

class Reader {
  readonly #text: string;
  readonly #lines = new LineCounter();
  /** Start of the line that is read, and where it ends. */
  #start = 0;
  #end = 0;
  /** First character of its content, and the column of that; -1 behind the last line. */
  #at = 0;
  #column = -1;
  #nodes = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PlainYaml {
    const text = this.#text;
    this.#lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
      this.#lines.addNewLine(at + 1);
    this.#end = -1;
    this.#nextLine();
    if (this.#column !== 0 || text[this.#at] === '-') throw notPlain;
    const root = this.#map(0);
    if (this.#column >= 0) throw notPlain;
    return { root, lines: this.#lines };
  }

  /** Goes to the next line with content. */
  #nextLine(): void {
    const text = this.#text;
    for (;;) {
      this.#start = this.#end + 1;
      if (this.#start > text.length) {
        this.#column = -1;
        return;
      }
      const end = text.indexOf('\n', this.#start);
      this.#end = end < 0 ? text.length : end;
      let at = this.#start;
      while (text.charCodeAt(at) === SPACE) at++;
      if (at >= this.#end || text.charCodeAt(at) === HASH) continue;
      this.#at = at;
      this.#column = at - this.#start;
      // Document markers and directives.
      if (this.#column === 0 && /^(?:---|\.\.\.|%)/.test(text.slice(at, at + 3))) throw notPlain;
      return;
    }
  }

  #enter(): void {
    if (++this.#depth > deepest) throw notPlain;
  }

  #count(): void {
    if (++this.#nodes > mostNodes) throw notPlain;
  }

  /** A block mapping whose keys stand at `column`; the first one is at `#at`. */
  #map(column: number): YAMLMap {
    this.#enter();
    this.#count();
    const map = new YAMLMap();
    const start = this.#at;
    const keys = new Set<string>();
    do {
      const pair = this.#entry(column);
      const name = String(pair.key.value);
      if (keys.has(name)) throw notPlain;
      keys.add(name);
      map.items.push(pair);
    } while (this.#column === column && !this.#isItem());
    if (this.#column > column) throw notPlain;
    map.range = [start, this.#start, this.#start];
    this.#depth--;
    return map;
  }

  #entry(column: number): Pair<Scalar, unknown> {
    const key = this.#key();
    if (key === undefined) throw notPlain;
    const { scalar, after } = key;
    if (scalar.value === '__proto__' || scalar.value === '<<') throw notPlain;
    return new Pair<Scalar, unknown>(scalar, this.#value(after, column, true));
  }

  /** The value that begins behind `from`, on this line or below it. */
  #value(from: number, column: number, isOfKey: boolean): unknown {
    const text = this.#text;
    let at = from;
    while (text.charCodeAt(at) === SPACE) at++;
    if (at < this.#end && !(text.charCodeAt(at) === HASH && at > from)) {
      const node = this.#inline(at);
      this.#nextLine();
      // A plain value may go on below.
      if (this.#column > column) throw notPlain;
      return node;
    }
    this.#nextLine();
    if (this.#column > column) return this.#isItem() ? this.#list(this.#column) : this.#mapHere();
    // A list may stand directly below its key.
    if (isOfKey && this.#column === column && this.#isItem()) return this.#list(column);
    this.#count();
    return scalarOf(null, Scalar.PLAIN, '', from);
  }

  #mapHere(): YAMLMap {
    return this.#map(this.#column);
  }

  /** A block list whose dashes stand at `column`. */
  #list(column: number): YAMLSeq {
    this.#enter();
    this.#count();
    const list = new YAMLSeq();
    const start = this.#at;
    do {
      list.items.push(this.#item(column));
    } while (this.#column === column && this.#isItem());
    if (this.#column > column) throw notPlain;
    list.range = [start, this.#start, this.#start];
    this.#depth--;
    return list;
  }

  #item(column: number): unknown {
    const text = this.#text;
    const from = this.#at + 1;
    let at = from;
    while (text.charCodeAt(at) === SPACE) at++;
    const isEmpty = at >= this.#end || text.charCodeAt(at) === HASH;
    if (isEmpty) return this.#value(from, column, false);
    this.#at = at;
    // A list in a list on the same line.
    if (this.#isItem()) throw notPlain;
    const begin = text.charCodeAt(at);
    const mayBeKey = begin !== BRACE && begin !== BRACKET;
    if (mayBeKey && this.#key() !== undefined) return this.#map(at - this.#start);
    return this.#value(from, column, false);
  }

  #isItem(): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    return (
      this.#text.charCodeAt(this.#at) === DASH && (next === SPACE || next === NEWLINE || Number.isNaN(next))
    );
  }

  /** The key at `#at` and where its value may begin; undefined if no key stands there. */
  #key(): { scalar: Scalar; after: number } | undefined {
    const text = this.#text;
    const begin = text.charCodeAt(this.#at);
    if (begin === QUOTE || begin === APOSTROPHE) {
      const scalar = this.#quoted(this.#at);
      const end = scalar.range?.[1] ?? this.#end;
      if (text.charCodeAt(end) !== COLON) return undefined;
      if (!this.#isGap(end + 1)) throw notPlain;
      return { scalar, after: end + 1 };
    }
    let colon = this.#at;
    for (; ; colon++) {
      colon = text.indexOf(':', colon);
      if (colon < 0 || colon >= this.#end) return undefined;
      if (this.#isGap(colon + 1)) break;
    }
    const source = text.slice(this.#at, colon);
    if (source.includes(' #')) return undefined;
    if (source.length > longestKey || source.endsWith(' ')) throw notPlain;
    return { scalar: this.#plain(source, this.#at), after: colon + 1 };
  }

  #isGap(at: number): boolean {
    return at >= this.#end || this.#text.charCodeAt(at) === SPACE;
  }

  /** A value that begins at `at` and must end on its line, behind it at most a comment. */
  #inline(at: number): unknown {
    const text = this.#text;
    const begin = text.charCodeAt(at);
    if (begin === BRACE || begin === BRACKET) {
      this.#at = at;
      const node = this.#flow();
      this.#endOfLine(this.#at);
      return node;
    }
    if (begin === QUOTE || begin === APOSTROPHE) {
      const scalar = this.#quoted(at);
      this.#endOfLine(scalar.range?.[1] ?? at);
      return scalar;
    }
    let end = text.indexOf(' #', at);
    if (end < 0 || end > this.#end) end = this.#end;
    const source = text.slice(at, end).trimEnd();
    if (source.includes(': ') || source.endsWith(':')) throw notPlain;
    return this.#plain(source, at);
  }

  #endOfLine(from: number): void {
    let at = from;
    while (this.#text.charCodeAt(at) === SPACE) at++;
    if (at >= this.#end) return;
    if (at === from || this.#text.charCodeAt(at) !== HASH) throw notPlain;
  }

  #plain(source: string, at: number): Scalar {
    this.#count();
    // Indicators begin something else; with a dash there are also words and numbers.
    if (source === '' || /^(?:[?:,[\]{}#&*!|>'"%@`]|-(?:$| ))/.test(source)) throw notPlain;
    return scalarOf(typed(source), Scalar.PLAIN, source, at);
  }

  #quoted(at: number): Scalar {
    this.#count();
    const text = this.#text;
    const mark = text[at] ?? '';
    const end = text.indexOf(mark, at + 1);
    if (end < 0 || end > this.#end) throw notPlain;
    const value = text.slice(at + 1, end);
    if (mark === '"' ? value.includes('\\') : text[end + 1] === "'") throw notPlain;
    const scalar = scalarOf(value, mark === '"' ? Scalar.QUOTE_DOUBLE : Scalar.QUOTE_SINGLE, value, at);
    scalar.range = [at, end + 1, end + 1];
    return scalar;
  }

  /** A mapping or list in braces on one line, at `#at`; leaves `#at` behind it. */
  #flow(): YAMLMap | YAMLSeq {
    this.#enter();
    this.#count();
    const text = this.#text;
    const start = this.#at;
    const isMap = text.charCodeAt(start) === BRACE;
    const close = isMap ? CLOSING_BRACE : CLOSING_BRACKET;
    const map = new YAMLMap();
    const list = new YAMLSeq();
    const keys = new Set<string>();
    this.#at++;
    this.#skip();
    while (text.charCodeAt(this.#at) !== close) {
      if (isMap) {
        const key = this.#flowScalar(true);
        if (text.charCodeAt(this.#at) !== COLON || text.charCodeAt(this.#at + 1) !== SPACE) throw notPlain;
        this.#at++;
        this.#skip();
        const name = String(key.value);
        if (name === '__proto__' || name === '<<' || keys.has(name)) throw notPlain;
        keys.add(name);
        map.items.push(new Pair<unknown, unknown>(key, this.#flowValue()));
      } else list.items.push(this.#flowValue());
      this.#skip();
      if (text.charCodeAt(this.#at) === COMMA) {
        this.#at++;
        this.#skip();
        if (text.charCodeAt(this.#at) === close) throw notPlain;
      } else if (text.charCodeAt(this.#at) !== close) throw notPlain;
    }
    this.#at++;
    this.#depth--;
    const node = isMap ? map : list;
    node.flow = true;
    node.range = [start, this.#at, this.#at];
    return node;
  }

  #flowValue(): unknown {
    const begin = this.#text.charCodeAt(this.#at);
    return begin === BRACE || begin === BRACKET ? this.#flow() : this.#flowScalar(false);
  }

  #flowScalar(isKey: boolean): Scalar {
    const text = this.#text;
    const at = this.#at;
    const begin = text.charCodeAt(at);
    if (begin === QUOTE || begin === APOSTROPHE) {
      const scalar = this.#quoted(at);
      this.#at = scalar.range?.[1] ?? at;
      return scalar;
    }
    let end = at;
    while (end < this.#end && !/[,[\]{}]/.test(text[end] ?? '')) {
      if (text.charCodeAt(end) === COLON && !isWordAfter(text, end + 1)) break;
      end++;
    }
    const source = text.slice(at, end).trimEnd();
    if (source.includes(' #') || (isKey && source.length !== end - at)) throw notPlain;
    this.#at = end;
    return this.#plain(source, at);
  }

  #skip(): void {
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at++;
    if (this.#at >= this.#end) throw notPlain;
  }
}

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const APOSTROPHE = 39;
const COMMA = 44;
const DASH = 45;
const COLON = 58;
const BRACKET = 91;
const CLOSING_BRACKET = 93;
const BRACE = 123;
const CLOSING_BRACE = 125;

/** Whether a colon before `at` is part of a word, as in `a:b`. */
function isWordAfter(text: string, at: number): boolean {
  const next = text[at];
  return next !== undefined && !/[\s,[\]{}]/.test(next);
}

function scalarOf(value: unknown, type: Scalar.Type, source: string, at: number): Scalar {
  const scalar = new Scalar(value);
  scalar.type = type;
  scalar.source = source;
  scalar.range = [at, at + source.length, at + source.length];
  return scalar;
}

/** Value of an unquoted scalar by the YAML 1.2 core schema. */
function typed(source: string): unknown {
  const begin = source.charCodeAt(0);
  // A digit, a sign or a point.
  if ((begin >= 48 && begin <= 57) || begin === 43 || begin === DASH || begin === 46) {
    if (/^[-+]?(?:\d+|\.\d+|\d+\.\d*)$/.test(source)) return Number(source);
    // Other notations are rare.
    if (/^(?:[-+]?[\d.]+[eE]|0[ox]|[-+]?\.[inIN])/.test(source)) throw notPlain;
    return source;
  }
  switch (source) {
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    default:
      return source;
  }
}
