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

  constructor(tokenizer: WordPieceTokenizer, surroundings: WordPieceSurroundings) {
    this.#tokenizer = tokenizer;
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

/** The tokenizer of the embedded graphs, in BERT's frame whatever else its file says. */
export function embeddedTokenizer(json: string): TextTokenizer {
  const tokenizer = new WordPieceTokenizer(json);
  const { start, end } = tokenizer;
  const first = { kind: 'special', ids: [start], typeId: 0 } as const;
  const text = { kind: 'text', source: 0, typeId: 0 } as const;
  const close = { kind: 'special', ids: [end], typeId: 0 } as const;
  const single = [first, text, close];
  const pair = [...single, { ...text, source: 1, typeId: 1 } as const, { ...close, typeId: 1 } as const];
  return new WordPieceAdapter(tokenizer, { framing: { single, pair }, padId: 0, tokenId: () => undefined });
}
