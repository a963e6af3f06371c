/**
 * Telephone numbers (ITU-T E.164, and national forms): numbering plans from libphonenumber.
 *
 * Candidates are cut out here and handed over one by one instead of giving the whole text to the library's
 * search: that would read a text once per region, and its cost on long runs of digits is not bounded.
 *
 * @module
 */
import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { PhoneRegion } from '../types.js';
import { after, anyWord, before, labelOf } from './support/context.js';
import { gluedAfter, gluedBefore, isPartOfDecimal } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

/** Regions whose national forms count unless the caller names others: the largest user bases of chat models. */
export const defaultRegions: readonly PhoneRegion[] = [
  'US',
  'GB',
  'IN',
  'DE',
  'FR',
  'ES',
  'IT',
  'NL',
  'BR',
  'MX',
  'AU',
  'JP',
];

/** Whether the text is the ISO 3166-1 alpha-2 code (capitals) of a country with a known numbering plan. */
export function isPhoneRegion(code: string): code is PhoneRegion {
  return isSupportedCountry(code);
}

// Cut after a thousand digits: the expression engine keeps a place on its stack for each.
const chain = /[+(]{0,2}\d(?:[ ()./-]{0,3}\d){0,1000}/g;
const extension = /^(?:\s?x|[\s,;]{0,2}(?:ext(?:ension)?|extn|durchwahl|poste|int)\b\.?:?)\s?\d{1,6}(?!\d)/i;
const words = anyWord(
  '(?:tele)?phones?|phone[\\s_-]?(?:no|number)|tel|mobile|mob|cell(?:phone|ular)?|landline|fax|hotline|helpline|toll[\\s-]?free',
  'call(?:ing|ed|s)?|text|sms|whats ?app|signal|viber|telegram|dial|ring|reach|contact|voicemail|extension|messages?|answer(?:ing|s|ed)?|office|desk|pager',
  'telefon(?:nummer|o)?|handy(?:nummer)?|mobil(?:nummer)?|rufnummer|anrufen|ruf|erreichbar|erreichen',
  't[eé]l[eé]phone|t[eé]l|portable|appel(?:er|ez|le)|joindre|num[eé]ro|tel[eé]fono|m[oó]vil|celular|ll[aá]m[ae](?:me|r)?|cellulare|chiama(?:re|mi|te)?|ligar|ligue|telefoon|bel',
  'телефон|тел|моб|звоните|позвони(?:те)?',
  '电话|電話|手机|手機|携帯|연락처|전화',
);
const label = labelOf(
  '(?:tele)?phones?|phone[\\s_-]?(?:no|number)|tel|mobile|mob|cell(?:phone)?|landline|fax|pager|desk|whats ?app|(?:answering|call|text|reach|ring|dial|contact)',
  'telefon(?:nummer|o)?|handy(?:nummer)?|mobil(?:nummer)?|rufnummer|t[eé]l[eé]phone|t[eé]l|portable|tel[eé]fono|m[oó]vil|celular|cellulare|telefoon',
  'телефон|тел|моб',
  '电话|電話|手机|手機|携帯|전화',
);
/** What else a number may be, right before it. */
const otherLabel = labelOf(
  'orders?|invoices?|tickets?|cases?|tracking|serial|isbn(?:-1[03])?|issn|sku|ref(?:erence)?|ids?|uuid|accounts?|acct|iban|bic|konto|cards?|ssn|sin|ein|vat|tax',
  'versions?|p\\.?o\\.? box|zip|postcode|batch|part|models?|article|artikel|bestell(?:ung|nummer)|rechnung(?:snummer)?|auftrag|commande|facture|pedido|factura|customer|kunden(?:nummer)?|member|policy|passport|licen[cs]e|plate|port|pid|timestamp|epoch|size|count|total|amount|population|lot|figure|table|page|row|line|coordinates?|lat(?:itude)?|lon(?:gitude)?|lng|seed|hash|checksum|date|dated|born|between|from|score|range|room|apt|apartments?|suite|unit|floor|bus|flight|patent|no|nr|num|#|№',
);
const money = /(?:[$€£¥₹₽]|\b(?:usd|eur|gbp|chf|inr|rs\.?|jpy))\s?$/i;
const unit =
  /^\s?(?:[%€£¥₹₽°]|(?:usd|eur|gbp|dollars?|euros?|km|kg|gb|mb|kb|ms|sec|bytes?|tokens?|people|items?|units?|users?|rows?)\b)/i;

const dates = [
  /^(?:1[5-9]|20|21)\d{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])(?:[ T-]\d{1,2}(?:[ .]?\d{2}){0,3})?$/,
  /^(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:(?:1[5-9]|20|21)?\d{2})(?: \d{1,2}(?:[ .]?\d{2}){0,3})?$/,
  // Years and ranges of them, and stamps of date and time without separators
  /^(?:1[5-9]|20|21)\d{2} ?[-/ ] ?(?:(?:1[5-9]|20|21)\d{2})(?:[ -]+(?:1[5-9]|20|21)\d{2})*$/,
  /^20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-. ]?\d{0,6}$/,
];
/** Dotted quads, versions, thousands in threes, decimals. */
const otherNumbers = [
  /^\d{1,3}(?:\.\d{1,3}){3}$/,
  /^\d{1,4}(?:\.\d{1,4}){1,2}$/,
  /^\d{1,3}(?:[ .]\d{3})+$/,
  /^\d+\.\d+$/,
  /^\d{1,5}(?:[-/]\d{1,5})$/,
  /^\d{3}-\d{2}-\d{4}$/,
  /^97[89][- ]/,
];
const northAmerican = /^(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\)[ -]?|[2-9]\d{2}[-. ])\d{3}[-. ]\d{4}$/;

