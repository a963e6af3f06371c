/**
 * NFC, NFD, NFKC and NFKD with alignment.
 *
 * What a character of the result stands for is decided as in `tokenizers`: of characters that were
 * composed, the first; and marks that changed places take what stood at their new place.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { isStarter, sameClass, sortMarks } from './combining.js';
import type { Normalizer } from './types.js';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/**
 * A character of the result, and how many of the source it takes the place of, less one: 1 is in addition
 * to the one before, 0 replaces one, -1 replaces two.
 */
interface Changed {
  readonly character: string;
  readonly change: number;
}

/** Longer runs of marks than any language has: there `normalize` takes long. */
const longRun = /\p{M}{32}/u;

const decompositions = {
  NFD: new Map<string, readonly string[]>(),
  NFKD: new Map<string, readonly string[]>(),
};
const compositions = new Map<string, string | undefined>();

function decomposition(character: string, form: 'NFD' | 'NFKD'): readonly string[] {
  const memo = decompositions[form];
  const known = memo.get(character);
  if (known !== undefined) return known;
  const made = Array.from(character.normalize(form));
  if (memo.size < 16_384) memo.set(character, made);
  return made;
}

/** The one character that the two compose to, if there is. */
function composition(first: string, second: string): string | undefined {
  if (second < '\u0300') return undefined;
  const key = first + second;
  if (compositions.has(key)) return compositions.get(key);
  const composed = key.normalize('NFC');
  const made = String.fromCodePoint(composed.codePointAt(0) ?? 0) === composed ? composed : undefined;
  if (compositions.size < 16_384) compositions.set(key, made);
  return made;
}

/** Calls `emit` for the characters of the decomposed text. */
function decompose(text: string, form: 'NFD' | 'NFKD', emit: (changed: Changed) => void): void {
  let marks: Changed[] = [];
  const flush = (): void => {
    sortMarks(marks);
    for (const mark of marks) emit(mark);
    marks = [];
  };
  for (const source of text) {
    let change = 0;
    for (const character of decomposition(source, form)) {
      const changed = { character, change };
      change = 1;
      if (isStarter(character)) {
        if (marks.length > 0) flush();
        emit(changed);
      } else {
        marks.push(changed);
      }
    }
  }
  flush();
}

/** Composes what it is given, in the order of a decomposed text. */
class Composer {
  readonly #emit: (changed: Changed) => void;
  /** What the following characters may be composed with. */
  #base: Changed | undefined;
  /** Marks after it that were not composed with it. */
  #marks: Changed[] = [];

  constructor(emit: (changed: Changed) => void) {
    this.#emit = emit;
  }

  add(next: Changed): void {
    const base = this.#base;
    const starter = isStarter(next.character);
    if (base === undefined) {
      if (starter) this.#base = next;
      else this.#emit(next);
      return;
    }
    const last = this.#marks.at(-1);
    const blocked = last !== undefined && (starter || sameClass(last.character, next.character));
    const composed = blocked ? undefined : composition(base.character, next.character);
    if (composed !== undefined) {
      this.#base = { character: composed, change: base.change + next.change - 1 };
    } else if (starter) {
      this.end();
      this.#base = next;
    } else {
      this.#marks.push(next);
    }
  }

  end(): void {
    if (this.#base !== undefined) this.#emit(this.#base);
    for (const mark of this.#marks) this.#emit(mark);
    this.#base = undefined;
    this.#marks = [];
  }
}

/** One of the four forms. */
export function unicodeForm(form: UnicodeForm): Normalizer {
  const decomposed = form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD';
  const composes = form === 'NFC' || form === 'NFKC';
  return (source: AlignedText): AlignedText => {
    const { text } = source;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    if (/^[\u0000-\u007f]*$/.test(text)) return source;
    if (!longRun.test(text) && text.normalize(form) === text) return source;
    const builder = new AlignedTextBuilder(source);
    const emit = ({ character, change }: Changed): void => {
      if (change > 0) {
        builder.insert(character);
        return;
      }
      builder.replace(character);
      for (let i = change; i < 0; i++) builder.drop();
    };
    if (composes) {
      const composer = new Composer(emit);
      decompose(text, decomposed, (changed) => composer.add(changed));
      composer.end();
    } else {
      decompose(text, decomposed, emit);
    }
    return builder.done();
  };
}
