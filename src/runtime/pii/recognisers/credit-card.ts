/**
 * Payment card numbers: ISO/IEC 7812 (Luhn check digit), issuer identification ranges and lengths as the card
 * schemes publish them.
 *
 * @module
 */
import { anyWord, isNear } from './support/context.js';
import { type DigitGroup, digitChains, passesLuhn } from './support/digit-groups.js';
import { isPartOfDecimal, standsAlone } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

interface Issuer {
  readonly name: string;
  readonly prefix: RegExp;
  readonly lengths: readonly number[];
  /** Ranges so wide that every tenth number of that length passes; they count only next to a card word. */
  readonly wide?: true;
}

const upTo19 = [16, 17, 18, 19];

/** The first entry that fits wins, so narrow ranges stand before wide ones. */
const issuers: readonly Issuer[] = [
  { name: 'American Express', prefix: /^3[47]/, lengths: [15] },
  { name: 'Diners Club', prefix: /^3(?:0[0-5]|095|[689])/, lengths: [14, ...upTo19] },
  { name: 'JCB', prefix: /^35(?:2[89]|[3-8])/, lengths: upTo19 },
  { name: 'JCB', prefix: /^(?:1800|2131)/, lengths: [15] },
  { name: 'Mir', prefix: /^220[0-4]/, lengths: upTo19 },
  { name: 'Mastercard', prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { name: 'Troy', prefix: /^(?:9792|65)/, lengths: [16] },
  { name: 'Discover', prefix: /^(?:6011|64[4-9]|65|622)/, lengths: upTo19 },
  { name: 'Verve', prefix: /^50(?:6[01]|78|79)/, lengths: [16, 18, 19] },
  { name: 'RuPay', prefix: /^(?:60|8[12]|508)/, lengths: [16] },
  { name: 'UnionPay', prefix: /^(?:62|81)/, lengths: upTo19 },
  { name: 'Visa', prefix: /^4/, lengths: [13, 16, 19] },
  { name: 'Maestro', prefix: /^(?:5[06-8]|6)/, lengths: [16] },
  { name: 'Maestro', prefix: /^(?:5[06-8]|6)/, lengths: [12, 13, 14, 15, 17, 18, 19], wide: true },
];

/** Numbers outside every known range, next to a card word: store and fleet cards, ranges assigned later. */
const unknownIssuer: Issuer = { name: 'unknown issuer', prefix: /^/, lengths: [], wide: true };

const cardWords = anyWord(
  '(?:credit|debit|bank|payment|gift)?[\\s_-]?cards?(?:[\\s_-]?(?:no|num|number|holder))?',
  'visa|mastercard|maestro|amex|american express|discover|diners|jcb|unionpay|rupay|mir',
  'cvv2?|cvc2?|pan|ccn|cc|expir(?:y|es|ation)',
  '(?:kredit|bank|ec-?|debit)?karten?(?:nummer)?|carte|tarjeta|carta di credito|cart[aã]o|карт[аыуе]',
  '卡号|信用卡|銀行卡|银行卡|カード|카드',
);

const fewest = 12;
const most = 19;
const mostGroups = 6;
/** Group lengths as embossed: fours with a rest (most schemes), 4-6-5 (American Express), 4-6-4 (Diners). */
const embossed = /^(?:4-4-4(?:-[1-4])?|4-4-4-4-[1-3]|4-6-5|4-6-4|8-8)$/;

function issuerOf(digits: string): Issuer | undefined {
  return issuers.find(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits));
}

function shapeOf(groups: readonly DigitGroup[]): 'plain' | 'embossed' | 'odd' | 'mixed' {
  if (groups.length === 1) return 'plain';
  const separators = new Set(groups.slice(1).map(({ separator }) => separator));
  if (separators.size > 1) return 'mixed';
  return embossed.test(groups.map(({ digits }) => digits.length).join('-')) ? 'embossed' : 'odd';
}

/** A neighbour connected by a dash, or four digits or more away by a space, may make it a longer number. */
function isConnected(neighbour: DigitGroup | undefined, separator: string): 'cut' | 'doubtful' | 'free' {
  if (neighbour === undefined) return 'free';
  if (separator === '-') return 'cut';
  return neighbour.digits.length >= 4 ? 'doubtful' : 'free';
}

function judge(
  text: string,
  chain: readonly DigitGroup[],
  first: number,
  last: number,
  digits: string,
): Finding | undefined {
  const from = chain[first];
  const to = chain[last];
  const issuer = issuerOf(digits) ?? unknownIssuer;
  if (from === undefined || to === undefined) return undefined;
  const { start } = from;
  const { end } = to;
  if (!standsAlone(text, start, end) || isPartOfDecimal(text, start, end)) return undefined;
  const ends = [
    isConnected(chain[first - 1], from.separator),
    isConnected(chain[last + 1], chain[last + 1]?.separator ?? ''),
  ];
  const shape = shapeOf(chain.slice(first, last + 1));
  if (shape === 'mixed' || ends.includes('cut')) return undefined;
  const named = isNear(text, start, end, cardWords);
  const certain = shape === 'embossed' || shape === 'plain';
  const found = { type: 'CREDIT_CARD', start, end } as const;
  if (!passesLuhn(digits)) {
    // Someone who says "card" and mistypes one digit has still given away the other fifteen.
    return named && certain && issuer.wide !== true && !ends.includes('doubtful')
      ? { ...found, confidence: 0.6, detail: `${issuer.name}, check digit fails` }
      : undefined;
  }
  if ((issuer.wide === true || !certain) && !named) return undefined;
  const detail = issuer.name;
  if (ends.includes('doubtful'))
    return issuer.wide === true ? undefined : { ...found, confidence: 0.75, detail };
  if (issuer === unknownIssuer) return certain ? { ...found, confidence: 0.8, detail } : undefined;
  if (issuer.wide === true || !certain) return { ...found, confidence: 0.9, detail };
  // One in ten numbers passes Luhn: a long identifier that happens to start like a card remains possible as
  // long as neither the grouping nor a word says "card".
  return { ...found, confidence: named || shape === 'embossed' ? 1 : 0.95, detail };
}

function findInChain(text: string, chain: readonly DigitGroup[], findings: Finding[]): void {
  for (let first = 0; first < chain.length; first += 1) {
    let digits = '';
    let best: { finding: Finding; last: number } | undefined;
    for (let last = first; last < Math.min(chain.length, first + mostGroups); last += 1) {
      const next = chain[last]?.digits ?? '';
      if (digits.length + next.length > most) break;
      digits += next;
      if (digits.length < fewest) continue;
      const finding = judge(text, chain, first, last, digits);
      if (finding !== undefined && finding.confidence >= (best?.finding.confidence ?? 0)) {
        best = { finding, last };
      }
    }
    if (best === undefined) continue;
    findings.push(best.finding);
    first = best.last;
  }
}

export const creditCard: Recogniser = {
  name: 'credit-card',
  types: ['CREDIT_CARD'],
  find(text) {
    const findings: Finding[] = [];
    for (const chain of digitChains(text)) findInChain(text, chain, findings);
    return findings;
  },
};
