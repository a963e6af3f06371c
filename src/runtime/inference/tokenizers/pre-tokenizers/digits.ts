/**
 * Digits: numbers stand apart.
 *
 * @module
 */
import { characterTest } from '../code-points.js';
import type { Section } from '../section.js';
import { characterStretches, split } from '../splitting.js';
import type { PreTokenizer } from './types.js';

const isNumber = characterTest(/^\p{N}$/u);

/** Digits: numbers apart from other text, as a whole or each by itself. */
export function digits(section: Section): PreTokenizer {
  const behavior = section.boolean('individual_digits', false) ? 'Isolated' : 'Contiguous';
  return (source, emit) => split(source, characterStretches(source.text, isNumber), behavior, emit);
}
