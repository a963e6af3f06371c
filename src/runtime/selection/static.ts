/**
 * `static` selection: the first model reference.
 *
 * @module
 */
import type { ModelRef } from '../config/types.js';

/** The first reference; undefined for an empty list. */
export function selectStatic(refs: readonly ModelRef[]): ModelRef | undefined {
  return refs[0];
}
