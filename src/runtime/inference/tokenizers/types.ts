/**
 * What every tokenizer here can do, whatever its file says.
 *
 * Offsets are UTF-16 units of the text as the caller gave it, never of its normal form.
 *
 * @module
 */
import type { Pieces } from '../wordpiece.js';

export type { Pieces } from '../wordpiece.js';

/** One element of a frame: tokens that the file puts around texts, or the place of a text. */
export type FramePart =
  | { readonly kind: 'special'; readonly ids: readonly number[]; readonly typeId: number }
  | { readonly kind: 'text'; readonly source: 0 | 1; readonly typeId: number };

/** What the file puts around one text, and around two that are read together. */
export interface Framing {
  readonly single: readonly FramePart[];
  readonly pair: readonly FramePart[];
}

/** Framed pieces, ready to be run. */
export interface Tokenized extends Pieces {
  /** 1 for tokens of the frame. Tokens that were written in the text, like `[MASK]`, are not marked. */
  readonly special: Uint8Array;
  readonly typeIds: Uint8Array;
  /** 0 for pieces of the first text, 1 for those of the second, -1 for tokens of the frame. */
  readonly sources: Int8Array;
  /** Number of ids there would be without a limit, frame included. */
  readonly total: number;
  readonly truncated: boolean;
}

export interface EncodeOptions {
  /**
   * Most ids to return, frame included; no limit if absent. Cut at the end; of two texts the longer one
   * first. The frame itself is never cut.
   */
  readonly maxTokens?: number;
}

/** Not for use by several callers at once: implementations keep scratch space. */
export interface TextTokenizer {
  /** Id for padding, if the files name one. Models may say otherwise in their own configuration. */
  readonly padId: number | undefined;
  readonly framing: Framing;
  /** Id of a token as the vocabulary spells it. */
  tokenId(token: string): number | undefined;
  /** All pieces of a text, without a frame. */
  pieces(text: string): Pieces;
  /** A text in its frame. Offsets of frame tokens are 0, 0. */
  encode(text: string, options?: EncodeOptions): Tokenized;
  /** Two texts in one frame. Offsets point into the text that `sources` names. */
  encodePair(first: string, second: string, options?: EncodeOptions): Tokenized;
}
