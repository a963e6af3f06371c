/**
 * What models have in common: from parts of a text to pieces.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import type { PieceSink } from '../piece-sink.js';

/** Turns the parts of a text into pieces of a vocabulary. */
export interface TokenModel {
  /**
   * True if the pieces themselves say what is a word: all but the first of a part continue it. Otherwise
   * parts may hold several words, and the text has to be looked at.
   */
  readonly partsAreWords: boolean;
  /** Adds the pieces of one part, which is not empty. */
  tokenize(part: AlignedText, sink: PieceSink): void;
  id(token: string): number | undefined;
  /** All tokens with their ids. */
  entries(): Iterable<readonly [string, number]>;
}
