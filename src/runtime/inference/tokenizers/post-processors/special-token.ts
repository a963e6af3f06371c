/**
 * Reads a special token that a post-processor names.
 *
 * @module
 */
import type { Section } from '../section.js';
import type { FramePart } from '../types.js';

/** Reads `["[CLS]", 101]`. */
export function parseSpecial(section: Section, key: string): (typeId: number) => FramePart {
  const id = section.list(key)[1];
  if (typeof id !== 'number') throw section.invalid('must be a token and its id', key);
  return (typeId) => ({ kind: 'special', ids: [id], typeId });
}
