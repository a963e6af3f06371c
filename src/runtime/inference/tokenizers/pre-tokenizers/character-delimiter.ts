/**
 * CharDelimiterSplit: parts between a character.
 *
 * @module
 */
import type { Section } from '../section.js';
import { characterStretches, split } from '../splitting.js';
import type { PreTokenizer } from './types.js';

/** CharDelimiterSplit: at one character, which goes. */
export function characterDelimiter(section: Section): PreTokenizer {
  const delimiter = section.string('delimiter').codePointAt(0);
  return (source, emit) =>
    split(
      source,
      characterStretches(source.text, (code) => code === delimiter),
      'Removed',
      emit,
    );
}
