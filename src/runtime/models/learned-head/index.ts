/**
 * Learned heads: the format, reading, and running them.
 *
 * @module
 */
export { type HeadFile, headFile, headSchema, headText, headVersion } from './format.js';
export {
  applyHead,
  encoderMismatch,
  headOf,
  headOutput,
  type LearnedHead,
  type LinearHead,
  logitsOf,
  requireEncoder,
} from './head.js';
export {
  findLearnedHead,
  type HeadPlaces,
  headName,
  learnedHeadNames,
  openLearnedHead,
  readLearnedHead,
} from './read.js';
