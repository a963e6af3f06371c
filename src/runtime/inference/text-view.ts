/**
 * Which part of a text one run sees.
 *
 * @module
 */
import type { TextView } from './types.js';
import type { Pieces } from './wordpiece.js';

/**
 * UTF-16 units of a text that are tokenised for one run. Far more than 512 tokens need, so that a text
 * of megabytes costs no more than one of this size.
 */
export const scanLimit = 65_536;

/** Tokens of a run that are none of the text's: [CLS] and [SEP]. */
export const specialTokens = 2;

/** A stretch of the original text inside an excerpt. */
export interface ExcerptPart {
  /** Where it begins in the excerpt. */
  readonly at: number;
  /** Where it begins in the original text. */
  readonly start: number;
}

/** A text, or what of a very long one is looked at. */
export interface Excerpt {
  readonly text: string;
  /** In the order of the text: one for a text as it is, three for head, middle and tail. */
  readonly parts: readonly ExcerptPart[];
  /** UTF-16 units of the whole text. */
  readonly units: number;
}

/** Between the parts; a word never reaches across. */
const separator = '\n';

/** The text itself up to {@link scanLimit} units, else three parts of it of together about that size. */
export function excerptOf(text: string): Excerpt {
  const units = text.length;
  if (units <= scanLimit) return { text, parts: [{ at: 0, start: 0 }], units };
  const size = Math.floor((scanLimit - 2 * separator.length) / 3);
  const starts = [0, Math.floor((units - size) / 2), units - size];
  return {
    text: starts.map((start) => text.slice(start, start + size)).join(separator),
    parts: starts.map((start, i) => ({ at: i * (size + separator.length), start })),
    units,
  };
}

/** Offset in the original text of a place in an excerpt. */
export function originalOffset({ parts }: Pick<Excerpt, 'parts'>, at: number): number {
  const part = parts.findLast((candidate) => candidate.at <= at);
  return part === undefined ? at : at - part.at + part.start;
}

/** Pieces `[from, to)`. */
export interface PieceRange {
  readonly from: number;
  readonly to: number;
}

export interface Selection {
  /** Ascending, without overlaps. */
  readonly ranges: readonly PieceRange[];
  readonly view: TextView;
  /** Pieces of the whole text; estimated if the excerpt has only parts of it. */
  readonly total: number;
}

/** All pieces if there are at most `capacity`, else a third of that from head, middle and tail each. */
export function selectPieces({ offsets }: Pieces, capacity: number, excerpt: Excerpt): Selection {
  const count = offsets.length / 2;
  const [, middle, tail] = excerpt.parts;
  if (middle === undefined || tail === undefined) {
    if (count <= capacity) return { ranges: [{ from: 0, to: count }], view: 'whole', total: count };
    const all = { from: 0, to: count };
    return { ranges: thirds(capacity, all, all, all), view: 'head-middle-tail', total: count };
  }
  const pieceAt = (at: number): number => {
    let i = 0;
    while (i < count && (offsets[2 * i] ?? 0) < at) i++;
    return i;
  };
  const first = pieceAt(middle.at);
  const second = pieceAt(tail.at);
  const ranges = thirds(
    capacity,
    { from: 0, to: first },
    { from: first, to: second },
    { from: second, to: count },
  );
  const total = Math.ceil((count * excerpt.units) / excerpt.text.length);
  return { ranges, view: 'head-middle-tail', total };
}

/** The first pieces of `head`, the middle ones of `middle` and the last ones of `tail`. */
function thirds(capacity: number, head: PieceRange, middle: PieceRange, tail: PieceRange): PieceRange[] {
  const third = Math.floor(capacity / 3);
  const centre = middle.from + Math.max(0, Math.floor((middle.to - middle.from - third) / 2));
  return [
    { from: head.from, to: Math.min(head.from + third, head.to) },
    { from: centre, to: Math.min(centre + third, middle.to) },
    { from: Math.max(tail.to - third, tail.from), to: tail.to },
  ];
}
