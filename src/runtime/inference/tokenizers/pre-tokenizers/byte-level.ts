/**
 * ByteLevel: parts by a pattern, and a visible character for every byte.
 *
 * @module
 */
import { byteLevel as toBytes } from '../normalizers/byte-level.js';
import { prependTo } from '../normalizers/prepend.js';
import type { Section } from '../section.js';
import { split, stretchesOf } from '../splitting.js';
import type { PreTokenizer } from './types.js';

/** English contractions, letters, numbers, other characters, each with a space before; white space. */
const words =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** ByteLevel: the words of GPT-2, in characters for bytes. */
export function byteLevel(section: Section): PreTokenizer {
  const prefix = section.boolean('add_prefix_space', true);
  const splits = section.boolean('use_regex', true);
  return (source, emit) => {
    const text = prefix && !source.text.startsWith(' ') ? prependTo(source, ' ') : source;
    if (!splits) emit(toBytes(text));
    else split(text, stretchesOf(text.text, words), 'Isolated', (part) => emit(toBytes(part)));
  };
}
