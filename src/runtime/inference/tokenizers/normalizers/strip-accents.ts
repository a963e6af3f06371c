/**
 * StripAccents.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import { characterTest } from '../code-points.js';
import { remove } from './remove.js';

const isMark = characterTest(/^\p{M}$/u);

/** Without marks of any kind. Of use after a decomposition. */
export function stripAccents(source: AlignedText): AlignedText {
  return remove(source, isMark);
}
