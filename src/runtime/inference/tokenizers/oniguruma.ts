/**
 * Translates Oniguruma patterns, which is what tokenizer.json holds, to JavaScript (flag `v`).
 *
 * Differences that matter and are taken care of: `\s`, `\w`, `\d`, `\b` and POSIX classes are Unicode,
 * `^` and `$` match at every line, `.` is anything but a line feed, groups can switch to ignoring case
 * `(?i:…)`, quantifiers can be possessive, groups atomic, classes nested and intersected. Not supported,
 * with an error that says so: back-references, `\G`, `\K`, `\X`, comments and free spacing, and that one
 * letter matches several when case is ignored (ß and ss).
 *
 * @module
 */

/** The translation can't be made; `message` says which construct is at fault. */
export class PatternError extends Error {}

const space = '\\p{White_Space}';
/** The superscripts and fractions of Latin-1 are word characters to Oniguruma, for no reason but age. */
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}';
const hex = '0-9A-Fa-f';

/** Content of a class for each escape that stands for a set. */
const sets: Readonly<Record<string, string>> = { s: space, w: word, d: '\\p{Nd}', h: hex };

const posix: Readonly<Record<string, string>> = {
  alnum: '\\p{Alphabetic}\\p{Nd}',
  alpha: '\\p{Alphabetic}',
  ascii: '\\u{0}-\\u{7f}',
  blank: '\\p{Zs}\\u{9}',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]',
  lower: '\\p{Lowercase}',
  print: '[^\\p{Cc}\\p{Cn}\\p{Cs}]',
  punct: '\\p{P}\\p{S}',
  space,
  upper: '\\p{Uppercase}',
  word: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}',
  xdigit: hex,
};

/** Names of properties that JavaScript spells otherwise. */
const properties: Readonly<Record<string, string>> = {
  ...posix,
  punct: '\\p{P}',
  word,
  any: '\\p{Any}',
  assigned: '\\p{Assigned}',
};

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27 };

/** Letters that fold to an ASCII letter without being its upper case. */
const folded: Readonly<Record<string, string>> = { k: '\u212a', s: '\u017f', å: '\u212b' };

function literal(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  return /[A-Za-z0-9]/.test(character) ? character : `\\u{${codePoint.toString(16)}}`;
}

/** The character and all that equal it when case is ignored, as content of a class. */
function anyCase(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  const lower = character.toLowerCase();
  const found = [character, lower, character.toUpperCase(), folded[lower] ?? ''];
  const single = found.flatMap((text) => {
    const code = text.codePointAt(0);
    return code !== undefined && String.fromCodePoint(code) === text ? [code] : [];
  });
  return [...new Set(single)].map(literal).join('');
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
}

