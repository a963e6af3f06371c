/**
 * What a recogniser is. To add one, copy the smallest neighbour (`ssn.ts`) and name it in `index.ts`.
 *
 * @module
 */
import type { PhoneRegion, PiiType } from '../types.js';

/** A place in the folded text. */
export interface Finding {
  readonly type: PiiType;
  readonly start: number;
  readonly end: number;
  /** Probability in (0, 1]; 1 only where a checksum or an unambiguous form proves it. */
  readonly confidence: number;
  readonly detail?: string;
}

export interface RecogniserOptions {
  /** Countries whose national ways of writing telephone numbers count. */
  readonly regions: readonly PhoneRegion[];
}

export interface Recogniser {
  /** Unique, kebab-case. */
  readonly name: string;
  /** What it can find; it is not run if none of these is wanted. */
  readonly types: readonly PiiType[];
  /**
   * Findings in `text`, which is folded (see `support/folded-text.ts`): ASCII digits, spaces and dashes, nothing
   * invisible. Must take time linear in its length: only expressions without nested repetition, that either
   * consume what they have looked at or look at most a fixed number of characters around an anchor.
   */
  find(text: string, options: RecogniserOptions): Finding[];
}
