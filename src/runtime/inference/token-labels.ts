/**
 * From the logits of a token head to labelled stretches of the text.
 *
 * Pieces are an accident of the vocabulary, so a word gets one label and no span ends inside one. The
 * labels of a text are chosen together (Viterbi): judged word by word, a name breaks apart where one of
 * its words is a close call. On the development data that made the difference between a span F1 of 0.67
 * and 0.79. `training/pii_decode.py` does the same to measure the head; the two have to stay equal.
 *
 * @module
 */
import { isIdeograph } from './characters.js';
import { assertFinite } from './finite.js';
import type { TokenSpan } from './types.js';

/** Spans below are noise for every caller, and there are many of them. */
export const lowestConfidence = 0.05;

export interface BioHead {
  readonly model: string;
  /** `O`, and types with `B-` or `I-` before them; in any order. */
  readonly labels: readonly string[];
  readonly temperature: number;
  /** As in the manifest; without them any order of labels is as good, except that `I-` needs a begin. */
  readonly transitions?: readonly (readonly number[])[] | undefined;
}

/** A tokenised text as the head saw it. */
export interface LabelledText {
  readonly text: string;
  /** UTF-16 `[start, end)` per piece; an empty one marks a special token. */
  readonly offsets: Int32Array;
  /** Pieces (by index) that don't follow on the one before in the text; no span reaches across. */
  readonly breaks: ReadonlySet<number>;
}

/** Types of the labels of a BIO head, without `B-` and `I-`, in the order of their first appearance. */
export function spanLabels(labels: readonly string[]): string[] {
  return [...new Set(labels.filter((label) => label !== 'O').map((label) => label.slice(2)))];
}

const letterOrDigit = /^[\p{L}\p{N}]$/u;

/** Ideographs touch without being one word: else a sentence of them would have a single label. */
function joinsWords(codePoint: number): boolean {
  return letterOrDigit.test(String.fromCodePoint(codePoint)) && !isIdeograph(codePoint);
}

/** True if the characters on both sides of `at` belong to one word. */
function insideWord(text: string, at: number): boolean {
  const before = text.codePointAt(at - 2) ?? 0;
  return (
    joinsWords(text.codePointAt(at) ?? 0) && joinsWords(before > 0xffff ? before : text.charCodeAt(at - 1))
  );
}

/** Score of a transition that must not be taken: no text makes up for it, and sums of it stay numbers. */
const forbidden = -50;

/** `I-` only after `B-` or `I-` of its type; nothing else is known of the order of labels. */
function plainTransitions(labels: readonly string[]): number[][] {
  return [...labels, ''].map((before) =>
    labels.map((label) =>
      label.startsWith('I-') && (before === '' || before === 'O' || before.slice(2) !== label.slice(2))
        ? forbidden
        : 0,
    ),
  );
}

/** A type of spans, and where in a row of labels its `B-` and `I-` are; -1 for one that is not there. */
interface SpanType {
  readonly name: string;
  readonly begin: number;
  readonly inside: number;
}

/** Log of the sum of two probabilities that are given as logs. */
function logAdd(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** Log of the sum of `count` powers in `values`, beginning at `from`. */
function logSum(values: Float64Array, from: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) largest = Math.max(largest, values[i] ?? largest);
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += Math.exp((values[i] ?? largest) - largest);
  return largest + Math.log(sum);
}

/** The words of one text with what is found out about them; used again for the next text. */
class WordTable {
  count = 0;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** 1 for a word that nothing reaches from the words before. */
  readonly apart: Uint8Array;
  /** A row of labels per word: log of how probable each is, not adding up to 1. */
  readonly scores: Float64Array;
  /** Per word and label: the label of the word before on the best way to it. */
  readonly back: Uint16Array;
  /** Index of the chosen label. */
  readonly labels: Uint16Array;

  constructor(
    readonly capacity: number,
    labels: number,
  ) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.apart = new Uint8Array(capacity);
    this.scores = new Float64Array(capacity * labels);
    this.back = new Uint16Array(capacity * labels);
    this.labels = new Uint16Array(capacity);
  }
}

/** Decodes the logits of one head. Not for use by several callers at once: it keeps scratch space. */
export class BioDecoder {
  readonly #model: string;
  readonly #temperature: number;
  /** Number of labels. */
  readonly #width: number;
  readonly #outside: number;
  readonly #types: readonly SpanType[];
  /** Per label: index of its type, -1 for `O`. */
  readonly #typeOf: Int32Array;
  /** A row per label before, and one for the start of a text. */
  readonly #transitions: Float64Array;
  #words: WordTable;
  /** Log probabilities of the piece being read. */
  readonly #piece: Float64Array;
  /** Per label: score of the best way to it, up to the word being read and the one before. */
  #totals: Float64Array;
  #before: Float64Array;

