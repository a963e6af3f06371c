/**
 * WhitespaceSplit: parts between white space.
 *
 * @module
 */
import { characterStretches, split } from '../splitting.js';
import { isWhiteSpace } from '../white-space.js';
import type { PreTokenizer } from './types.js';

/** WhitespaceSplit. */
export const whitespaceSplit: PreTokenizer = (source, emit) => {
  split(source, characterStretches(source.text, isWhiteSpace), 'Removed', emit);
};
