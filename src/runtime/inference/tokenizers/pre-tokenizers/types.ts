/**
 * What pre-tokenizers have in common.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';

/** Splits a text, which is not empty, and may rewrite the parts. Calls `emit` for each part that is not empty, in order. */
export type PreTokenizer = (text: AlignedText, emit: (part: AlignedText) => void) => void;
