/**
 * TemplateProcessing: what stands around and between texts, as the file lists it.
 *
 * @module
 */
import type { Section } from '../section.js';
import type { FramePart } from '../types.js';
import type { PostProcessing } from './types.js';

function parseIds(section: Section, name: string): number[] {
  const tokens = section.section('special_tokens');
  if (!tokens.has(name)) throw tokens.invalid('is not there', JSON.stringify(name));
  const token = tokens.section(name);
  return token.list('ids').map((id) => {
    if (typeof id !== 'number') throw token.invalid('must be a list of numbers', 'ids');
    return id;
  });
}

function parseParts(section: Section, key: 'single' | 'pair', sources: readonly (0 | 1)[]): FramePart[] {
  const parts = section.sections(key).map((part): FramePart => {
    if (part.has('SpecialToken')) {
      const token = part.section('SpecialToken');
      const ids = parseIds(section, token.string('id'));
      return { kind: 'special', ids, typeId: token.number('type_id', 0) };
    }
    const sequence = part.section('Sequence');
    const source = sequence.string('id') === 'A' ? 0 : 1;
    return { kind: 'text', source, typeId: sequence.number('type_id', 0) };
  });
  const found = parts.flatMap((part) => (part.kind === 'text' ? [part.source] : []));
  if (found.length !== sources.length || !sources.every((source) => found.includes(source))) {
    throw section.invalid('must have each text once', key);
  }
  return parts;
}

/** TemplateProcessing. */
export function template(section: Section): PostProcessing {
  return {
    framing: { single: parseParts(section, 'single', [0]), pair: parseParts(section, 'pair', [0, 1]) },
  };
}
