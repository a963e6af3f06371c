/**
 * The `normalizer` of a tokenizer.json. One line per kind; each has a file of its own.
 *
 * @module
 */
import type { Section } from '../section.js';
import { bert } from './bert.js';
import { byteLevel } from './byte-level.js';
import { lowercase } from './lowercase.js';
import { nmt } from './nmt.js';
import { precompiled } from './precompiled.js';
import { prepend } from './prepend.js';
import { replace } from './replace.js';
import { strip } from './strip.js';
import { stripAccents } from './strip-accents.js';
import type { Normalizer } from './types.js';
import { unicodeForm } from './unicode-forms.js';

export type { Normalizer } from './types.js';

const kinds: Readonly<Record<string, (section: Section) => Normalizer>> = {
  BertNormalizer: bert,
  ByteLevel: () => byteLevel,
  Lowercase: () => lowercase,
  NFC: () => unicodeForm('NFC'),
  NFD: () => unicodeForm('NFD'),
  NFKC: () => unicodeForm('NFKC'),
  NFKD: () => unicodeForm('NFKD'),
  Nmt: () => nmt,
  Precompiled: precompiled,
  Prepend: prepend,
  Replace: replace,
  Sequence: sequence,
  Strip: strip,
  StripAccents: () => stripAccents,
};

function sequence(section: Section): Normalizer {
  const parts = section.sections('normalizers').map(parseNormalizer);
  return (source) => parts.reduce((text, part) => part(text), source);
}

/** @throws VsrError `VSR_MODEL_BUNDLE_INVALID`, also for kinds that are not there. */
export function parseNormalizer(section: Section): Normalizer {
  const { type } = section;
  const make = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (make === undefined) throw section.unsupported(`normalizer ${type}`);
  return make(section);
}
