/**
 * Whitespace: words and runs of other signs.
 *
 * @module
 */
import { split, stretchesOf } from '../splitting.js';
import type { PreTokenizer } from './types.js';

const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const parts = new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, 'gu');

/** Whitespace: words, and runs of what is neither a word nor white space. */
export const whitespace: PreTokenizer = (source, emit) => {
  split(source, stretchesOf(source.text, parts, true), 'Removed', emit);
};
