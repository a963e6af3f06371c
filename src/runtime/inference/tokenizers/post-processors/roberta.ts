/**
 * RobertaProcessing: the special tokens around texts, as RoBERTa puts them.
 *
 * @module
 */
import type { Section } from '../section.js';
import { parseSpecial } from './special-token.js';
import type { PostProcessing } from './types.js';

/** RobertaProcessing: `<s> A </s>`, and `</s> B </s>`, all of type 0. */
export function roberta(section: Section): PostProcessing {
  const start = parseSpecial(section, 'cls');
  const end = parseSpecial(section, 'sep');
  const single = [start(0), { kind: 'text', source: 0, typeId: 0 }, end(0)] as const;
  const framing = {
    single,
    pair: [...single, end(0), { kind: 'text', source: 1, typeId: 0 }, end(0)],
  } as const;
  if (!section.boolean('trim_offsets', true)) return { framing };
  return { framing, trimming: { prefixed: section.boolean('add_prefix_space', true) } };
}
