/**
 * BertPreTokenizer: parts between white space, with punctuation apart.
 *
 * @module
 */
import { characterStretches, split } from '../splitting.js';
import { isWhiteSpace } from '../white-space.js';
import { isPunctuation } from './punctuation.js';
import type { PreTokenizer } from './types.js';

/** BertPreTokenizer: at white space, and around each punctuation character. */
export const bert: PreTokenizer = (source, emit) => {
  split(source, characterStretches(source.text, isWhiteSpace), 'Removed', (part) => {
    split(part, characterStretches(part.text, isPunctuation), 'Isolated', emit);
  });
};
