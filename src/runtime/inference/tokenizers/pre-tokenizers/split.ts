/**
 * Split: parts by a pattern of the file.
 *
 * @module
 */
import { parsePattern } from '../patterns.js';
import type { Section } from '../section.js';
import { parseBehavior, split, stretchesOf } from '../splitting.js';
import type { PreTokenizer } from './types.js';

/** Split, by a text or a pattern. */
export function patternSplit(section: Section): PreTokenizer {
  const pattern = parsePattern(section);
  const behavior = parseBehavior(section);
  const invert = section.boolean('invert', false);
  return (source, emit) => split(source, stretchesOf(source.text, pattern, invert), behavior, emit);
}
