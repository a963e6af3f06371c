/**
 * Prepend: text at the beginning.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import type { Section } from '../section.js';
import type { Normalizer } from './types.js';

/** `prefix` before a text that is not empty; it stands for the first character of the text. */
export function prependTo(source: AlignedText, prefix: string): AlignedText {
  if (source.length === 0) return source;
  const builder = new AlignedTextBuilder(source);
  builder.prepend(prefix);
  builder.keep(source.length);
  return builder.done();
}

/** Prepend. */
export function prepend(section: Section): Normalizer {
  const prefix = section.string('prepend');
  return (source) => prependTo(source, prefix);
}
