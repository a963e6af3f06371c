/**
 * What post-processors have in common.
 *
 * @module
 */
import type { Framing } from '../types.js';

/** White space at the ends of a piece is not part of its stretch of the text. */
export interface Trimming {
  /** The first space of a text may be one that was put there, which there is nothing to trim for. */
  readonly prefixed: boolean;
}

/** What a post-processor does. */
export interface PostProcessing {
  /** Absent if it puts nothing around texts. */
  readonly framing?: Framing;
  readonly trimming?: Trimming;
}
