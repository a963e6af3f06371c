/**
 * The `pre_tokenizer` of a tokenizer.json. One line per kind; each has a file of its own.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import type { Section } from '../section.js';
import { bert } from './bert.js';
import { byteLevel } from './byte-level.js';
import { characterDelimiter } from './character-delimiter.js';
import { digits } from './digits.js';
import { metaspace } from './metaspace.js';
import { punctuation } from './punctuation.js';
import { patternSplit } from './split.js';
import type { PreTokenizer } from './types.js';
import { whitespace } from './whitespace.js';
import { whitespaceSplit } from './whitespace-split.js';

export type { PreTokenizer } from './types.js';

const kinds: Readonly<Record<string, (section: Section) => PreTokenizer>> = {
  BertPreTokenizer: () => bert,
  ByteLevel: byteLevel,
  CharDelimiterSplit: characterDelimiter,
  Digits: digits,
  Metaspace: metaspace,
  Punctuation: punctuation,
  Sequence: sequence,
  Split: patternSplit,
  Whitespace: () => whitespace,
  WhitespaceSplit: () => whitespaceSplit,
};

function sequence(section: Section): PreTokenizer {
  const parts = section.sections('pretokenizers').map(parsePreTokenizer);
  const from =
    (first: number, emit: (part: AlignedText) => void) =>
    (text: AlignedText): void => {
      const part = parts[first];
      if (part === undefined) emit(text);
      else part(text, from(first + 1, emit));
    };
  return (source, emit) => from(0, emit)(source);
}

/** @throws VsrError `VSR_MODEL_BUNDLE_INVALID`, also for kinds that are not there. */
export function parsePreTokenizer(section: Section): PreTokenizer {
  const { type } = section;
  const make = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (make === undefined) throw section.unsupported(`pre-tokenizer ${type}`);
  return make(section);
}
