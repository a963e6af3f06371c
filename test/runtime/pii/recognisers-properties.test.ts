import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recognise } from '../../../src/runtime/pii/recognise.js';
import { ibanLengths } from '../../../src/runtime/pii/recognisers/iban.js';

const digit = fc.integer({ min: 0, max: 9 }).map(String);
const digits = (length: number) =>
  fc.array(digit, { minLength: length, maxLength: length }).map((d) => d.join(''));

function luhnDigit(body: string): string {
  const sum = [...body].reverse().reduce((total, character, index) => {
    const doubled = Number(character) * (index % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

const card = fc
  .constantFrom(['4', 16], ['51', 16], ['2345', 16], ['37', 15], ['6011', 16], ['3530', 16], ['36', 14])
  .chain(([prefix, length]) =>
    digits(Number(length) - String(prefix).length - 1).map((rest) => `${prefix}${rest}`),
  )
  .map((body) => body + luhnDigit(body));

/** As embossed: 4-6-5 and 4-6-4 for the short ones, fours for the others. */
function grouped(number: string, separator: string): string {
  const sizes = number.length === 16 ? [4, 4, 4, 4] : [4, 6, 5];
  const groups: string[] = [];
  let from = 0;
  for (const size of sizes) {
    groups.push(number.slice(from, from + size));
    from += size;
  }
  return groups.join(separator);
}

const separator = fc.constantFrom('', ' ', '-', '\u00a0', '\u2007', '\u2011');
const surroundings = fc.constantFrom(
  ['', ''],
  ['my card: ', '.'],
  ['{"n":"', '"}'],
  ['a;', ';b'],
  ['卡', '。'],
);

function ibanOf(country: string, account: string): string {
  const value = [...`${account}${country}00`].map((character) => Number.parseInt(character, 36)).join('');
  const check = 98n - (BigInt(value) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

// Countries whose accounts are digits only, so that any digits are an account.
const iban = fc
  .constantFrom('DE', 'AT', 'ES', 'PT', 'DK', 'FI', 'SE', 'NO', 'PL', 'CZ', 'BE', 'HR', 'EE', 'HU', 'TN')
  .chain((country) => digits((ibanLengths.get(country) ?? 4) - 4).map((account) => ibanOf(country, account)));

describe('cards', () => {
  it('with a right check digit are always found, however they are grouped', () => {
    fc.assert(
      fc.property(card, separator, surroundings, (number, between, [left = '', right = '']) => {
        const text = `${left}${grouped(number, between)}${right}`;
        const found = recognise(text, { types: ['CREDIT_CARD'] });
        expect(found.map(({ start, end }) => text.slice(start, end))).toEqual([grouped(number, between)]);
        expect(found[0]?.confidence).toBeGreaterThanOrEqual(0.95);
      }),
    );
  });
  it('with one digit changed are never proven', () => {
    fc.assert(
      fc.property(card, fc.nat(13), fc.integer({ min: 1, max: 9 }), (number, at, change) => {
        const changed = (Number(number.charAt(at)) + change) % 10;
        const wrong = number.slice(0, at) + String(changed) + number.slice(at + 1);
        for (const text of [wrong, `credit card ${grouped(wrong, ' ')}`]) {
          for (const { confidence } of recognise(text, { types: ['CREDIT_CARD'] })) {
            expect(confidence).toBeLessThan(0.7);
          }
        }
      }),
    );
  });
});

describe('IBANs', () => {
  it('with right check digits are always proven, printed or not, in any case', () => {
    fc.assert(
      fc.property(
        iban,
        fc.boolean(),
        fc.boolean(),
        surroundings,
        (number, printed, lower, [left = '', right = '']) => {
          const spaced = printed ? (number.match(/.{1,4}/g) ?? []).join(' ') : number;
          const value = lower ? spaced.toLowerCase() : spaced;
          const text = `${left}${value}${right}`;
          const found = recognise(text, { types: ['IBAN_CODE'] });
          expect(found.map(({ start, end }) => text.slice(start, end))).toEqual([value]);
          expect(found[0]?.confidence).toBe(1);
        },
      ),
    );
  });
  it('with one digit changed are never proven', () => {
    fc.assert(
      fc.property(
        iban,
        fc.integer({ min: 2, max: 14 }),
        fc.integer({ min: 1, max: 9 }),
        (number, at, change) => {
          const changed = (Number(number.charAt(at)) + change) % 10;
          const wrong = number.slice(0, at) + String(changed) + number.slice(at + 1);
          for (const { confidence } of recognise(`IBAN ${wrong}`, { types: ['IBAN_CODE'] })) {
            expect(confidence).toBeLessThan(1);
          }
        },
      ),
    );
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...[
      'jane@example.com',
      '4111 1111 1111 1111',
      '+1 415 555 2671',
      'https://a.com/?q=',
      '::1',
      '1.2.3.4',
      'SSN ',
    ],
    ...[
      '219-09-9998',
      'password=',
      'DE89370400440532013000',
      '-----BEGIN PRIVATE KEY-----',
      'CA 94105',
      '😀',
      '１２',
    ],
    ...['\u200b', '\u00a0', ' ', '-', '.', '@', '/', '"', '电话', '\ud800', '\u{1d7d8}', 'a'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  );

  it('is read without an error; matches lie inside, in order, apart, and have a probability', () => {
    fc.assert(
      fc.property(text, (input) => {
        let free = 0;
        for (const { start, end, confidence } of recognise(input)) {
          expect(start).toBeGreaterThanOrEqual(free);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(input.length);
          expect(confidence).toBeGreaterThan(0);
          expect(confidence).toBeLessThanOrEqual(1);
          free = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same matches behind a prefix with invisible and astral characters, moved by its length', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('\u200b', '😀', '\u{1d7d8}', 'é', '\u2060')), (parts) => {
        const prefix = `${parts.join('')}\n`;
        const tail = 'IBAN DE89 3704 0044 0532 0130 00, jane@example.com';
        const moved = recognise(prefix + tail).map(({ start, end }) => (prefix + tail).slice(start, end));
        expect(moved).toEqual(['DE89 3704 0044 0532 0130 00', 'jane@example.com']);
      }),
    );
  });
});

describe('eight megabytes of one long token', () => {
  it.each(['1', '1-', 'a.', '1.', '电话1', 'a', '-'])('of %j do not exhaust the stack', (unit) => {
    expect(() => recognise(unit.repeat(8_000_000 / unit.length))).not.toThrow();
  });
});

describe('a megabyte built to be slow', () => {
  // Each would take minutes to hours where a recogniser looks at the rest of the text from every position.
  it.each([
    ...[
      'a',
      '1',
      '1 ',
      '1-',
      '(',
      '.',
      'a.',
      'a@',
      '@',
      'a.b@',
      '://',
      'a://',
      'http://',
      'http://a,',
      'www.a!',
    ],
    ...['a.com/', ':', 'a:', '::', '1.', '0x', 'eyJ', 'eyJa.', 'sk-', '-----BEGIN PRIVATE KEY-----', '"'],
    ...['password="', 'password=', 'GB82', 'A1-', 'bc1q', '电话1', '电', '１', '\u200b', '\u{1d7d8}', '"@'],
    ...['555-123-4567 ', '4111 1111 1111 1111 ', 'CA 94105 '],
  ])('of %j is read to the end', (unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    expect(recognise(`${text} jane@example.com`).at(-1)?.type).toBe('EMAIL_ADDRESS');
  });
});
