import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyPii } from '../../../src/runtime/classify/pii.js';
import { maskEntities } from '../../../src/runtime/classify/pii-mask.js';
import { entityOfSpan, mergeEntities, type PiiEntity } from '../../../src/runtime/classify/pii-merge.js';
import type { TokenSpan } from '../../../src/runtime/inference/types.js';
import { fakeEncoder } from './fake-models.js';

/** The head finds each of `values` where it first stands. */
function models(values: Readonly<Record<string, readonly [label: string, confidence: number]>>) {
  const encoder = fakeEncoder((text) => ({
    spans: Object.entries(values)
      .map(([value, [label, confidence]]): TokenSpan => {
        const start = text.indexOf(value);
        return { label, start, end: start + value.length, confidence };
      })
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start - b.start),
  }));
  return { encoder, pair: undefined };
}

async function found(
  text: string,
  values: Parameters<typeof models>[0],
  options: Parameters<typeof classifyPii>[2] = {},
): Promise<[string, string][]> {
  const { entities } = await classifyPii(text, models(values), options);
  return entities.map(({ type, start, end }) => [type, text.slice(start, end)]);
}

describe('personal data', () => {
  test('both layers are one list in the order of the text', async () => {
    const text = 'I am Ada Lovelace, write to ada@example.org or 4111 1111 1111 1111.';
    expect(await found(text, { 'Ada Lovelace,': ['PERSON', 0.9] })).toEqual([
      ['PERSON', 'Ada Lovelace'],
      ['EMAIL_ADDRESS', 'ada@example.org'],
      ['CREDIT_CARD', '4111 1111 1111 1111'],
    ]);
  });

  test('what a recogniser proves wins over a surer guess of the model', async () => {
    expect(await found('mail ada@example.org now', { 'ada@example.org now': ['PERSON', 0.99] })).toEqual([
      ['EMAIL_ADDRESS', 'ada@example.org'],
    ]);
  });

  test('what is left of a weaker span is kept if it is most of it', async () => {
    const text = 'ship to Road 7 lee@example.com';
    expect(await found(text, { 'Road 7 lee@example.com': ['STREET_ADDRESS', 0.8] })).toEqual([
      ['EMAIL_ADDRESS', 'lee@example.com'],
    ]);
    const longer = 'ship to the back door of 12 Old Station Road, Springfield, c/o lee@example.com';
    expect(
      await found(longer, {
        'the back door of 12 Old Station Road, Springfield, c/o lee@example.com': ['STREET_ADDRESS', 0.8],
      }),
    ).toEqual([
      ['STREET_ADDRESS', 'the back door of 12 Old Station Road, Springfield, c/o'],
      ['EMAIL_ADDRESS', 'lee@example.com'],
    ]);
  });

  test('thresholds are those of the bundle per type, or the one asked for', async () => {
    const values = { Ada: ['PERSON', 0.55], Acme: ['ORGANIZATION', 0.7] } as const;
    expect(await found('Ada of Acme', values)).toEqual([['PERSON', 'Ada']]);
    expect(await found('Ada of Acme', values, { threshold: 0.6 })).toEqual([['ORGANIZATION', 'Acme']]);
    const { thresholds, doubt } = await classifyPii('Ada of Acme', models(values));
    expect(thresholds).toMatchObject({ PERSON: 0.5, ORGANIZATION: 0.8 });
    expect(doubt).toBe(0.7);
  });

  test('asking for some types changes what is reported, not what things are', async () => {
    const text = 'Ada, ada@example.org';
    const values = { Ada: ['PERSON', 0.9], 'ada@example.org': ['ORGANIZATION', 0.95] } as const;
    expect(await found(text, values, { types: new Set(['PERSON']) })).toEqual([['PERSON', 'Ada']]);
    expect(await found(text, values, { types: new Set(['ORGANIZATION']) })).toEqual([]);
  });

  test('types that only recognisers know need no model', async () => {
    const key = 'ghp_x9Kq2LmVt7RzBw4NcYf8HjPd3SgUe6TaXo1Q';
    const { entities } = await classifyPii(
      `token: ${key}`,
      { encoder: undefined, pair: undefined },
      { types: new Set(['API_KEY']) },
    );
    expect(entities).toMatchObject([{ type: 'API_KEY' }]);
    await expect(classifyPii('x', { encoder: undefined, pair: undefined })).rejects.toMatchObject({
      code: 'VSR_INFERENCE_UNAVAILABLE',
    });
  });

  test('windows count what they both see once, at its place in the text', async () => {
    const text = `${'x '.repeat(20)}Ada Lovelace${' y'.repeat(20)}`;
    const encoder = fakeEncoder(
      (part) => {
        const start = part.indexOf('Ada');
        const value = /Ada(?: Lovelace)?/.exec(part)?.[0] ?? '';
        return {
          spans: start < 0 ? [] : [{ label: 'PERSON', start, end: start + value.length, confidence: 0.9 }],
        };
      },
      {
        cut: () => [
          { start: 0, end: 43 },
          { start: 30, end: text.length },
        ],
      },
    );
    const { entities, windows } = await classifyPii(text, { encoder, pair: undefined });
    expect(entities.map(({ start, end }) => text.slice(start, end))).toEqual(['Ada Lovelace']);
    expect(windows).toBe(2);
  });
});

