/**
 * Replace: other text in the place of a pattern.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { eachMatch, parsePattern } from '../patterns.js';
import type { Section } from '../section.js';
import type { Normalizer } from './types.js';

/** Puts `content` in the place of each match. It stands for the last character that was matched. */
export function replaceMatches(source: AlignedText, pattern: RegExp, content: string): AlignedText {
  const { text } = source;
  if (text === '') return source;
  let builder: AlignedTextBuilder | undefined;
  eachMatch(pattern, text, (start, end) => {
    builder ??= new AlignedTextBuilder(source);
    builder.keep(start);
    builder.skip(end);
    builder.insert(content);
  });
  if (builder === undefined) return source;
  builder.keep(text.length);
  return builder.done();
}

/** Replace. The content is taken as it is, also where it looks like a reference to a group. */
export function replace(section: Section): Normalizer {
  const pattern = parsePattern(section);
  const content = section.string('content');
  if (pattern === undefined) throw section.unsupported('a pattern without characters');
  return (source) => replaceMatches(source, pattern, content);
}
