/**
 * Digits that people break into groups.
 *
 * @module
 */

export interface DigitGroup {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** What stands between the group before and this one; empty for the first. */
  readonly separator: string;
}

// Cut after a thousand groups: the expression engine keeps a place on its stack for each.
const chain = /\d+(?:(?: {1,2}|-)\d+){0,1000}/g;
const group = /( {1,2}|-)?(\d+)/g;

/** Longest runs of digit groups with one dash or up to two spaces between them, in order. */
export function* digitChains(text: string): Generator<readonly DigitGroup[]> {
  for (const { 0: found, index } of text.matchAll(chain)) {
    const groups: DigitGroup[] = [];
    for (const { 1: separator = '', 2: digits = '', index: offset } of found.matchAll(group)) {
      const start = index + offset + separator.length;
      groups.push({ start, end: start + digits.length, digits, separator });
    }
    yield groups;
  }
}

/** Luhn check digit, ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const weighted = index % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