  constructor({ model, labels, temperature, transitions }: BioHead) {
    const names = spanLabels(labels);
    this.#model = model;
    this.#temperature = temperature;
    this.#width = labels.length;
    this.#outside = labels.indexOf('O');
    this.#types = names.map((name) => ({
      name,
      begin: labels.indexOf(`B-${name}`),
      inside: labels.indexOf(`I-${name}`),
    }));
    this.#typeOf = Int32Array.from(labels, (label) => (label === 'O' ? -1 : names.indexOf(label.slice(2))));
    this.#transitions = Float64Array.from((transitions ?? plainTransitions(labels)).flat());
    this.#words = new WordTable(0, labels.length);
    this.#piece = new Float64Array(labels.length);
    this.#totals = new Float64Array(labels.length);
    this.#before = new Float64Array(labels.length);
  }

  /**
   * Spans of at least {@link lowestConfidence}, in the order of the text.
   *
   * @param logits A row of `labels.length` per piece, special tokens included.
   * @throws if a logit is not a finite number.
   */
  decode(text: LabelledText, logits: Float32Array): TokenSpan[] {
    assertFinite(this.#model, logits);
    this.#read(text, logits);
    const { count, apart } = this.#words;
    for (let from = 0; from < count; ) {
      let to = from + 1;
      while (to < count && apart[to] === 0) to++;
      this.#choose(from, to);
      from = to;
    }
    return this.#spans();
  }

  /** Finds the words and scores their labels. */
  #read({ text, offsets, breaks }: LabelledText, logits: Float32Array): void {
    const pieces = offsets.length / 2;
    if (pieces > this.#words.capacity) this.#words = new WordTable(pieces, this.#width);
    const words = this.#words;
    words.count = 0;
    let apart = true;
    let parts = 0;
    for (let i = 0; i < pieces; i++) {
      const start = offsets[2 * i] ?? 0;
      const end = offsets[2 * i + 1] ?? 0;
      if (breaks.has(i)) apart = true;
      if (end <= start) continue;
      const continues = !apart && words.ends[words.count - 1] === start && insideWord(text, start);
      if (!continues) {
        this.#average(parts);
        parts = 0;
        words.starts[words.count] = start;
        words.apart[words.count] = apart ? 1 : 0;
        words.count++;
      }
      words.ends[words.count - 1] = end;
      this.#add(logits, i * this.#width, parts === 0);
      parts++;
      apart = false;
    }
    this.#average(parts);
  }

  /** Adds a piece, whose logits begin at `from`, to the scores of the last word. */
  #add(logits: Float32Array, from: number, first: boolean): void {
    const piece = this.#piece;
    for (let label = 0; label < this.#width; label++) {
      piece[label] = (logits[from + label] ?? 0) / this.#temperature;
    }
    const sum = logSum(piece, 0, this.#width);
    for (let label = 0; label < this.#width; label++) piece[label] = (piece[label] ?? 0) - sum;
    const { scores, count } = this.#words;
    const row = (count - 1) * this.#width;
    if (first) {
      scores.set(piece, row);
      return;
    }
    scores[row + this.#outside] = (scores[row + this.#outside] ?? 0) + (piece[this.#outside] ?? 0);
    // Only the first piece says whether the word begins a span; the others, whether they are of the type.
    for (const { begin, inside } of this.#types) {
      const either = logAdd(
        piece[begin] ?? Number.NEGATIVE_INFINITY,
        piece[inside] ?? Number.NEGATIVE_INFINITY,
      );
      if (begin >= 0) scores[row + begin] = (scores[row + begin] ?? 0) + either;
      if (inside >= 0) scores[row + inside] = (scores[row + inside] ?? 0) + either;
    }
  }

  /** Divides the scores of the last word by the number of its pieces. */
  #average(parts: number): void {
    if (parts < 2) return;
    const { scores, count } = this.#words;
    for (let i = (count - 1) * this.#width; i < count * this.#width; i++) {
      scores[i] = (scores[i] ?? 0) / parts;
    }
  }

  /** Labels of the words `[from, to)`: those with the largest sum of scores and transitions. */
  #choose(from: number, to: number): void {
    const width = this.#width;
    const { scores, back, labels } = this.#words;
    const transitions = this.#transitions;
    for (let label = 0; label < width; label++) {
      this.#totals[label] = (scores[from * width + label] ?? 0) + (transitions[width * width + label] ?? 0);
    }
    for (let word = from + 1; word < to; word++) {
      const before = this.#totals;
      const totals = this.#before;
      for (let label = 0; label < width; label++) {
        let best = Number.NEGATIVE_INFINITY;
        let choice = 0;
        for (let other = 0; other < width; other++) {
          const total = (before[other] ?? 0) + (transitions[other * width + label] ?? 0);
          if (total <= best) continue;
          best = total;
          choice = other;
        }
        totals[label] = best + (scores[word * width + label] ?? 0);
        back[word * width + label] = choice;
      }
      this.#totals = totals;
      this.#before = before;
    }
    let label = 0;
    for (let other = 1; other < width; other++) {
      if ((this.#totals[other] ?? 0) > (this.#totals[label] ?? 0)) label = other;
    }
    for (let word = to - 1; word >= from; word--) {
      labels[word] = label;
      label = back[word * width + label] ?? 0;
    }
  }

  #spans(): TokenSpan[] {
    const { count, starts, ends, apart, labels } = this.#words;
    const spans: TokenSpan[] = [];
    for (let word = 0; word < count; ) {
      const from = word++;
      const type = this.#types[this.#typeOf[labels[from] ?? 0] ?? -1];
      if (type === undefined) continue;
      while (word < count && apart[word] === 0 && labels[word] === type.inside) word++;
      let sum = 0;
      for (let i = from; i < word; i++) sum += this.#share(i, type);
      const confidence = Math.min(1, sum / (word - from));
      if (confidence < lowestConfidence) continue;
      spans.push({ label: type.name, start: starts[from] ?? 0, end: ends[word - 1] ?? 0, confidence });
    }
    return spans;
  }

  /** Probability that a word is of a type. */
  #share(word: number, { begin, inside }: SpanType): number {
    const { scores } = this.#words;
    const row = word * this.#width;
    const sum = logSum(scores, row, this.#width);
    let share = 0;
    if (begin >= 0) share += Math.exp((scores[row + begin] ?? 0) - sum);
    if (inside >= 0) share += Math.exp((scores[row + inside] ?? 0) - sum);
    return share;
  }
}
