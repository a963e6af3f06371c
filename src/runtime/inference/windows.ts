/**
 * Where to cut what one run can't hold.
 *
 * Cuts lie between words, if possible where white space is: a number or an address that is cut in two
 * would be recognised in neither half. Neighbouring windows overlap, so that what straddles one cut lies
 * whole in a window all the same.
 *
 * @module
 */
import type { PieceRange } from './text-view.js';
import type { Pieces } from './wordpiece.js';

/** Pieces that neighbouring windows share, at least (if the window is not smaller than three times that). */
export const overlapPieces = 64;

/**
 * Tokens of a window of a scan, special ones included, also where a model could hold more: one bad paragraph is
 * diluted in a longer text, and the time for a window grows with the square of its length.
 */
export const mostScanTokens = 512;

/** A cut is moved by up to this many pieces to find white space. */
const slackPieces = 32;

type CutPieces = Pick<Pieces, 'offsets' | 'continues'>;

/**
 * The last place up to `at` before which white space is, if it is at most `slack` pieces away; else the
 * last one before a word; else `at`. Always beyond `from`.
 */
function cutAt({ offsets, continues }: CutPieces, from: number, at: number, slack: number): number {
  let word: number | undefined;
  for (let i = at; i > from; i--) {
    if (word !== undefined && i < at - slack) break;
    if (continues[i] !== 0) continue;
    if (i >= at - slack && (offsets[2 * i] ?? 0) > (offsets[2 * i - 1] ?? 0)) return i;
    word ??= i;
  }
  return word ?? Math.max(at, from + 1);
}

const slackOf = (capacity: number): number => Math.min(slackPieces, Math.floor(capacity / 8));

/** End of the window that begins at `from`, is not the last one and holds at most `capacity` pieces. */
function endOf(pieces: CutPieces, from: number, capacity: number): number {
  return cutAt(pieces, from, from + capacity, slackOf(capacity));
}

/** Begin of the window after `[from, to)`. */
function nextFrom(pieces: CutPieces, from: number, to: number, capacity: number): number {
  const overlap = Math.min(overlapPieces, Math.floor(capacity / 3));
  return cutAt(pieces, from, to - overlap, slackOf(capacity));
}

/**
 * Overlapping windows of at most `capacity` pieces (at least 1) over all of `pieces`; one, perhaps empty,
 * if they fit.
 */
export function pieceWindows(pieces: CutPieces, capacity: number): PieceRange[] {
  const count = pieces.continues.length;
  const windows: PieceRange[] = [];
  for (let from = 0; ; ) {
    if (from + capacity >= count) return [...windows, { from, to: count }];
    const to = endOf(pieces, from, capacity);
    windows.push({ from, to });
    from = nextFrom(pieces, from, to, capacity);
  }
}

/** Neighbouring segments of at most `capacity` pieces that share none; none if there are no pieces. */
export function pieceSegments(pieces: CutPieces, capacity: number): PieceRange[] {
  const count = pieces.continues.length;
  const segments: PieceRange[] = [];
  for (let from = 0; from < count; ) {
    const to = from + capacity >= count ? count : endOf(pieces, from, capacity);
    segments.push({ from, to });
    from = to;
  }
  return segments;
}

/** A stretch of a text, UTF-16 units. */
export interface TextWindow {
  readonly start: number;
  readonly end: number;
}

/** Windows that a stretch of a long text allows to settle. */
export interface ChunkPlan {
  readonly windows: readonly TextWindow[];
  /** Where the next stretch has to begin; beyond the beginning of this one unless it was the last. */
  readonly next: number;
}

/**
 * Windows over one stretch of a text, which is read stretch by stretch so that nobody ever needs the
 * pieces of all of it. The last word of a stretch may go on in the next one, so nothing rests on it.
 *
 * @param last True if the text ends with `chunk`; then the windows reach to its end.
 */
export function planChunk(chunk: string, pieces: CutPieces, capacity: number, last: boolean): ChunkPlan {
  const count = pieces.continues.length;
  const windows: TextWindow[] = [];
  const startOf = (piece: number): number => (piece === 0 ? 0 : (pieces.offsets[2 * piece] ?? chunk.length));
  if (last) {
    for (const { from, to } of pieceWindows(pieces, capacity)) {
      windows.push({ start: startOf(from), end: to === count ? chunk.length : startOf(to) });
    }
    return { windows, next: chunk.length };
  }
  let settled = Math.max(0, count - 1);
  while (settled > 0 && pieces.continues[settled] !== 0) settled--;
  if (settled === 0) {
    // White space, or one endless word: there is no better place than any other.
    const high = chunk.charCodeAt(chunk.length - 1);
    const end = chunk.length > 1 && high >= 0xd800 && high <= 0xdbff ? chunk.length - 1 : chunk.length;
    return { windows: [{ start: 0, end }], next: end };
  }
  let from = 0;
  while (from + capacity <= settled) {
    const to = endOf(pieces, from, capacity);
    windows.push({ start: startOf(from), end: startOf(to) });
    from = nextFrom(pieces, from, to, capacity);
  }
  if (from === 0) {
    windows.push({ start: 0, end: startOf(settled) });
    from = nextFrom(pieces, 0, settled, settled);
  }
  return { windows, next: startOf(from) };
}