describe('the edges of a span', () => {
  test.each([
    [' Ada, ', 'Ada'],
    ['"Ada"', 'Ada'],
    ['Ada Lovelace!?', 'Ada Lovelace'],
    ['5 p.m.', '5 p.m.'],
    ['Mr. J. R.', 'Mr. J. R.'],
    ['(030) 1234', '(030) 1234'],
    ['Acme (UK)', 'Acme (UK)'],
    ['(Ada)', 'Ada'],
    ['ends here.', 'ends here'],
    ['...', undefined],
  ])('%j is %j', (text, value) => {
    const entity = entityOfSpan(text, { label: 'X', start: 0, end: text.length, confidence: 1 });
    expect(entity && text.slice(entity.start, entity.end)).toBe(value);
  });
});

describe('masking', () => {
  const at = (text: string, value: string, type = 'PERSON', from = 0): PiiEntity => {
    const start = text.indexOf(value, from);
    return { type, start, end: start + value.length, confidence: 0.9, source: 'model' };
  };

  test('the same text has the same number, counted per type', () => {
    const text = 'Ada and Bob met Ada at Acme.';
    const entities = [
      at(text, 'Ada'),
      at(text, 'Bob'),
      at(text, 'Ada', 'PERSON', 5),
      at(text, 'Acme', 'ORG'),
    ];
    expect(maskEntities(text, entities)).toEqual({
      text: '[PERSON_1] and [PERSON_2] met [PERSON_1] at [ORG_1].',
      placeholders: ['[PERSON_1]', '[PERSON_2]', '[PERSON_1]', '[ORG_1]'],
    });
  });

  test('a value that was found once is hidden everywhere, but not inside other words', () => {
    const text = 'Ann Lee called. Ann Lee, Annapolis, Ann Leeson, (Ann Lee)';
    expect(maskEntities(text, [at(text, 'Ann Lee')]).text).toBe(
      '[PERSON_1] called. [PERSON_1], Annapolis, Ann Leeson, ([PERSON_1])',
    );
  });

  test('of values with the same beginning the longest is hidden', () => {
    const text = 'Ann; Ann Lee; Ann Lee Roe! Ann, Ann Lee, Ann Lee Roe, Ann Lee Poe, (Ann-Lee';
    const entities = [at(text, 'Ann'), at(text, 'Ann Lee'), at(text, 'Ann Lee Roe')];
    const placed = entities.map((entity, i) => {
      const start = [0, 5, 14][i] ?? 0;
      return { ...entity, start, end: start + entity.end - entity.start };
    });
    expect(maskEntities(text, placed).text).toBe(
      '[PERSON_1]; [PERSON_2]; [PERSON_3]! [PERSON_1], [PERSON_2], [PERSON_3], [PERSON_2] Poe, ([PERSON_1]-Lee',
    );
  });

  test('very many values with the same beginning are compared at once', () => {
    const values = Array.from({ length: 30_000 }, (_, i) => `info@shop${i}.example`);
    const text = values.join(' ');
    let end = -1;
    const entities = values.map((value): PiiEntity => {
      const start = end + 1;
      end = start + value.length;
      return { type: 'EMAIL_ADDRESS', start, end, confidence: 1, source: 'pattern' };
    });
    const { text: masked } = maskEntities(`${text} ${text}`, entities);
    expect(masked).not.toContain('info');
  });

  test('a short value is hidden only where it was found', () => {
    expect(maskEntities('I am 30 and have 30 apples', [at('I am 30', '30', 'AGE')]).text).toBe(
      'I am [AGE_1] and have 30 apples',
    );
  });
});

