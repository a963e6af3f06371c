/**
 * BertProcessing: the special tokens around texts, as BERT puts them.
 *
 * @module
 */
import type { Section } from '../section.js';
import { parseSpecial } from './special-token.js';
import type { PostProcessing } from './types.js';

/** BertProcessing: `[CLS] A [SEP]`, and `B [SEP]` of type 1. */
export function bert(section: Section): PostProcessing {
  const start = parseSpecial(section, 'cls');
  const end = parseSpecial(section, 'sep');
  const first = [start(0), { kind: 'text', source: 0, typeId: 0 }, end(0)] as const;
  return { framing: { single: first, pair: [...first, { kind: 'text', source: 1, typeId: 1 }, end(1)] } };
}