/**
 * How often the numbering plans are consulted in one text: each time costs about 10 µs, and a text of nothing but
 * numbers would hold up every other request for seconds. Beyond it the form alone decides, which finds more.
 */
const mostLookUps = 20_000;

/** Numbering plans of some regions, with a limited number of look-ups. */
class Plans {
  #left = mostLookUps;

  constructor(private readonly regions: readonly PhoneRegion[]) {}

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** The number if it may be in use: written in full, or as in one of the regions. */
  international(candidate: string): PhoneNumber | undefined {
    this.#left -= 1;
    return this.exhausted ? undefined : parsePhoneNumberFromString(candidate, { extract: false });
  }

  national(candidate: string): PhoneNumber | undefined {
    // Brackets and dashes as in North America: no other plan could make it likelier.
    const shaped = northAmerican.test(candidate) && this.regions.includes('US');
    for (const defaultCountry of shaped ? (['US'] as const) : this.regions) {
      this.#left -= 1;
      if (this.exhausted) return undefined;
      const number = parsePhoneNumberFromString(candidate, { defaultCountry, extract: false });
      if (number?.isValid()) return number;
    }
    return undefined;
  }
}

/** The number of a house: words in capitals and one for a street follow. */
const street =
  /^ (?:[\p{Lu}\d][\p{L}\d.'-]*,? ){1,4}(?:st|street|ave|avenue|rd|road|lane|ln|drive|dr|blvd|boulevard|way|court|ct|place|square)\b/iu;

interface Judgement {
  readonly confidence: number;
  readonly detail?: string;
}

const unchecked: Judgement = { confidence: 0.6, detail: 'numbering plan not consulted' };

function international(candidate: string, isLabelled: boolean, plans: Plans): Judgement | undefined {
  const plain = candidate.replace(/^\(?(?:00|011)(?=[ -]?[1-9])/, '+').replace(/^\(\+/, '+(');
  if (!plain.startsWith('+')) return undefined;
  const dialled = !candidate.includes('+');
  const number =
    plans.international(plain.replace('+(', '+')) ?? plans.international(plain.replace(/\(0\)/, ''));
  if (number?.isValid()) {
    const detail = number.country ?? `+${number.countryCallingCode}`;
    // Nothing else is written with a plus and a country code; two zeros may begin any number.
    return { confidence: dialled && !isLabelled ? 0.85 : 0.99, detail };
  }
  const digits = plain.replace(/\D/g, '').length;
  if (digits < 8 || digits > 15) return undefined;
  if (plans.exhausted) return dialled ? undefined : unchecked;
  if (number?.isPossible() && (!dialled || isLabelled || /[ ().-]/.test(candidate))) {
    return { confidence: isLabelled ? 0.9 : 0.75, detail: `+${number.countryCallingCode}, range not in use` };
  }
  return undefined;
}

/**
 * Whether a number is broken up the way telephone numbers are and amounts are not: a bracket, or a trunk zero,
 * or groups of different lengths, at least three groups or two with a bracket or zero.
 */
function isFormatted(candidate: string): boolean {
  const groups = candidate.split(/[^\d]+/).filter((group) => group !== '');
  if (groups.length < 2) return false;
  if (/^\(\d/.test(candidate) || candidate.startsWith('0')) return true;
  return groups.length >= 3 && !groups.every((group) => group.length === groups[0]?.length);
}

function isOther(text: string, candidate: string, start: number, end: number): boolean {
  if (money.test(before(text, start, 6)) || unit.test(after(text, end, 10))) return true;
  if (otherLabel.test(before(text, start))) return !label.test(before(text, start));
  const close = candidate.replace(/ ?([-./]) ?/g, '$1');
  return dates.some((form) => form.test(close)) || street.test(after(text, end, 60));
}

function judge(
  text: string,
  candidate: string,
  start: number,
  end: number,
  whole: boolean,
  plans: Plans,
): Judgement | undefined {
  const digits = candidate.replace(/\D/g, '').length;
  if (digits < 6 || digits > 17) return undefined;
  const isLabelled = label.test(before(text, start));
  // Part of a longer run of groups: only with separators that hold it together.
  const held = whole || isLabelled || /^\(?(?:\+|00|011)/.test(candidate) || northAmerican.test(candidate);
  if (!held || isOther(text, candidate, start, end)) return undefined;
  const abroad = international(candidate, isLabelled, plans);
  if (abroad !== undefined || candidate.includes('+')) return abroad;
  if (!whole && !isLabelled && !northAmerican.test(candidate)) return undefined;
  const other = !northAmerican.test(candidate) && otherNumbers.some((form) => form.test(candidate));
  if (other && !isLabelled) return undefined;
  const named = isLabelled || words.test(before(text, start)) || words.test(after(text, end, 20));
  const formatted = isFormatted(candidate);
  // Seven or eight digits, or digits without any grouping, are too common to be taken for one unnamed or far off.
  if (!isLabelled && digits < (named && formatted ? 7 : 9)) return undefined;
  if (!named && (!formatted || / [./]|[./] /.test(candidate))) return undefined;
  const number = digits <= 15 ? plans.national(candidate) : undefined;
  if (number !== undefined) {
    const detail = number.country ?? `+${number.countryCallingCode}`;
    if (named) return { confidence: isLabelled || formatted ? 0.97 : 0.85, detail };
    return { confidence: northAmerican.test(candidate) ? 0.9 : 0.75, detail };
  }
  if (plans.exhausted) return unchecked;
  if (northAmerican.test(candidate)) {
    return { confidence: named ? 0.9 : 0.7, detail: 'US, area or exchange not in use' };
  }
  // The text itself calls it a telephone number; local ones and those of other regions fit no plan.
  if (isLabelled && digits <= 15 && !/^\d{4}-\d{2}-\d{2}$/.test(candidate)) {
    return { confidence: digits >= 7 ? 0.8 : 0.6, detail: 'labelled' };
  }
  return undefined;
}

/** Pieces that are tried together: more groups than that no telephone number has. */
const mostPieces = 7;

/** Numbers in one chain of digits and separators, leftmost and longest first. */
function findInChain(text: string, found: string, offset: number, plans: Plans, findings: Finding[]): void {
  const pieces = [...found.matchAll(/\S+/g)].map(({ 0: piece, index }) => ({
    start: offset + index,
    end: offset + index + piece.length,
  }));
  for (let first = 0; first < pieces.length; first += 1) {
    for (let last = Math.min(pieces.length, first + mostPieces) - 1; last >= first; last -= 1) {
      const start = pieces[first]?.start ?? 0;
      const end = trimmedEnd(text, start, pieces[last]?.end ?? 0);
      if (end - start > 32 || gluedBefore(text, start)) continue;
      const more = extension.exec(text.slice(end, end + 20))?.[0].length ?? 0;
      if (gluedAfter(text, end + more) || isPartOfDecimal(text, start, end)) continue;
      const whole = first === 0 && last === pieces.length - 1;
      const judged = judge(text, text.slice(start, end), start, end, whole, plans);
      if (judged === undefined) continue;
      findings.push({ type: 'PHONE_NUMBER', start, end: end + more, ...judged });
      first = last;
      break;
    }
  }
}

/** End without separators after the last digit. */
function trimmedEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && /[^\d]/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

export const phone: Recogniser = {
  name: 'phone',
  types: ['PHONE_NUMBER'],
  find(text, { regions }) {
    const findings: Finding[] = [];
    const plans = new Plans(regions);
    for (const { 0: found, index } of text.matchAll(chain)) {
      if (found.length < 6) continue;
      // Joined to letters or a longer token by a sign: identifiers, paths, UUIDs.
      const joined =
        gluedBefore(text, index) || (/[-/.#=]/.test(text.charAt(index - 1)) && gluedBefore(text, index - 1));
      if (joined && !label.test(before(text, index))) continue;
      findInChain(text, found, index, plans, findings);
    }
    return findings;
  },
};
