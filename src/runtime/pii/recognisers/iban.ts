/**
 * International bank account numbers: ISO 13616 (country structures of the SWIFT IBAN registry), check digits
 * by ISO 7064 mod 97-10.
 *
 * @module
 */
import { anyWord, isNear } from './support/context.js';
import { gluedAfter } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

/** Account part per country: a count and n (digits), a (capital letters) or c (either), repeated. */
const structures = new Map(
  [
    'AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n',
    'CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n',
    'GI4a15c GL14n GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c',
    'KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n',
    'MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n',
    'RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c',
    'UA6n19c VA18n VG4a16n XK16n YE4a4n18c',
    // Not in the registry, but issued this way by national banks.
    'AO21n BF2c22n BJ2c22n CF23n CG23n CI2a22n CM23n CV21n DZ22n GA23n GQ23n GW2c19n IR22n KM23n MA24n MG23n',
    'ML2c22n MZ21n NE2a22n SN2c22n TD23n TG2a22n',
  ]
    .join(' ')
    .split(' ')
    .map((entry): [string, { length: number; pattern: RegExp }] => {
      const parts = [...entry.slice(2).matchAll(/(\d+)([nac])/g)];
      const sets: Record<string, string> = { n: '\\d', a: '[A-Z]', c: '[A-Z\\d]' };
      const source = parts.map(([, count, set = '']) => `${sets[set]}{${count}}`).join('');
      const length = 4 + parts.reduce((sum, [, count]) => sum + Number(count), 0);
      return [entry.slice(0, 2), { length, pattern: new RegExp(`^${source}$`) }];
    }),
);

/** Countries whose account structure is known, for tests: code, length with the four leading characters. */
export const ibanLengths: ReadonlyMap<string, number> = new Map(
  [...structures].map(([country, { length }]) => [country, length]),
);

const opening = /(?<![A-Za-z\d_])[A-Za-z]{2}[ -]?\d{2}/g;
const accountWords = anyWord(
  'iban',
  'bank',
  'accounts?',
  'konto',
  'compte',
  'cuenta',
  'conto',
  'conta',
  'wire',
);

function isAlphanumeric(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || (unit >= 97 && unit <= 122);
}

/** ISO 7064 mod 97-10 over capital letters and digits, letters counting 10 to 35. */
function remainder(account: string): number {
  let rest = 0;
  for (let index = 0; index < account.length; index += 1) {
    const value = Number.parseInt(account.charAt(index), 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

interface Reading {
  readonly end: number;
  readonly groups: readonly string[];
}

/** Letters and digits from `start`, single spaces or dashes between them, until there are `length` of them. */
function readFrom(text: string, start: number, length: number): Reading | undefined {
  const groups: string[] = [];
  let group = '';
  let index = start;
  for (let left = length; left > 0; index += 1) {
    const unit = text.charCodeAt(index);
    if (isAlphanumeric(unit)) {
      group += text.charAt(index);
      left -= 1;
    } else {
      const separates = (unit === 32 || unit === 45) && isAlphanumeric(text.charCodeAt(index + 1));
      if (!separates) return undefined;
      groups.push(group);
      group = '';
    }
  }
  return { end: index, groups: [...groups, group] };
}

/** Fours as printed, or groups none of which could be a word of the sentence around it. */
function isGrouping(groups: readonly string[]): boolean {
  const fours = groups.every((group, index) =>
    index === groups.length - 1 ? group.length <= 4 : group.length === 4,
  );
  return fours || groups.every((group, index) => index === 0 || /\d/.test(group) || /^[A-Z]{4}$/.test(group));
}

export const iban: Recogniser = {
  name: 'iban',
  types: ['IBAN_CODE'],
  find(text) {
    const findings: Finding[] = [];
    let free = 0;
    for (const { 0: head, index: start } of text.matchAll(opening)) {
      const country = head.slice(0, 2).toUpperCase();
      const structure = structures.get(country);
      if (structure === undefined || start < free) continue;
      const reading = readFrom(text, start, structure.length);
      if (reading === undefined || gluedAfter(text, reading.end) || !isGrouping(reading.groups)) continue;
      const characters = reading.groups.join('').toUpperCase();
      if (!structure.pattern.test(characters.slice(4))) continue;
      const found = { type: 'IBAN_CODE', start, end: reading.end } as const;
      if (remainder(characters.slice(4) + characters.slice(0, 4)) === 1) {
        findings.push({ ...found, confidence: 1, detail: country });
        free = reading.end;
      } else if (isNear(text, start, reading.end, accountWords)) {
        // A mistyped account number next to the word for one still tells bank and account.
        findings.push({ ...found, confidence: 0.7, detail: `${country}, check digits fail` });
        free = reading.end;
      }
    }
    return findings;
  },
};