class Translator {
  readonly #characters: readonly number[];
  #at = 0;
  #atomics = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern, (character) => character.codePointAt(0) ?? 0);
  }

  translate(): string {
    const source = this.#alternatives({ ignoreCase: false, dotAll: false });
    if (this.#at < this.#characters.length) throw new PatternError('unmatched )');
    return source;
  }

  #peek(ahead = 0): string {
    const code = this.#characters[this.#at + ahead];
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #next(): string {
    const character = this.#peek();
    if (character === '') throw new PatternError('ends too early');
    this.#at++;
    return character;
  }

  #accept(expected: string): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#peek(i) !== expected[i]) return false;
    this.#at += expected.length;
    return true;
  }

  /** Up to `)` or the end. Flags set on the way hold until there. */
  #alternatives(flags: Flags): string {
    const inner = { ...flags };
    let out = '';
    while (this.#peek() !== '' && this.#peek() !== ')') {
      if (this.#accept('|')) out += '|';
      else out += this.#quantified(this.#atom(inner));
    }
    return out;
  }

  #quantified(atom: string): string {
    let out = atom;
    for (let first = true; ; first = false) {
      const interval = this.#interval();
      if (interval === undefined) return out;
      // A quantifier after another one quantifies the whole.
      const base = first ? out : `(?:${out})`;
      const { source, braces } = interval;
      if (this.#accept('?')) out = `${base}${source}?`;
      else if (!braces && this.#accept('+')) out = this.#atomic(`${base}${source}`);
      else out = `${base}${source}`;
    }
  }

  #interval(): { source: string; braces: boolean } | undefined {
    const sign = this.#peek();
    if (sign === '?' || sign === '*' || sign === '+') {
      this.#at++;
      return { source: sign, braces: false };
    }
    if (sign !== '{') return undefined;
    let text = '';
    for (let i = 1; /[0-9,]/.test(this.#peek(i)); i++) text += this.#peek(i);
    const found = /^(\d*)(,?)(\d*)$/.exec(text);
    // Braces that hold no numbers are ordinary characters.
    if (found === null || !/\d/.test(text) || this.#peek(text.length + 1) !== '}') return undefined;
    this.#at += text.length + 2;
    const [, from = '', comma = '', to = ''] = found;
    return { source: `{${from || '0'}${comma}${to}}`, braces: true };
  }

  /** What is matched inside is never given back: a look-ahead can't be re-entered, unlike a group. */
  #atomic(source: string): string {
    const name = `a${this.#atomics++}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  #atom(flags: Flags): string {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group(flags);
      case '[':
        return this.#class(flags);
      case '.':
        return flags.dotAll ? '[\\p{Any}]' : '[^\\n]';
      case '^':
        return '(?:(?<![\\p{Any}])|(?<=\\n))';
      case '$':
        return '(?:(?![\\p{Any}])|(?=\\n))';
      case '\\':
        return this.#escape(flags);
      case '*':
      case '+':
      case '?':
        throw new PatternError(`${character} after nothing`);
      default:
        return this.#character(character.codePointAt(0) ?? 0, flags);
    }
  }

  #character(codePoint: number, flags: Flags): string {
    if (!flags.ignoreCase) return literal(codePoint);
    const found = anyCase(codePoint);
    return found === literal(codePoint) ? found : `[${found}]`;
  }

  #group(flags: Flags): string {
    if (!this.#accept('?')) return this.#close('(?:', flags);
    for (const opening of [':', '=', '!', '<=', '<!']) {
      if (this.#accept(opening)) return this.#close(`(?${opening}`, flags);
    }
    if (this.#accept('>')) return this.#atomic(this.#close('(?:', flags));
    if (this.#accept('<')) {
      while (this.#next() !== '>');
      return this.#close('(?:', flags);
    }
    return this.#options(flags);
  }

  /** `(?i)`, `(?i-m:…)` and the like. */
  #options(flags: Flags): string {
    const set = { ...flags };
    let on = true;
    for (;;) {
      const option = this.#next();
      if (option === 'i') set.ignoreCase = on;
      else if (option === 'm') set.dotAll = on;
      else if (option === '-') on = false;
      else if (option === ':') return this.#close('(?:', set);
      else if (option === ')') break;
      else throw new PatternError(`(?${option}`);
    }
    // Without a colon the options hold up to the end of the group around them.
    Object.assign(flags, set);
    return '(?:)';
  }

  #close(opening: string, flags: Flags): string {
    const inner = this.#alternatives(flags);
    if (!this.#accept(')')) throw new PatternError('group without )');
    return `${opening}${inner})`;
  }

  #escape(flags: Flags): string {
    const character = this.#next();
    switch (character) {
      case 'A':
        return '(?<![\\p{Any}])';
      case 'z':
        return '(?![\\p{Any}])';
      case 'Z':
        return '(?=\\n?(?![\\p{Any}]))';
      case 'b':
        return `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`;
      case 'B':
        return `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`;
      case 'R':
        return '(?:\\r\\n|[\\n-\\r\\u{85}\\u{2028}\\u{2029}])';
      default: {
        const set = this.#set(character);
        return set === undefined ? this.#character(this.#codePoint(character), flags) : `[${set}]`;
      }
    }
  }

  /** Content of the class that the escape stands for. */
  #set(letter: string): string | undefined {
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P');
    const lower = letter.toLowerCase();
    const found = sets[lower];
    if (found === undefined) return undefined;
    return letter === lower ? found : `[^${found}]`;
  }

  #property(negative: boolean): string {
    if (!this.#accept('{')) throw new PatternError('\\p without {');
    const negated = negative !== this.#accept('^');
    let name = '';
    for (let character = this.#next(); character !== '}'; character = this.#next()) name += character;
    return this.#negatable(this.#named(name), negated);
  }

  #named(name: string): string {
    const key = name.toLowerCase().replace(/[ _-]/g, '');
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known !== undefined) return known;
    for (const candidate of [`\\p{${name}}`, `\\p{Script=${name}}`]) {
      try {
        new RegExp(candidate, 'v');
        return candidate;
      } catch {
        // Not a name of this kind.
      }
    }
    throw new PatternError(`\\p{${name}}`);
  }

  #negatable(content: string, negated: boolean): string {
    return negated ? `[^${content}]` : content;
  }

  #codePoint(letter: string): number {
    const control = controls[letter];
    if (control !== undefined) return control;
    if (letter === 'x') return this.#accept('{') ? this.#hex(8, '}') : this.#hex(2);
    if (letter === 'u') return this.#hex(4);
    if (letter === '0') return 0;
    if (/[A-Za-z0-9]/.test(letter)) throw new PatternError(`\\${letter}`);
    return letter.codePointAt(0) ?? 0;
  }

  #hex(digits: number, end = ''): number {
    let text = '';
    while (text.length < digits && /[0-9A-Fa-f]/.test(this.#peek())) text += this.#next();
    const value = Number.parseInt(text, 16);
    if (!(value <= 0x10ffff) || !this.#accept(end)) throw new PatternError('character code');
    return value;
  }

  /** After `[`, up to its `]`. */
  #class(flags: Flags): string {
    const negated = this.#accept('^');
    const operands: string[] = [];
    let content = this.#peek() === ']' ? this.#classItem(flags) : '';
    while (!this.#accept(']')) {
      if (this.#accept('&&')) {
        operands.push(content);
        content = '';
      } else {
        content += this.#classItem(flags);
      }
    }
    if (operands.length > 0) content = [...operands, content].map((operand) => `[${operand}]`).join('&&');
    return `[${negated ? '^' : ''}${content}]`;
  }

  #classItem(flags: Flags): string {
    if (this.#accept('[:')) return this.#posix();
    const character = this.#next();
    if (character === '[') return this.#class(flags);
    let from = character.codePointAt(0) ?? 0;
    if (character === '\\') {
      const letter = this.#next();
      const set = this.#set(letter);
      if (set !== undefined) return set;
      from = letter === 'b' ? 8 : this.#codePoint(letter);
    }
    if (this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === '[') {
      return flags.ignoreCase ? anyCase(from) : literal(from);
    }
    this.#at++;
    let last = this.#next();
    if (last === '\\') last = String.fromCodePoint(this.#codePoint(this.#next()));
    return this.#range(from, last.codePointAt(0) ?? 0, flags);
  }

  #range(from: number, to: number, flags: Flags): string {
    if (from > to) throw new PatternError('range in the wrong order');
    const range = `${literal(from)}-${literal(to)}`;
    if (!flags.ignoreCase) return range;
    if (to - from > 0x400) throw new PatternError('a wide range where case is ignored');
    let cases = '';
    for (let code = from; code <= to; code++) cases += anyCase(code);
    return range + cases;
  }

  #posix(): string {
    const negated = this.#accept('^');
    let name = '';
    while (!this.#accept(':]')) name += this.#next();
    const content = Object.hasOwn(posix, name) ? posix[name] : undefined;
    if (content === undefined) throw new PatternError(`[:${name}:]`);
    return this.#negatable(content, negated);
  }
}

/**
 * A global regular expression that finds what `pattern` finds in Oniguruma.
 *
 * @throws PatternError
 */
export function translatePattern(pattern: string): RegExp {
  const source = new Translator(pattern).translate();
  try {
    return new RegExp(source, 'gv');
  } catch (cause) {
    throw new PatternError('not a valid pattern', { cause });
  }
}
