/**
 * Splits a text at matches, in the five ways that tokenizer.json knows.
 *
 * @module
 */
import type { AlignedText } from './aligned-text.js';
import { codePointSize } from './code-points.js';
import { eachMatch } from './patterns.js';
import type { Section } from './section.js';

/** Stretches of a text that cover it, each either a match or what is between two. */
export class Stretches {
  readonly #starts: number[] = [];
  readonly #matches: boolean[] = [];

  get length(): number {
    return this.#starts.length;
  }

  add(start: number, match: boolean): void {
    this.#starts.push(start);
    this.#matches.push(match);
  }

  start(i: number): number {
    return this.#starts[i] ?? 0;
  }

  isMatch(i: number): boolean {
    return this.#matches[i] ?? false;
  }
}

/** Where a delimiter goes. */
export type Behavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

const behaviors: readonly Behavior[] = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
];

/** Reads `behavior`. */
export function parseBehavior(section: Section, fallback?: Behavior): Behavior {
  const name = section.string('behavior', fallback);
  const found = behaviors.find((behavior) => behavior === name);
  if (found === undefined) throw section.unsupported(`behavior ${name}`);
  return found;
}

/** Stretches by the matches of a global pattern; `undefined` has none. */
export function stretchesOf(text: string, pattern: RegExp | undefined, invert = false): Stretches {
  const stretches = new Stretches();
  let from = 0;
  if (pattern !== undefined) {
    eachMatch(pattern, text, (start, end) => {
      if (from < start) stretches.add(from, invert);
      stretches.add(start, !invert);
      from = end;
    });
  }
  if (from < text.length) stretches.add(from, invert);
  return stretches;
}

/** Stretches in which each character of which `test` is true is a match of its own. */
export function characterStretches(text: string, test: (codePoint: number) => boolean): Stretches {
  const stretches = new Stretches();
  let between = false;
  for (let at = 0; at < text.length; at += codePointSize(text, at)) {
    const match = test(text.codePointAt(at) ?? 0);
    if (match || !between) stretches.add(at, match);
    between = !match;
  }
  return stretches;
}

/** Calls `emit` for each part that is not empty, in order. */
export function split(
  source: AlignedText,
  stretches: Stretches,
  behavior: Behavior,
  emit: (part: AlignedText) => void,
): void {
  const { length } = stretches;
  const endOf = (i: number): number => (i + 1 < length ? stretches.start(i + 1) : source.length);
  const part = (first: number, last: number): void => {
    const from = stretches.start(first);
    const to = endOf(last);
    if (from < to) emit(source.slice(from, to));
  };

  if (behavior === 'Removed' || behavior === 'Isolated') {
    for (let i = 0; i < length; i++) if (behavior === 'Isolated' || !stretches.isMatch(i)) part(i, i);
    return;
  }
  if (behavior === 'MergedWithNext') {
    splitBeforeMatches(stretches, part);
    return;
  }
  for (let first = 0; first < length; ) {
    let last = first;
    const grows =
      behavior === 'Contiguous'
        ? (i: number) => stretches.isMatch(i) === stretches.isMatch(i - 1)
        : (i: number) => stretches.isMatch(i) && !stretches.isMatch(i - 1);
    while (last + 1 < length && grows(last + 1)) last++;
    part(first, last);
    first = last + 1;
  }
}

/** A match is joined with the text that follows; of several in a row only the last one. */
function splitBeforeMatches(stretches: Stretches, part: (first: number, last: number) => void): void {
  for (let i = 0; i < stretches.length; i++) {
    const joins = stretches.isMatch(i) && i + 1 < stretches.length && !stretches.isMatch(i + 1);
    part(i, joins ? i + 1 : i);
    if (joins) i++;
  }
}
