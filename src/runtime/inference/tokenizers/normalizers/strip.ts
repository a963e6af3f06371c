/**
 * Strip: white space at the ends of a text.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import type { Section } from '../section.js';
import { whiteSpaceEnd, whiteSpaceStart } from '../white-space.js';
import type { Normalizer } from './types.js';

/** Strip: white space at the ends goes. */
export function strip(section: Section): Normalizer {
  const left = section.boolean('strip_left', true);
  const right = section.boolean('strip_right', true);
  return (source: AlignedText): AlignedText => {
    const { text } = source;
    const from = left ? whiteSpaceEnd(text, 0) : 0;
    const to = right ? Math.max(from, whiteSpaceStart(text, text.length)) : text.length;
    if (to - from === text.length) return source;
    // Not a slice: that would begin where its first character does, and look like the rest of a text.
    const builder = new AlignedTextBuilder(source);
    builder.skip(from);
    builder.keep(to);
    return builder.done();
  };
}
