/**
 * Tokenizers out of a tokenizer.json, with the place of every piece in the text.
 *
 * @module
 */
export { createTokenizer } from './create.js';
export { frame, frameSize } from './framing.js';
export type {
  EncodeOptions,
  FramePart,
  Framing,
  Pieces,
  TextTokenizer,
  Tokenized,
} from './types.js';
