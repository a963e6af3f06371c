/**
 * The `post_processor` of a tokenizer.json. One line per kind; each has a file of its own.
 *
 * @module
 */
import type { Section } from '../section.js';
import { bert } from './bert.js';
import { byteLevel } from './byte-level.js';
import { roberta } from './roberta.js';
import { template } from './template.js';
import type { PostProcessing } from './types.js';

export type { PostProcessing, Trimming } from './types.js';

const kinds: Readonly<Record<string, (section: Section) => PostProcessing>> = {
  BertProcessing: bert,
  ByteLevel: byteLevel,
  RobertaProcessing: roberta,
  Sequence: sequence,
  TemplateProcessing: template,
};

function sequence(section: Section): PostProcessing {
  const parts = section.sections('processors').map(parsePostProcessor);
  const framing = parts.flatMap((part) => (part.framing === undefined ? [] : [part.framing]));
  const trimming = parts.flatMap((part) => (part.trimming === undefined ? [] : [part.trimming]));
  if (framing.length > 1) throw section.unsupported('more than one processor that adds tokens');
  if (trimming.length > 1) throw section.unsupported('more than one processor that trims offsets');
  return {
    ...(framing[0] === undefined ? {} : { framing: framing[0] }),
    ...(trimming[0] === undefined ? {} : { trimming: trimming[0] }),
  };
}

/** @throws VsrError `VSR_MODEL_BUNDLE_INVALID`, also for kinds that are not there. */
export function parsePostProcessor(section: Section): PostProcessing {
  const { type } = section;
  const make = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (make === undefined) throw section.unsupported(`post-processor ${type}`);
  return make(section);
}
