import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AlignedText } from '../../../../src/runtime/inference/tokenizers/aligned-text.js';
import { parseNormalizer } from '../../../../src/runtime/inference/tokenizers/normalizers/index.js';
import { parsePreTokenizer } from '../../../../src/runtime/inference/tokenizers/pre-tokenizers/index.js';
import { Section } from '../../../../src/runtime/inference/tokenizers/section.js';
import { fixture, packed, packedOffsets } from './support.js';

const component = z.record(z.string(), z.unknown());
const { texts, normalizers, preTokenizers } = z
  .object({
    texts: z.array(z.string()),
    normalizers: z.array(z.tuple([component, z.array(z.tuple([z.string(), z.string()]))])),
    preTokenizers: z.array(z.tuple([component, z.array(z.string())])),
  })
  .parse(JSON.parse(fixture('components.json')));

function section(value: unknown): Section {
  return Section.parse(JSON.stringify(value), 'tokenizer.json');
}

function title(value: unknown): string {
  return JSON.stringify(value).slice(0, 160);
}

/** What each character of the text stands for, as two numbers. */
function alignment(text: AlignedText): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text.text) {
    offsets.push(text.start(at), text.end(at + character.length - 1));
    at += character.length;
  }
  return offsets;
}

describe('normalizers', () => {
  it.each(normalizers.map(([value, results]) => ({ name: title(value), value, results })))(
    'align as the reference does: $name',
    ({ value, results }) => {
      const normalize = parseNormalizer(section(value));
      for (const [i, text] of texts.entries()) {
        // Dropped at the begin of a text: see reference.test.ts.
        if (value.type === 'Precompiled' && text === '\ufeffbom') continue;
        const made = normalize(AlignedText.original(text));
        expect([made.text, packedOffsets(alignment(made))], JSON.stringify(text)).toEqual(results[i]);
      }
    },
  );
});

describe('pre-tokenizers', () => {
  it.each(preTokenizers.map(([value, results]) => ({ name: title(value), value, results })))(
    'split as the reference does: $name',
    ({ value, results }) => {
      const preTokenize = parsePreTokenizer(section(value));
      for (const [i, text] of texts.entries()) {
        const parts: string[] = [];
        preTokenize(AlignedText.original(text), (part) => parts.push(`${part.length}/${part.start(0)}`));
        expect(packed(parts), JSON.stringify(text)).toBe(results[i]);
      }
    },
  );
});
