/**
 * What normalizers have in common.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';

/** Rewrites a text. Pure. */
export type Normalizer = (text: AlignedText) => AlignedText;
