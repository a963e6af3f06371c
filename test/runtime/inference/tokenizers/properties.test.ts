import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlignedText } from '../../../../src/runtime/inference/tokenizers/aligned-text.js';
import { eachGrapheme } from '../../../../src/runtime/inference/tokenizers/graphemes.js';
import {
  type UnicodeForm,
  unicodeForm,
} from '../../../../src/runtime/inference/tokenizers/normalizers/unicode-forms.js';
import { families, family } from './support.js';

const fragments = fc.constantFrom(
  ...[
    'the',
    'hello',
    ' ',
    '  ',
    '\n',
    '\t',
    '<mask>',
    '[MASK]',
    '<extra>',
    'wordtok',
    'NormTok',
    'é',
    'e\u0301',
  ],
  ...[
    '\u0301\u0323',
    '👩\u200d',
    '😀',
    '你',
    '\uac00\u11a8',
    'ﬁ',
    '12',
    "'s",
    '\ud800',
    '\udc00',
    '\u0000',
    '▁',
    '.',
  ],
);
const texts = fc
  .array(fc.oneof(fragments, fc.string({ unit: 'binary', maxLength: 4 }), fc.string({ maxLength: 6 })), {
    maxLength: 20,
  })
  .map((parts) => parts.join(''));

/** Units of the text that lie in the stretch of a piece. */
function covered(text: string, offsets: Int32Array): Uint8Array {
  const units = new Uint8Array(text.length);
  for (let i = 0; i < offsets.length; i += 2) units.fill(1, offsets[i], offsets[i + 1]);
  return units;
}

describe.each(families)('%s', (name) => {
  const tokenizer = family(name);

  it('gives stretches inside the text, in order, on bounds of characters', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { ids, offsets, continues } = tokenizer.pieces(text);
        expect([offsets.length, continues.length]).toEqual([2 * ids.length, ids.length]);
        for (let i = 0; i < offsets.length; i += 2) {
          const [start = -1, end = -1] = [offsets[i], offsets[i + 1]];
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(text.length);
          const before = text.codePointAt(start - 1) ?? 0;
          expect(before > 0xffff, 'inside a pair').toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('cuts to a beginning, and says of what', () => {
    fc.assert(
      fc.property(texts, fc.nat(30), (text, maxTokens) => {
        const whole = tokenizer.pieces(text);
        const cut = tokenizer.encode(text, { maxTokens });
        const kept = cut.ids.filter((_, i) => cut.special[i] === 0);
        const around = cut.ids.length - kept.length;
        expect([...kept]).toEqual([...whole.ids.slice(0, Math.max(0, maxTokens - around))]);
        expect(cut.total).toBe(whole.ids.length + around);
        expect(cut.truncated).toBe(kept.length < whole.ids.length);
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same again, whatever it remembers', () => {
    fc.assert(
      fc.property(texts, texts, (text, other) => {
        const first = tokenizer.pieces(text);
        tokenizer.pieces(other);
        expect(tokenizer.pieces(text)).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });
});

// Not RoBERTa: after an added token it trims a space that it put there, and with it a character.
describe.each(['gpt2', 'llama3', 'modernbert', 'qwen', 'gemma', 'llama2'])('%s', (name) => {
  it('leaves no character out but white space, and marks that were composed', () => {
    const tokenizer = family(name);
    fc.assert(
      fc.property(texts, (text) => {
        const units = covered(text, tokenizer.pieces(text).offsets);
        for (const [i, unit] of units.entries()) {
          const skipped = unit === 0 && !/[\p{White_Space}\p{M}\u1100-\u11ff]/u.test(text.charAt(i));
          // U+D800 and above: marks beyond the basic plane.
          if (skipped && !/\p{M}/u.test(String.fromCodePoint(text.codePointAt(i) ?? 0))) {
            expect(text.charCodeAt(i), JSON.stringify(text)).toBeGreaterThanOrEqual(0xd800);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('unicodeForm', () => {
  const forms: readonly UnicodeForm[] = ['NFC', 'NFD', 'NFKC', 'NFKD'];
  const marks = fc.constantFrom(
    ...'a\u00e9\u1ebf\u0301\u0323\u0345\u0328\u0315\u05ae\u1100\u1161\u11a8\uac00\ufb01\u0f71\u0f72\u09c7\u09be\u0344',
  );
  const sequences = fc.oneof(
    fc.array(marks, { maxLength: 60 }).map((parts) => parts.join('')),
    texts,
  );

  it.each(forms)('writes what JavaScript writes: %s', (form) => {
    const normalize = unicodeForm(form);
    fc.assert(
      fc.property(sequences, (text) => {
        expect(normalize(AlignedText.original(text)).text).toBe(text.normalize(form));
      }),
      { numRuns: 300 },
    );
  });

  it('sorts runs of marks by itself, for which JavaScript takes quadratic time', () => {
    const length = 50_000;
    const made = unicodeForm('NFD')(AlignedText.original(`a${'\u0301\u0323'.repeat(length)}`));
    expect(made.text).toBe(`a${'\u0323'.repeat(length)}${'\u0301'.repeat(length)}`);
  });
});

describe('eachGrapheme', () => {
  it('finds what Intl.Segmenter finds, also in clusters longer than a stretch', () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
    const parts = fc.oneof(
      texts,
      fc.constantFrom('\r\n', '\r', '🇫🇷🇩', '👩\u200d'.repeat(50), '\u0301'.repeat(200), 'क्ष'),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (list) => {
        const text = list.join('');
        const found: string[] = [];
        eachGrapheme(text, (cluster) => found.push(cluster));
        expect(found).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
      }),
    );
  });
});
