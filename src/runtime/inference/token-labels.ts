/**
 * From the logits of a token head to labelled stretches of the text.
 *
 * Pieces are an accident of the vocabulary, so a word gets one label and no span ends inside one.
 *
 * @module
 */
import { isIdeograph } from './characters.js';
import { assertFinite, softmax } from './softmax.js';
import type { TokenSpan } from './types.js';

/** Spans below are noise for every caller, and there are many of them. */
export const lowestConfidence = 0.05;

export interface BioHead {
  readonly model: string;
  /** `O`, and types with `B-` or `I-` before them; in any order. */
  readonly labels: readonly string[];
  readonly temperature: number;
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

/** A label: no type for `O`. */
interface Tag {
  readonly type: number | undefined;
  readonly begins: boolean;
}

const outside: Tag = { type: undefined, begins: false };

interface Piece {
  readonly start: number;
  readonly end: number;
  /** True if no span may reach it from the pieces before. */
  readonly apart: boolean;
  readonly tag: Tag;
  /** Probability of each type: that of its `B-` and `I-` together. */
  readonly types: readonly number[];
}

interface OpenSpan {
  readonly type: number;
  readonly start: number;
  end: number;
  /** Sum over words of the probability of `type`, and the number of words. */
  sum: number;
  words: number;
}

export class BioDecoder {
  readonly #head: BioHead;
  readonly #names: readonly string[];
  readonly #tags: readonly Tag[];

  constructor(head: BioHead) {
    this.#head = head;
    this.#names = spanLabels(head.labels);
    this.#tags = head.labels.map((label) =>
      label === 'O' ? outside : { type: this.#names.indexOf(label.slice(2)), begins: label.startsWith('B-') },
    );
  }

  /**
   * Spans of at least {@link lowestConfidence}, in the order of the text.
   *
   * @param logits A row of `labels.length` per piece, special tokens included.
   * @throws if a logit is not a finite number.
   */
  decode(text: LabelledText, logits: Float32Array): TokenSpan[] {
    assertFinite(this.#head.model, logits);
    const spans: OpenSpan[] = [];
    let open: OpenSpan | undefined;
    for (const word of wordsOf(text.text, this.#pieces(text, logits))) {
      for (const [i, { tag, piece }] of this.#unified(word).entries()) {
        if (piece.apart || tag.type === undefined) open = undefined;
        if (tag.type === undefined) continue;
        const touching = open !== undefined && open.end === piece.start;
        // A type that changes inside "x-ray" or "a@b" is doubt of the model, not the end of a name;
        // only a certain beginning of another type is.
        const follows =
          open !== undefined && (open.type === tag.type ? touching || !tag.begins : touching && !tag.begins);
        if (open === undefined || !follows) {
          open = { type: tag.type, start: piece.start, end: piece.end, sum: 0, words: 0 };
          spans.push(open);
        }
        open.end = piece.end;
        if (i === 0) {
          open.sum += mean(word, open.type);
          open.words++;
        }
      }
    }
    return spans
      .map(({ type, start, end, sum, words }) => ({
        label: this.#names[type] ?? '',
        start,
        end,
        confidence: words === 0 ? 0 : Math.min(1, sum / words),
      }))
      .filter(({ confidence }) => confidence >= lowestConfidence);
  }

  #pieces({ offsets, breaks }: LabelledText, logits: Float32Array): Piece[] {
    const { labels, temperature } = this.#head;
    const pieces: Piece[] = [];
    let apart = true;
    for (let i = 0; i < offsets.length / 2; i++) {
      const start = offsets[2 * i] ?? 0;
      const end = offsets[2 * i + 1] ?? 0;
      if (breaks.has(i)) apart = true;
      if (end <= start) continue;
      const probabilities = softmax(logits.subarray(i * labels.length, (i + 1) * labels.length), temperature);
      const types = new Array<number>(this.#names.length).fill(0);
      let best = 0;
      for (const [label, probability] of probabilities.entries()) {
        if (probability > (probabilities[best] ?? 0)) best = label;
        const type = this.#tags[label]?.type;
        if (type !== undefined) types[type] = (types[type] ?? 0) + probability;
      }
      pieces.push({ start, end, apart, tag: this.#tags[best] ?? outside, types });
      apart = false;
    }
    return pieces;
  }

  /** The pieces of a word with one type for all: the most frequent one, if half of them have any. */
  #unified(word: readonly Piece[]): readonly { readonly tag: Tag; readonly piece: Piece }[] {
    const [first] = word;
    if (first === undefined) return [];
    if (word.length === 1) return [{ tag: first.tag, piece: first }];
    const votes = new Map<number, number>();
    let inside = 0;
    for (const { tag } of word) {
      if (tag.type === undefined) continue;
      inside++;
      votes.set(tag.type, (votes.get(tag.type) ?? 0) + 1);
    }
    if (inside * 2 < word.length) return word.map((piece) => ({ tag: outside, piece }));
    // Equal numbers of votes: the type that is more probable over the whole word.
    const [type] = [...votes].reduce((best, vote) =>
      vote[1] > best[1] || (vote[1] === best[1] && mean(word, vote[0]) > mean(word, best[0])) ? vote : best,
    );
    // A word whose first piece is outside, but which as a whole is not, begins something new.
    const begins = first.tag.type === undefined || first.tag.begins;
    return word.map((piece, i) => ({ tag: { type, begins: begins && i === 0 }, piece }));
  }
}

function mean(word: readonly Piece[], type: number): number {
  return word.reduce((sum, { types }) => sum + (types[type] ?? 0), 0) / word.length;
}

/** Groups of pieces that touch with a letter or digit on both sides. */
function* wordsOf(text: string, pieces: readonly Piece[]): Generator<readonly Piece[]> {
  let word: Piece[] = [];
  for (const piece of pieces) {
    const previous = word.at(-1);
    const continues =
      previous !== undefined && !piece.apart && previous.end === piece.start && insideWord(text, piece.start);
    if (!continues && word.length > 0) {
      yield word;
      word = [];
    }
    word.push(piece);
  }
  if (word.length > 0) yield word;
}