test('a span with a long gap inside is trimmed like any other', () => {
  const text = `John${' '.repeat(300_000)}Smith. `;
  expect(entityOfSpan(text, { label: 'PERSON', start: 0, end: text.length, confidence: 1 })).toMatchObject({
    start: 0,
    end: text.length - 2,
  });
});

describe('whatever the layers find', () => {
  const words = fc.constantFrom(
    'Ada',
    'Lovelace',
    'ada@example.org',
    '4111 1111 1111 1111',
    'GB82 WEST 1234 5698 7654 32',
    '078-05-1120',
    'Zoë',
    '山田',
    '😀',
    'call',
    'the',
    'street',
    '12',
    '.',
    ',',
    '"',
    '(',
    ')',
    '\n',
    '192.168.10.44',
    'sk-x',
    'p.m.',
  );
  const texts = fc
    .array(fc.tuple(words, fc.constantFrom(' ', '', ' ')), { maxLength: 30 })
    .map((parts) => parts.map(([word, gap]) => word + gap).join(''));
  const spans = fc.array(
    fc.record({
      label: fc.constantFrom('PERSON', 'STREET_ADDRESS', 'EMAIL_ADDRESS', 'ORGANIZATION'),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 1, max: 25 }),
      confidence: fc.double({ min: 0.05, max: 1, noNaN: true }),
    }),
    { maxLength: 6 },
  );

  test('positions slice back to trimmed values in order, without overlaps, and masking hides them', async () => {
    await fc.assert(
      fc.asyncProperty(texts, spans, async (text, proposals) => {
        const encoder = fakeEncoder((part) => ({
          spans: proposals
            .map(({ label, from, length, confidence }) => {
              const start = Math.floor(from * part.length);
              return { label, start, end: Math.min(part.length, start + length), confidence };
            })
            .filter(({ start, end }) => start < end)
            .sort((a, b) => a.start - b.start)
            .reduce<TokenSpan[]>(
              (kept, span) => ((kept.at(-1)?.end ?? 0) <= span.start ? kept.concat(span) : kept),
              [],
            ),
        }));
        const { entities } = await classifyPii(text, { encoder, pair: undefined });
        let last = 0;
        for (const { start, end } of entities) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
          expect(text.slice(start, end).trim()).toBe(text.slice(start, end));
        }
        const masked = maskEntities(text, entities);
        expect(masked.placeholders).toHaveLength(entities.length);
        for (const { start, end } of entities) {
          const value = text.slice(start, end);
          if ((value.match(/[\p{L}\p{N}]/gu) ?? []).length < 3) continue;
          expect(wholeWord(masked.text, value)).toBe(false);
        }
        // Without the placeholders nothing is left that was not there before.
        expect(mergeEntities(text, entities)).toEqual(entities);
      }),
      { numRuns: 500 },
    );
  });

  function wholeWord(text: string, value: string): boolean {
    const inWord = (character: string | undefined) => /^[\p{L}\p{N}]$/u.test(character ?? '');
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
      const before = inWord([...text.slice(0, at)].at(-1)) && inWord([...value][0]);
      const after = inWord([...text.slice(at + value.length)][0]) && inWord([...value].at(-1));
      if (!before && !after) return true;
    }
    return false;
  }
});
