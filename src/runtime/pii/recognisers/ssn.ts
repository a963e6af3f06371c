/**
 * US social security numbers: three groups AAA-GG-SSSS, with the areas, groups and serials that the Social
 * Security Administration never issues left out (area 000, 666, 900–999; group 00; serial 0000).
 *
 * @module
 */
import { anyWord, isNear } from './support/context.js';
import { isPartOfDecimal, standsAlone } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

const candidate = /(?<![\d-])(\d{3})(-| ?)(\d{2})\2(\d{4})(?![\d]|-\d)/g;
const words = anyWord(
  'ssns?',
  'social[\\s-]security',
  'social(?= (?:is|number|#))',
  'soc(?:ial)? sec',
  'ssa',
  'tax(?:payer)? id',
);

function isIssued(area: string, group: string, serial: string): boolean {
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}

/** Dashes alone make the form likely, spaces less so, and nine plain digits say nothing without a word. */
function confidenceOf(separator: string, named: boolean): number | undefined {
  if (separator === '-') return named ? 0.99 : 0.85;
  if (separator === ' ') return named ? 0.97 : 0.5;
  return named ? 0.85 : undefined;
}

export const ssn: Recogniser = {
  name: 'ssn',
  types: ['US_SSN'],
  find(text) {
    const findings: Finding[] = [];
    for (const match of text.matchAll(candidate)) {
      const [found, area = '', separator = '', group = '', serial = ''] = match;
      const start = match.index;
      const end = start + found.length;
      if (!isIssued(area, group, serial)) continue;
      if (!standsAlone(text, start, end) || isPartOfDecimal(text, start, end)) continue;
      // Spaces are weak separators: with digits beyond them it is a longer number.
      if (
        separator === ' ' &&
        (/\d $/.test(text.slice(start - 2, start)) || /^ \d/.test(text.slice(end, end + 2)))
      )
        continue;
      const confidence = confidenceOf(separator, isNear(text, start, end, words));
      if (confidence !== undefined) findings.push({ type: 'US_SSN', start, end, confidence });
    }
    return findings;
  },
};
