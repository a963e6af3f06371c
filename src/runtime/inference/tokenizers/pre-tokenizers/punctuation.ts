/**
 * Punctuation: it stands apart.
 *
 * @module
 */
import { characterTest } from '../code-points.js';
import type { Section } from '../section.js';
import { characterStretches, parseBehavior, split } from '../splitting.js';
import type { PreTokenizer } from './types.js';

/** Unicode's punctuation, and all ASCII symbols. */
export const isPunctuation = characterTest(/^[\p{P}!-/:-@[-`{-~]$/u);

/** Punctuation. */
export function punctuation(section: Section): PreTokenizer {
  const behavior = parseBehavior(section, 'Isolated');
  return (source, emit) => split(source, characterStretches(source.text, isPunctuation), behavior, emit);
}
