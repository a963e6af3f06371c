/**
 * Personal data and secrets that have a form: found by exact recognisers, without a model.
 *
 * @module
 */
import { recognisers } from './recognisers/index.js';
import { defaultRegions } from './recognisers/phone.js';
import { foldText } from './recognisers/support/folded-text.js';
import type { PhoneRegion, PiiMatch, PiiType } from './types.js';

export { defaultRegions, isPhoneRegion } from './recognisers/phone.js';

export interface RecogniseOptions {
  /** Types to look for; all that have a recogniser if left out. */
  readonly types?: Iterable<PiiType>;
  /** Countries whose national telephone formats count; {@link defaultRegions} if left out. */
  readonly regions?: readonly PhoneRegion[];
}

/** Types that {@link recognise} can find. The others have no form that could be checked. */
export const recognisedTypes: ReadonlySet<PiiType> = new Set(recognisers.flatMap(({ types }) => types));

/**
 * Matches in `text`, sorted by `start`, none overlapping another: of two that do, the surer one stays, then the
 * longer one, then the first. Offsets are UTF-16 units of `text` as given. Takes time linear in its length, does
 * not throw, and sees through full-width digits, wide spaces and invisible characters.
 */
export function recognise(text: string, options: RecogniseOptions = {}): PiiMatch[] {
  const wanted = options.types === undefined ? recognisedTypes : new Set(options.types);
  const regions = options.regions ?? defaultRegions;
  const folded = foldText(text);
  const matches: PiiMatch[] = [];
  for (const { name, types, find } of recognisers) {
    if (!types.some((type) => wanted.has(type))) continue;
    for (const { start, end, ...finding } of find(folded.text, { regions })) {
      if (!wanted.has(finding.type)) continue;
      matches.push({
        ...finding,
        start: folded.originalStart(start),
        end: folded.originalEnd(end),
        recogniser: name,
      });
    }
  }
  return withoutOverlaps(matches, text.length);
}

const byStart = (a: PiiMatch, b: PiiMatch) => a.start - b.start || b.end - a.end;
const byStrength = (a: PiiMatch, b: PiiMatch) =>
  b.confidence - a.confidence || b.end - b.start - (a.end - a.start) || a.start - b.start;

function withoutOverlaps(matches: PiiMatch[], length: number): PiiMatch[] {
  matches.sort(byStart);
  if (matches.every((match, index) => index === 0 || (matches[index - 1]?.end ?? 0) <= match.start)) {
    return matches;
  }
  // One recogniser's findings rarely overlap each other, so the spans together are as long as a few texts.
  const taken = new Uint8Array(length);
  const kept: PiiMatch[] = [];
  for (const match of matches.sort(byStrength)) {
    if (taken.subarray(match.start, match.end).includes(1)) continue;
    taken.fill(1, match.start, match.end);
    kept.push(match);
  }
  return kept.sort(byStart);
}
