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

/** A value that is hidden wherever its words stand with what belongs to it before and after them. */
interface Ending {
  readonly before: string;
  readonly after: string;
  readonly placeholder: string;
}

/** Values that begin with the same words, so that a text is compared with all values at once. */
class Branch {
  /** By the next word with what stands before it. */
  readonly next = new Map<string, Branch>();
  readonly endings: Ending[] = [];

  step(key: string): Branch {
    const known = this.next.get(key);
    if (known !== undefined) return known;
    const made = new Branch();
    this.next.set(key, made);
    return made;
  }
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
  const values = new Branch();
  const placeholders = entities.map(({ type, start, end }) => {
    const value = text.slice(start, end);
    const ofType = numbers.get(type) ?? new Map<string, number>();
    numbers.set(type, ofType);
    const known = ofType.get(value);
    const number = known ?? ofType.size + 1;
    const placeholder = `[${type}_${number}]`;
    if (known === undefined) {
      ofType.set(value, number);
      remember(values, value, placeholder);
    }
    return placeholder;
  });
  let masked = '';
  let at = 0;
  entities.forEach(({ start, end }, index) => {
    masked += hideRepeats(text.slice(at, start), values) + (placeholders[index] ?? '');
    at = end;
  });
  return { text: masked + hideRepeats(text.slice(at), values), placeholders };
}

function remember(values: Branch, value: string, placeholder: string): void {
  const words = [...value.matchAll(word)];
  const [first] = words;
  if (first === undefined || words.reduce((sum, [one]) => sum + one.length, 0) < leastRepeated) return;
  let branch = values;
  let end = first.index;
  for (const { 0: one, index } of words) {
    const next = index + one.length;
    branch = branch.step(value.slice(end, next));
    end = next;
  }
  branch.endings.push({ before: value.slice(0, first.index), after: value.slice(end), placeholder });
}

/** `text` with every place of a known value replaced. */
function hideRepeats(text: string, values: Branch): string {
  if (values.next.size === 0) return text;
  let masked = '';
  let at = 0;
  for (const { 0: one, index } of text.matchAll(word)) {
    const branch = index < at ? undefined : values.next.get(one);
    const found = branch && longestValue(text, index, one, branch, at);
    if (found === undefined) continue;
    masked += text.slice(at, found.start) + found.placeholder;
    at = found.end;
  }
  return masked + text.slice(at);
}

interface FoundValue {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

/** The longest value whose first word `one` stands at `index`: "Ann Lee" before "Ann". */
function longestValue(
  text: string,
  index: number,
  one: string,
  first: Branch,
  from: number,
): FoundValue | undefined {
  let longest: FoundValue | undefined;
  let end = index + one.length;
  const words = new RegExp(word);
  for (let branch: Branch | undefined = first; branch !== undefined; ) {
    for (const { before, after, placeholder } of branch.endings) {
      const start = index - before.length;
      const fits = start >= from && text.startsWith(before, start) && text.startsWith(after, end);
      if (fits && end + after.length > (longest?.end ?? 0)) {
        longest = { start, end: end + after.length, placeholder };
      }
    }
    words.lastIndex = end;
    const following: RegExpExecArray | null = branch.next.size === 0 ? null : words.exec(text);
    if (following === null) break;
    const next: number = following.index + following[0].length;
    branch = branch.next.get(text.slice(end, next));
    end = next;
  }
  return longest;
}
