/**
 * BERT WordPiece tokenizer with offsets into the original string.
 *
 * Reads a Hugging Face `tokenizer.json`. Written by hand because the JavaScript tokenizers give no
 * offsets and the native ones count them in code points, while everything here counts UTF-16 units.
 *
 * The file's own `truncation` and `padding` sections are ignored: what of a text is run, and with which
 * special tokens around it, is not the tokenizer's business.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { isRecord } from '../is-record.js';
import { ALONE, LETTER, normalisedCharacter, SPACE } from './characters.js';

/** A tokenised text without special tokens. All arrays have one entry per piece, `offsets` two. */
export interface Pieces {
  readonly ids: Int32Array;
  /**
   * UTF-16 `[start, end)` of piece i in the original text at `2i` and `2i + 1`. From the first to the
   * last kept character of the piece: accents of a decomposed text that follow the last letter lie
   * outside.
   */
  readonly offsets: Int32Array;
  /** 1 for a piece that continues the word of the one before (`##` in the vocabulary). */
  readonly continues: Uint8Array;
}

/** What of a tokenizer.json is used. */
interface Vocabulary {
  /** Pieces that start a word. */
  readonly first: ReadonlyMap<string, number>;
  /** Pieces that continue one, without their prefix. */
  readonly next: ReadonlyMap<string, number>;
  /** UTF-16 units of the longest piece. */
  readonly longest: number;
  readonly unknown: number;
  readonly start: number;
  readonly end: number;
  /** Code points of a word beyond which it is unknown as a whole. */
  readonly wordLimit: number;
  /** Tokens that are found as they stand in the original text, e.g. `[MASK]`; longest first. */
  readonly added: readonly AddedToken[];
}

interface AddedToken {
  readonly content: string;
  readonly id: number;
}

function invalid(what: string): VsrError {
  return new VsrError('VSR_MODEL_BUNDLE_INVALID', `tokenizer.json: ${what}`, {
    hint: 'Reinstall the package, or restore the model bundle from its source.',
  });
}

