/**
 * WordPiece for any casing and any vocabulary. Files of the usual uncased kind are read by a faster one,
 * `../../wordpiece.ts`.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import { codePointStart } from '../code-points.js';
import type { PieceSink } from '../piece-sink.js';
import type { Section } from '../section.js';
import type { TokenModel } from './types.js';
import { parseVocabulary } from './vocabulary.js';

class WordPieceModel implements TokenModel {
  readonly partsAreWords = true;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unknown: number;
  readonly #prefix: string;
  readonly #wordLimit: number;
  /** Units of the longest piece, so that a word of a megabyte isn't compared with all its beginnings. */
  readonly #longest: number;

  constructor(ids: ReadonlyMap<string, number>, unknown: number, prefix: string, wordLimit: number) {
    this.#ids = ids;
    this.#unknown = unknown;
    this.#prefix = prefix;
    this.#wordLimit = wordLimit;
    let longest = 1;
    for (const token of ids.keys()) longest = Math.max(longest, token.length);
    this.#longest = longest;
  }

  id(token: string): number | undefined {
    return this.#ids.get(token);
  }

  entries(): Iterable<readonly [string, number]> {
    return this.#ids;
  }

  /** Greedy longest match from the left; a word with any part unknown is unknown as a whole. */
  tokenize(part: AlignedText, sink: PieceSink): void {
    const { text } = part;
    const { length } = sink;
    const unknown = (): void => {
      sink.rewind(length);
      sink.add(this.#unknown, part.start(0), part.end(text.length - 1), false);
    };
    if (this.#isTooLong(text)) {
      unknown();
      return;
    }
    for (let from = 0; from < text.length; ) {
      const prefix = from === 0 ? '' : this.#prefix;
      let to = Math.min(text.length, from + this.#longest);
      let id: number | undefined;
      while (to > from) {
        id = this.#ids.get(prefix + text.slice(from, to));
        if (id !== undefined) break;
        to = codePointStart(text, to);
      }
      if (id === undefined) {
        unknown();
        return;
      }
      sink.add(id, part.start(from), part.end(to - 1), from > 0);
      from = to;
    }
  }

  #isTooLong(text: string): boolean {
    if (text.length <= this.#wordLimit) return false;
    if (text.length > 2 * this.#wordLimit) return true;
    let codePoints = 0;
    for (const _ of text) codePoints++;
    return codePoints > this.#wordLimit;
  }
}

/** Reads a model of type WordPiece. */
export function wordPiece(section: Section): TokenModel {
  const ids = parseVocabulary(section);
  const unknown = ids.get(section.string('unk_token', '[UNK]'));
  if (unknown === undefined) throw section.invalid('is not in vocab', 'unk_token');
  return new WordPieceModel(
    ids,
    unknown,
    section.string('continuing_subword_prefix', '##'),
    section.number('max_input_chars_per_word', 100),
  );
}
