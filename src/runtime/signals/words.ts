/**
 * Splits text into words, for any script.
 *
 * @module
 */
import { characterClass, classBits, isHighSurrogate } from './characters.js';

/** The words of a text: each distinct one once, and the text as a sequence of their numbers. */
export interface WordSequence {
  readonly vocabulary: readonly string[];
  /** `sequence[i]` is the number in `vocabulary` of the i-th word. */
  readonly sequence: Int32Array;
}

/**
 * Words are runs of letters, marks, digits and underscores. Scripts without spaces have no such runs to
 * go by, so each of their characters is a word of its own; phrases in them are then word n-grams.
 */
export function wordsOf(text: string): WordSequence {
  const numbers = new Map<string, number>();
  const vocabulary: string[] = [];
  const sequence: number[] = [];
  const add = (word: string): void => {
    let number = numbers.get(word);
    if (number === undefined) {
      number = vocabulary.length;
      numbers.set(word, number);
      vocabulary.push(word);
    }
    sequence.push(number);
  };
  let start = -1;
  for (let index = 0; index < text.length; ) {
    const unit = text.charCodeAt(index);
    const codePoint = isHighSurrogate(unit) ? (text.codePointAt(index) ?? unit) : unit;
    const size = codePoint > 0xffff ? 2 : 1;
    const bits = classBits(codePoint);
    const alone = (bits & characterClass.unspaced) !== 0;
    if ((bits & characterClass.word) !== 0 && !alone) {
      if (start < 0) start = index;
    } else {
      if (start >= 0) add(text.slice(start, index));
      start = -1;
      if (alone) add(text.slice(index, index + size));
    }
    index += size;
  }
  if (start >= 0) add(text.slice(start));
  return { vocabulary, sequence: Int32Array.from(sequence) };
}

/** The words of a short text in order. */
export function wordList(text: string): string[] {
  const { vocabulary, sequence } = wordsOf(text);
  return Array.from(sequence, (number) => vocabulary[number] ?? '');
}
