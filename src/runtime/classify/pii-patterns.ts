/**
 * The exact recognisers over a text of any length, without keeping other requests waiting.
 *
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PiiMatch } from '../pii/types.js';

/** About ten milliseconds of work. */
const sliceUnits = 64 * 1024;
/** Recognisers look for words such as "card number" before a value. */
const unitsBefore = 1024;
/** Longer than any private key. */
const unitsAfter = 16 * 1024;

/**
 * What `recognise(text)` finds. A long text is read in slices, between which the event loop turns; a match
 * belongs to the slice in which it begins, and each slice is read with its surroundings.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function recogniseInSlices(text: string, signal?: AbortSignal): Promise<PiiMatch[]> {
  signal?.throwIfAborted();
  // With the telephone numbers of all countries: megabytes that a router without such rules need not hold.
  const { recognise } = await import('../pii/recognise.js');
  if (text.length <= sliceUnits + unitsAfter) {
    const all = recognise(text);
    // A batch may hold a thousand texts that nothing else is waited for in between.
    await nextTurn();
    return all;
  }
  const matches: PiiMatch[] = [];
  for (let from = 0; from < text.length; from += sliceUnits) {
    signal?.throwIfAborted();
    const to = from + sliceUnits;
    const base = wholeCharacter(text, Math.max(0, from - unitsBefore));
    for (const match of recognise(text.slice(base, wholeCharacter(text, to + unitsAfter)))) {
      const start = base + match.start;
      const last = matches.at(-1);
      if (start < from || start >= to || (last !== undefined && start < last.end)) continue;
      matches.push({ ...match, start, end: base + match.end });
    }
    await nextTurn();
  }
  return matches;
}

/** `at`, or the place before if a surrogate pair would be cut in two. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return at > 0 && unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