function parseAdded(value: unknown): AddedToken[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid('added_tokens must be a list');
  const tokens = value.map((entry: unknown) => {
    if (!isRecord(entry) || typeof entry.content !== 'string' || typeof entry.id !== 'number') {
      throw invalid('an added token needs content and id');
    }
    // All that BERT vocabularies have, and what makes looking for them nearly free.
    if (entry.normalized === true || !/^[!-/:-@[-`{-~]/.test(entry.content)) {
      throw invalid(`added token ${JSON.stringify(entry.content)} is of an unsupported kind`);
    }
    return { content: entry.content, id: entry.id };
  });
  return tokens.sort((a, b) => b.content.length - a.content.length);
}

function parseVocabulary(json: string): Vocabulary {
  let file: unknown;
  try {
    file = JSON.parse(json);
  } catch (cause) {
    throw new VsrError('VSR_MODEL_BUNDLE_INVALID', 'tokenizer.json: not JSON', {
      cause,
      hint: 'Reinstall the package, or restore the model bundle from its source.',
    });
  }
  const model = isRecord(file) ? file.model : undefined;
  if (!isRecord(model) || model.type !== 'WordPiece') throw invalid('model.type must be WordPiece');
  const normalizer = isRecord(file) ? file.normalizer : undefined;
  if (!isRecord(normalizer) || normalizer.type !== 'BertNormalizer' || normalizer.lowercase !== true) {
    throw invalid('normalizer must be a lower-casing BertNormalizer');
  }
  if (!isRecord(model.vocab)) throw invalid('model.vocab must be an object');
  const prefix = typeof model.continuing_subword_prefix === 'string' ? model.continuing_subword_prefix : '##';
  const wordLimit = typeof model.max_input_chars_per_word === 'number' ? model.max_input_chars_per_word : 100;

  const first = new Map<string, number>();
  const next = new Map<string, number>();
  let longest = 1;
  for (const [piece, id] of Object.entries(model.vocab)) {
    if (typeof id !== 'number') throw invalid(`model.vocab[${JSON.stringify(piece)}] must be a number`);
    const continues = prefix !== '' && piece.length > prefix.length && piece.startsWith(prefix);
    const text = continues ? piece.slice(prefix.length) : piece;
    (continues ? next : first).set(text, id);
    longest = Math.max(longest, text.length);
  }
  const special = (piece: string): number => {
    const id = first.get(piece);
    if (id === undefined) throw invalid(`model.vocab has no ${piece}`);
    return id;
  };
  const unknown = special(typeof model.unk_token === 'string' ? model.unk_token : '[UNK]');
  return {
    first,
    next,
    longest,
    unknown,
    start: special('[CLS]'),
    end: special('[SEP]'),
    wordLimit,
    added: parseAdded(isRecord(file) ? file.added_tokens : undefined),
  };
}

/** Collects pieces; grows by doubling. */
class PieceSink {
  #ids: Int32Array;
  #offsets: Int32Array;
  #continues: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.#ids = new Int32Array(capacity);
    this.#offsets = new Int32Array(2 * capacity);
    this.#continues = new Uint8Array(capacity);
  }

  add(id: number, start: number, end: number, continues: boolean): void {
    if (this.length === this.#ids.length) this.#grow();
    this.#ids[this.length] = id;
    this.#offsets[2 * this.length] = start;
    this.#offsets[2 * this.length + 1] = end;
    this.#continues[this.length] = continues ? 1 : 0;
    this.length++;
  }

  /** Forgets all pieces after the first `length`. */
  rewind(length: number): void {
    this.length = length;
  }

  pieces(): Pieces {
    return {
      ids: this.#ids.slice(0, this.length),
      offsets: this.#offsets.slice(0, 2 * this.length),
      continues: this.#continues.slice(0, this.length),
    };
  }

  #grow(): void {
    const { length } = this;
    const [ids, offsets, continues] = [this.#ids, this.#offsets, this.#continues];
    this.#ids = new Int32Array(2 * length);
    this.#ids.set(ids);
    this.#offsets = new Int32Array(4 * length);
    this.#offsets.set(offsets);
    this.#continues = new Uint8Array(2 * length);
    this.#continues.set(continues);
  }
}

/** A tokenizer for one vocabulary. Not for use by several callers at once: it keeps scratch space. */
export class WordPieceTokenizer {
  readonly #vocabulary: Vocabulary;
  /** Original offsets of each UTF-16 unit of the normalised word being read. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  /**
   * @param json Content of tokenizer.json.
   * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if it is not an uncased BERT WordPiece tokenizer.
   */
  constructor(json: string) {
    this.#vocabulary = parseVocabulary(json);
    // One code point's normal form is at most a few units long; a word stops growing at the limit.
    const units = 4 * (this.#vocabulary.wordLimit + 16);
    this.#starts = new Int32Array(units);
    this.#ends = new Int32Array(units);
  }

  /** Id of [CLS], which goes before a text. */
  get start(): number {
    return this.#vocabulary.start;
  }

  /** Id of [SEP], which goes after a text. */
  get end(): number {
    return this.#vocabulary.end;
  }

  /** All pieces of `text`. Takes time linear in its length: about 5 ms for 65,536 units of prose. */
  pieces(text: string): Pieces {
    const vocabulary = this.#vocabulary;
    // Natural text has 4 to 5 units per piece.
    const sink = new PieceSink(Math.ceil(text.length / 4) + 16);
    let word = '';
    let codePoints = 0;
    let wordStart = 0;
    let wordEnd = 0;

    for (let at = 0; at < text.length; ) {
      const codePoint = text.codePointAt(at) ?? 0;
      const end = at + (codePoint > 0xffff ? 2 : 1);
      const character = normalisedCharacter(codePoint);
      if (character.kind === LETTER) {
        if (codePoints === 0) wordStart = at;
        wordEnd = end;
        if (codePoints <= vocabulary.wordLimit) {
          this.#place(word.length, character.text.length, at, end);
          word += character.text;
        }
        codePoints += character.codePoints;
      } else if (character.kind === ALONE || character.kind === SPACE) {
        if (codePoints > 0) {
          this.#word(word, codePoints, wordStart, wordEnd, sink);
          word = '';
          codePoints = 0;
        }
        const added = character.kind === ALONE ? this.#addedAt(text, at) : undefined;
        if (added !== undefined) {
          sink.add(added.id, at, at + added.content.length, false);
          at += added.content.length;
          continue;
        }
        if (character.kind === ALONE) {
          this.#place(0, character.text.length, at, end);
          this.#word(character.text, character.codePoints, at, end, sink);
        }
      }
      at = end;
    }
    if (codePoints > 0) this.#word(word, codePoints, wordStart, wordEnd, sink);
    return sink.pieces();
  }

  #addedAt(text: string, at: number): AddedToken | undefined {
    for (const token of this.#vocabulary.added) if (text.startsWith(token.content, at)) return token;
    return undefined;
  }

  #place(from: number, length: number, start: number, end: number): void {
    this.#starts.fill(start, from, from + length);
    this.#ends.fill(end, from, from + length);
  }

  /** Greedy longest match from the left; a word with any part unknown is unknown as a whole. */
  #word(word: string, codePoints: number, start: number, end: number, sink: PieceSink): void {
    const { first, next, longest, unknown, wordLimit } = this.#vocabulary;
    if (codePoints > wordLimit) {
      sink.add(unknown, start, end, false);
      return;
    }
    const whole = first.get(word);
    if (whole !== undefined) {
      sink.add(whole, start, end, false);
      return;
    }
    const { length } = sink;
    let from = 0;
    while (from < word.length) {
      const pieces = from === 0 ? first : next;
      let to = Math.min(word.length, from + longest);
      let id: number | undefined;
      for (; to > from; to--) {
        id = pieces.get(word.slice(from, to));
        if (id !== undefined) break;
      }
      if (id === undefined) {
        sink.rewind(length);
        sink.add(unknown, start, end, false);
        return;
      }
      sink.add(id, this.#starts[from] ?? start, this.#ends[to - 1] ?? end, from > 0);
      from = to;
    }
  }
}
