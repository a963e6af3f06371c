/**
 * ByteLevel as a post-processor: it takes white space off the stretches of pieces.
 *
 * @module
 */
import type { Section } from '../section.js';
import type { PostProcessing } from './types.js';

/** ByteLevel: trims offsets. */
export function byteLevel(section: Section): PostProcessing {
  if (!section.boolean('trim_offsets', true)) return {};
  return { trimming: { prefixed: section.boolean('add_prefix_space', true) } };
}
