/**
 * US driver licence numbers. The states' formats (AAMVA) have no check digit and between them cover most short
 * identifiers, so a word for the document must stand right before the number or the state's name near it.
 *
 * @module
 */
import { anyWord, before, isNear } from './support/context.js';
import { isPartOfDecimal, standsAlone } from './support/edges.js';
import type { Finding, Recogniser } from './types.js';

const candidate =
  /(?<![A-Za-z\d_-])(?=[A-Za-z\d-]{0,7}\d)[A-Za-z\d]{1,15}(?:-[A-Za-z\d]{1,6}| [A-Za-z\d]{2,6}){0,4}(?![A-Za-z\d_])/g;
const documentWords = anyWord(
  "driv(?:er'?s?|er’s|ing)[\\s_-]?(?:licen[cs]e|permit)s?(?:[\\s_-]?(?:id|no|num|number))?",
  'licen[cs]e (?:no|num|number|#)',
  'dl ?(?:#|no|num|number)',
  'dln?',
  'd\\.l\\.',
  'dmv',
);
const plateWords = anyWord('plates?', 'licen[cs]e plates?', 'software licen[cs]e', 'licen[cs]e key');

/** Formats of the states, without dashes and spaces. */
const formats: readonly RegExp[] = [
  // Digits only: AK, AL, AR, CT, DC, DE, GA, IA, LA, ME, MS, MT, NC, NM, NY, OR, PA, SC, SD, TN, TX, UT, WV …
  /^\d{6,10}$/,
  /^\d{12}$/,
  // A letter and digits: CA, HI, AZ, CO, OK, VA, NE, KY, MA, OH, WI, MN, MD, FL, MI, IL, NJ, MO, KS …
  /^[A-Z](?:\d{6,9}|\d{11,14})$/,
  // Two or three letters first: ID, IA, NH, OH, CO, ND, WV
  /^[A-Z]{2}\d{5,7}[A-Z]?$/,
  /^[A-Z]{3}\d{6}$/,
  /^\d{2}[A-Z]{3}\d{5}$/,
  // KS, MO, ID, NV, VT with letters behind or inside
  /^[A-Z]\d[A-Z]\d[A-Z]$/,
  /^(?:\d{7}A|\d{8}[A-Z]{2}|\d{9}[A-Z]|\d{3}[A-Z]{2}\d{4}|X\d{8})$/,
  // WA: letters of the name, then the year and a check
  /^(?:[A-Z*]{5,7}\d{3}[A-Z\d]{2}|WDL[A-Z\d]{9})$/,
];

/** Numbers that are dates or telephone numbers, which stand near the same words. */
const otherForm = /^(?:\d{4}-\d{2}-\d{2}|\d{2}-\d{2}-\d{4}|\d{3}-\d{3}-\d{4}|\d{3}-\d{2}-\d{4}|\d{5}-\d{4})$/;

export const driverLicense: Recogniser = {
  name: 'driver-license',
  types: ['US_DRIVER_LICENSE'],
  find(text) {
    const findings: Finding[] = [];
    if (!documentWords.test(text)) return findings;
    for (const { 0: run, index: start } of text.matchAll(candidate)) {
      const found = longestFormat(run);
      if (found === undefined || otherForm.test(found)) continue;
      const end = start + found.length;
      if (!standsAlone(text, start, end) || isPartOfDecimal(text, start, end)) continue;
      if (!documentWords.test(before(text, start)) || isNear(text, start, end, plateWords, 25)) continue;
      findings.push({ type: 'US_DRIVER_LICENSE', start, end, confidence: 0.85 });
    }
    return findings;
  },
};

/** The longest beginning of the run, cut at its separators, that some state issues. */
function longestFormat(run: string): string | undefined {
  for (let found = run; found !== ''; found = found.replace(/(?:^|[ -])[^ -]*$/, '')) {
    const spaced = found.includes(' ') && /[a-z]/.test(found);
    const compact = found.replace(/[ -]/g, '').toUpperCase();
    if (!spaced && formats.some((format) => format.test(compact))) return found;
  }
  return undefined;
}
