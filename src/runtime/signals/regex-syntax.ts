/**
 * Reads the plain core of RE2 syntax into a tree, so that patterns can be analysed. It knows less than
 * RE2: for anything else (`\p{…}`, flags inside the pattern, POSIX classes …) it answers undefined, and
 * the pattern is then left to the general engine as it is.
 *
 * @module
 */
import { type CodePointRange, type CodePointSet, complement, setOf } from './code-point-set.js';

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CodePointSet }
  | { readonly kind: 'concat'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'alternate'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: RegexNode;
      readonly min: number;
      /** `Infinity` for `*`, `+` and `{n,}`. */
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'no boundary' };

const asciiDigits: readonly CodePointRange[] = [[0x30, 0x39]];
const asciiWord: readonly CodePointRange[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
// RE2's \s has no vertical tab.
const asciiSpace: readonly CodePointRange[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const perlClasses: Readonly<Record<string, readonly CodePointRange[]>> = {
  d: asciiDigits,
  w: asciiWord,
  s: asciiSpace,
};
const controlEscapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, f: 12, v: 11, a: 7 };

/** The characters between which `\b` sees no boundary. */
export const wordSet: CodePointSet = setOf(asciiWord);

const longSmallS = 0x17f;
const kelvinSign = 0x212a;
const casedPattern = /\p{Changes_When_Casemapped}/u;
/** Ranges up to this size are searched for cased characters. */
const searchableRange = 0x8000;

class Unsupported extends Error {}

/** Items of a class, with all case variants if case does not matter. */
function withCases(ranges: readonly CodePointRange[], caseSensitive: boolean): CodePointSet {
  if (caseSensitive) return setOf(ranges);
  const all: CodePointRange[] = [...ranges];
  const add = (codePoint: number) => all.push([codePoint, codePoint]);
  for (const [from, to] of ranges) {
    for (let at = Math.max(from, 0x41); at <= Math.min(to, 0x7a); at += 1) {
      const letter = at | 0x20;
      if (letter < 0x61 || letter > 0x7a) continue;
      add(at ^ 0x20);
      // The two characters outside ASCII that fold to an ASCII letter.
      if (letter === 0x73) add(longSmallS);
      if (letter === 0x6b) add(kelvinSign);
    }
    if (to - Math.max(from, 0x80) > searchableRange) throw new Unsupported();
    for (let at = Math.max(from, 0x80); at <= to; at += 1) {
      if (casedPattern.test(String.fromCodePoint(at))) throw new Unsupported();
    }
  }
  return setOf(all);
}

class Parser {
  readonly #pattern: string;
  readonly #caseSensitive: boolean;
  #at = 0;

  constructor(pattern: string, caseSensitive: boolean) {
    const insensitive = pattern.startsWith('(?i)');
    this.#pattern = insensitive ? pattern.slice(4) : pattern;
    this.#caseSensitive = caseSensitive && !insensitive;
  }

  parse(): RegexNode {
    const node = this.#alternation(0);
    if (this.#at < this.#pattern.length) throw new Unsupported();
    return node;
  }

  #peek(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): number {
    const codePoint = this.#pattern.codePointAt(this.#at);
    if (codePoint === undefined) throw new Unsupported();
    this.#at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  #alternation(depth: number): RegexNode {
    if (depth > 50) throw new Unsupported();
    const options: RegexNode[] = [];
    do options.push(this.#concatenation(depth));
    while (this.#take('|'));
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'alternate', options };
  }

  #concatenation(depth: number): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#pattern.length && !this.#peek('|') && !this.#peek(')')) {
      parts.push(this.#quantified(this.#atom(depth)));
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: 'concat', parts };
  }

  #quantified(node: RegexNode): RegexNode {
    const quantifier = /[*+?]|\{(\d{1,4})(,(\d{0,4}))?\}/y;
    quantifier.lastIndex = this.#at;
    const found = quantifier.exec(this.#pattern);
    if (found === null) return node;
    if (node.kind === 'assert') throw new Unsupported();
    this.#at += found[0].length;
    const lazy = this.#take('?');
    if (/^[*+?{]/.test(this.#pattern.slice(this.#at, this.#at + 1))) throw new Unsupported();
    if (found[0] === '*') return { kind: 'repeat', node, min: 0, max: Number.POSITIVE_INFINITY, lazy };
    if (found[0] === '+') return { kind: 'repeat', node, min: 1, max: Number.POSITIVE_INFINITY, lazy };
    if (found[0] === '?') return { kind: 'repeat', node, min: 0, max: 1, lazy };
    const min = Number(found[1]);
    const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
    if (max < min || max === 0) throw new Unsupported();
    return { kind: 'repeat', node, min, max, lazy };
  }

  #atom(depth: number): RegexNode {
    if (this.#take('(')) {
      if (this.#take('?')) {
        const opening = /:|P?<[A-Za-z_]\w*>/y;
        opening.lastIndex = this.#at;
        const found = opening.exec(this.#pattern);
        if (found === null) throw new Unsupported();
        this.#at += found[0].length;
      }
      const node = this.#alternation(depth + 1);
      if (!this.#take(')')) throw new Unsupported();
      return node;
    }
    if (this.#take('^')) return { kind: 'assert', what: 'start' };
    if (this.#take('$')) return { kind: 'assert', what: 'end' };
    if (this.#take('.')) return { kind: 'set', set: complement([[10, 10]]) };
    if (this.#take('[')) return { kind: 'set', set: this.#class() };
    if (this.#take('\\')) {
      if (this.#take('b')) return { kind: 'assert', what: 'boundary' };
      if (this.#take('B')) return { kind: 'assert', what: 'no boundary' };
      return { kind: 'set', set: this.#perlClass() ?? this.#literal(this.#escaped()) };
    }
    const codePoint = this.#next();
    if ('*+?{}]'.includes(String.fromCodePoint(codePoint))) throw new Unsupported();
    return { kind: 'set', set: this.#literal(codePoint) };
  }

  #literal(codePoint: number): CodePointSet {
    return withCases([[codePoint, codePoint]], this.#caseSensitive);
  }

  /** After a backslash: `d`, `W` and so on. */
  #perlClass(): CodePointSet | undefined {
    const letter = this.#pattern.charAt(this.#at);
    const base = Object.hasOwn(perlClasses, letter.toLowerCase())
      ? perlClasses[letter.toLowerCase()]
      : undefined;
    if (base === undefined) return undefined;
    this.#at += 1;
    const set = withCases(base, this.#caseSensitive);
    return letter === letter.toLowerCase() ? set : complement(set);
  }

  /** After a backslash: a control character or punctuation taken literally. */
  #escaped(): number {
    const codePoint = this.#next();
    const character = String.fromCodePoint(codePoint);
    const control = Object.hasOwn(controlEscapes, character) ? controlEscapes[character] : undefined;
    if (control !== undefined) return control;
    if (codePoint > 0x7f || /[\w\s]/.test(character)) throw new Unsupported();
    return codePoint;
  }

  #class(): CodePointSet {
    const negated = this.#take('^');
    const ranges: CodePointRange[] = [];
    if (this.#peek(']')) throw new Unsupported();
    while (!this.#take(']')) {
      if (this.#peek('[')) throw new Unsupported();
      if (this.#take('\\')) {
        const perl = this.#perlClass();
        if (perl !== undefined) {
          if (this.#peek('-') && !this.#peek('-]')) throw new Unsupported();
          ranges.push(...perl);
          continue;
        }
        this.#classItem(this.#escaped(), ranges);
      } else this.#classItem(this.#next(), ranges);
    }
    const set = setOf(ranges);
    return negated ? complement(set) : set;
  }

  #classItem(first: number, ranges: CodePointRange[]): void {
    let to = first;
    if (this.#peek('-') && !this.#peek('-]')) {
      this.#at += 1;
      to = this.#take('\\') ? this.#escaped() : this.#next();
      if (to < first) throw new Unsupported();
    } else if (first === 0x2d && !this.#peek(']') && ranges.length > 0) throw new Unsupported();
    ranges.push(...withCases([[first, to]], this.#caseSensitive));
  }
}

/** The tree of a pattern that RE2 accepts; undefined if it uses more than this parser knows. */
export function parseRegex(pattern: string, caseSensitive: boolean): RegexNode | undefined {
  try {
    return new Parser(pattern, caseSensitive).parse();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}
