/**
 * A tokenizer made of the components of a tokenizer.json: added tokens and normalizer, pre-tokenizer,
 * model, post-processor.
 *
 * @module
 */
import type { AddedToken } from './added-tokens.js';
import { AddedTokens } from './added-tokens.js';
import type { AlignedText } from './aligned-text.js';
import { characterTest, codePointSize, codePointStart, wellFormed } from './code-points.js';
import { bareFraming, frame } from './framing.js';
import type { TokenModel } from './models/index.js';
import { spaceCharacter } from './normalizers/byte-level.js';
import type { Normalizer } from './normalizers/index.js';
import { PieceSink } from './piece-sink.js';
import type { PostProcessing, Trimming } from './post-processors/index.js';
import type { PreTokenizer } from './pre-tokenizers/index.js';
import type { EncodeOptions, Framing, Pieces, TextTokenizer, Tokenized } from './types.js';
import { isWhiteSpace, whiteSpaceEnd } from './white-space.js';

/** What a pipeline is made of. */
export interface Components {
  readonly added: readonly AddedToken[];
  readonly normalizer: Normalizer | undefined;
  readonly preTokenizer: PreTokenizer | undefined;
  readonly model: TokenModel;
  readonly postProcessing: PostProcessing;
  readonly padId: number | undefined;
}

const isWordCharacter = characterTest(/^[\p{L}\p{M}\p{N}_]$/u);

export class PipelineTokenizer implements TextTokenizer {
  readonly padId: number | undefined;
  readonly framing: Framing;
  readonly #added: AddedTokens;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #preTokenizer: PreTokenizer;
  readonly #model: TokenModel;
  readonly #trimmer: Trimmer | undefined;

  constructor(components: Components) {
    const { added, model, normalizer, postProcessing, preTokenizer } = components;
    this.padId = components.padId;
    this.framing = postProcessing.framing ?? bareFraming;
    this.#added = new AddedTokens(added, normalizer ?? ((text) => text));
    this.#addedIds = new Map(added.map((token) => [token.content, token.id]));
    this.#preTokenizer = preTokenizer ?? ((text, emit) => emit(text));
    this.#model = model;
    if (postProcessing.trimming !== undefined) {
      this.#trimmer = new Trimmer(model.entries(), postProcessing.trimming);
    }
  }

  tokenId(token: string): number | undefined {
    return this.#addedIds.get(token) ?? this.#model.id(token);
  }

  pieces(text: string): Pieces {
    const trimmer = this.#trimmer;
    const added = new Map<number, Spaces>();
    const sink = new PieceSink(Math.ceil(text.length / 4) + 16);
    this.#added.cut(
      wellFormed(text),
      (part) => this.#preTokenizer(part, (word) => this.#model.tokenize(word, sink)),
      (token, part) => {
        if (trimmer !== undefined) added.set(sink.length, spacesOf(token, part));
        sink.add(token.id, part.start(0), part.end(part.length - 1), false);
      },
    );
    const pieces = sink.pieces();
    if (!this.#model.partsAreWords) keepWithinWords(pieces, text);
    trimmer?.trim(pieces, added, text);
    return pieces;
  }

  encode(text: string, options?: EncodeOptions): Tokenized {
    return frame(this.framing.single, [this.pieces(text)], options);
  }

  encodePair(first: string, second: string, options?: EncodeOptions): Tokenized {
    return frame(this.framing.pair, [this.pieces(first), this.pieces(second)], options);
  }
}

/**
 * Takes the flag from pieces that only follow another one, without continuing its word: in files that
 * don't split at spaces, or not before punctuation, that is most of them. Pieces that share a character
 * stay together.
 */
function keepWithinWords(pieces: Pieces, text: string): void {
  const { offsets, continues } = pieces;
  for (let i = 1; i < continues.length; i++) {
    if (continues[i] === 0) continue;
    const start = offsets[2 * i] ?? 0;
    if (start < (offsets[2 * i - 1] ?? 0)) continue;
    const before = text.codePointAt(codePointStart(text, start)) ?? 0;
    const after = text.codePointAt(start) ?? 0;
    if (!isWordCharacter(before) || !isWordCharacter(after)) continues[i] = 0;
  }
}

function isSpace(character: string): boolean {
  return character === spaceCharacter || isWhiteSpace(character.charCodeAt(0));
}

/** Number of characters of white space at the ends of a token. All of a token counts at both. */
interface Spaces {
  readonly leading: number;
  readonly trailing: number;
}

function spacesAround(token: string): Spaces {
  let leading = 0;
  while (leading < token.length && isSpace(token.charAt(leading))) leading++;
  let trailing = 0;
  while (trailing < token.length && isSpace(token.charAt(token.length - 1 - trailing))) trailing++;
  return { leading, trailing };
}

/** Of an added token together with what it took along. */
function spacesOf(token: AddedToken, part: AlignedText): Spaces {
  // Not read: tokens of white space that take more of it along overlap in long runs.
  if (isBlank(token.content)) return { leading: part.length, trailing: part.length };
  return spacesAround(part.text);
}

function isBlank(text: string): boolean {
  return whiteSpaceEnd(text, 0) === text.length;
}

/** Takes white space at their ends from the stretches of pieces. */
class Trimmer {
  /** By id; only tokens with white space. */
  readonly #spaces = new Map<number, Spaces>();
  readonly #trimming: Trimming;

  constructor(tokens: Iterable<readonly [string, number]>, trimming: Trimming) {
    this.#trimming = trimming;
    for (const [token, id] of tokens) {
      const spaces = spacesAround(token);
      if (spaces.leading > 0 || spaces.trailing > 0) this.#spaces.set(id, spaces);
    }
  }

  /** @param added Added tokens by their index, which may have taken more white space than they have. */
  trim(pieces: Pieces, added: ReadonlyMap<number, Spaces>, text: string): void {
    const { ids, offsets } = pieces;
    for (const [i, id] of ids.entries()) {
      const spaces = added.get(i) ?? this.#spaces.get(id);
      if (spaces === undefined) continue;
      let start = offsets[2 * i] ?? 0;
      let end = offsets[2 * i + 1] ?? 0;
      // A single space at the begin of a text is taken for one that was put there. If it was not, it
      // stays part of the piece.
      const kept = this.#trimming.prefixed && spaces.leading === 1 && (i === 0 || start === 0);
      if (!kept && spaces.leading >= end - start) start = end;
      // Whole characters: a space that was put there stands for the first character, whatever that is.
      for (let n = kept ? 0 : spaces.leading; n > 0 && start < end; n--) start += codePointSize(text, start);
      for (let n = spaces.trailing; n > 0 && end > start; n--) end = codePointStart(text, end);
      offsets[2 * i] = start;
      offsets[2 * i + 1] = end;
    }
  }
}
