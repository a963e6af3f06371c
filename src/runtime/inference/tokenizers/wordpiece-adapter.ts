/**
 * The fast WordPiece tokenizer under the common interface.
 *
 * @module
 */
import { WordPieceTokenizer } from '../wordpiece.js';
import { frame } from './framing.js';
import type { EncodeOptions, Framing, Pieces, TextTokenizer, Tokenized } from './types.js';

/** What the fast tokenizer doesn't read itself. */
export interface WordPieceSurroundings {
  readonly framing: Framing;
  readonly padId: number | undefined;
  readonly tokenId: (token: string) => number | undefined;
}

export class WordPieceAdapter implements TextTokenizer {
  readonly padId: number | undefined;
  readonly framing: Framing;
  readonly #tokenizer: WordPieceTokenizer;
  readonly #tokenId: (token: string) => number | undefined;

  constructor(json: string, surroundings: WordPieceSurroundings) {
    this.#tokenizer = new WordPieceTokenizer(json);
    this.framing = surroundings.framing;
    this.padId = surroundings.padId;
    this.#tokenId = surroundings.tokenId;
  }

  tokenId(token: string): number | undefined {
    return this.#tokenId(token);
  }

  pieces(text: string): Pieces {
    return this.#tokenizer.pieces(text);
  }

  encode(text: string, options?: EncodeOptions): Tokenized {
    return frame(this.framing.single, [this.pieces(text)], options);
  }

  encodePair(first: string, second: string, options?: EncodeOptions): Tokenized {
    return frame(this.framing.pair, [this.pieces(first), this.pieces(second)], options);
  }
}
