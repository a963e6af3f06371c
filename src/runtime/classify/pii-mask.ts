/**
 * Putting placeholders in place of personal data.
 *
 * @module
 */
import type { PiiEntity } from './pii-merge.js';

export interface Masked {
  readonly text: string;
  /** `[TYPE_n]` per entity, in their order. */
  readonly placeholders: readonly string[];
}

/** Shorter values, such as an age, are also parts of harmless texts. */
const leastRepeated = 3;
const word = /[\p{L}\p{N}]+/gu;

interface Repeatable {
  readonly value: string;
  /** Where its first word begins in it. */
  readonly offset: number;
  readonly placeholder: string;
}

/**
 * Replaces entities by `[TYPE_n]`; the same text has the same number, counted per type. A value that was
 * found in one place is hidden wherever else it stands as a whole word: a name that shows through once is
 * not masked at all.
 *
 * @param entities In the order of the text, without overlaps.
 */
export function maskEntities(text: string, entities: readonly PiiEntity[]): Masked {
  const numbers = new Map<string, Map<string, number>>();
  const repeatable = new Map<string, Repeatable[]>();
  const placeholders = entities.map(({ type, start, end }) => {
    const value = text.slice(start, end);
    const ofType = numbers.get(type) ?? new Map<string, number>();
    numbers.set(type, ofType);
    const known = ofType.get(value);
    const number = known ?? ofType.size + 1;
    const placeholder = `[${type}_${number}]`;
    if (known === undefined) {
      ofType.set(value, number);
      remember(repeatable, value, placeholder);
    }
    return placeholder;
  });
  let masked = '';
  let at = 0;
  entities.forEach(({ start, end }, index) => {
    masked += hideRepeats(text, at, start, repeatable) + (placeholders[index] ?? '');
    at = end;
  });
  return { text: masked + hideRepeats(text, at, text.length, repeatable), placeholders };
}

function remember(repeatable: Map<string, Repeatable[]>, value: string, placeholder: string): void {
  const words = [...value.matchAll(word)];
  const [first] = words;
  if (first === undefined || words.reduce((sum, [one]) => sum + one.length, 0) < leastRepeated) return;
  const entry = { value, offset: first.index, placeholder };
  const others = repeatable.get(first[0]);
  // The longest first: "Ann Lee" before "Ann".
  const all = [...(others ?? []), entry].sort((a, b) => b.value.length - a.value.length);
  repeatable.set(first[0], all);
}

/** `text.slice(from, to)` with every further place of a known value replaced. */
function hideRepeats(
  text: string,
  from: number,
  to: number,
  repeatable: ReadonlyMap<string, readonly Repeatable[]>,
): string {
  const stretch = text.slice(from, to);
  if (repeatable.size === 0) return stretch;
  let masked = '';
  let at = 0;
  for (const match of stretch.matchAll(word)) {
    const found = repeatable.get(match[0])?.find(({ value, offset }) => {
      const start = match.index - offset;
      return start >= at && stretch.startsWith(value, start) && endsWord(stretch, start + value.length);
    });
    if (found === undefined) continue;
    const start = match.index - found.offset;
    masked += stretch.slice(at, start) + found.placeholder;
    at = start + found.value.length;
  }
  return masked + stretch.slice(at);
}

/** Whether no word goes on at `at`, so that "Ann" is not found in "Annapolis". */
function endsWord(text: string, at: number): boolean {
  return (
    !/^[\p{L}\p{N}]/u.test(text.slice(at, at + 2)) ||
    !/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at))
  );
}
