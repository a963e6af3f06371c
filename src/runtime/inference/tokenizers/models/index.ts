/**
 * The `model` of a tokenizer.json. One line per kind; each has a file of its own.
 *
 * @module
 */
import type { Section } from '../section.js';
import { bpe } from './bpe.js';
import type { TokenModel } from './types.js';
import { unigram } from './unigram.js';
import { wordPiece } from './wordpiece.js';

export type { TokenModel } from './types.js';

const kinds: Readonly<Record<string, (section: Section) => TokenModel>> = {
  BPE: bpe,
  Unigram: unigram,
  WordPiece: wordPiece,
};

/** Files of before the types were written down are told apart by their content. */
function kindOf(section: Section): string {
  if (section.has('type')) return section.type;
  if (section.has('merges')) return 'BPE';
  return Array.isArray(section.record.vocab) ? 'Unigram' : 'WordPiece';
}

/** @throws VsrError `VSR_MODEL_BUNDLE_INVALID`, also for kinds that are not there. */
export function parseModel(section: Section): TokenModel {
  const type = kindOf(section);
  const make = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (make === undefined) throw section.unsupported(`model ${type}`);
  return make(section);
}
