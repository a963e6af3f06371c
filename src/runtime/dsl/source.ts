/**
 * The text of a DSL file and where its offsets are.
 *
 * @module
 */
import type { Place } from '../config/diagnostics.js';

/** Characters from `start` up to, not including, `end`; UTF-16 units of {@link SourceText.text}. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A span of no length at the start, for what stands in no file. */
export const nowhere: Span = { start: 0, end: 0 };

/** Longest text that is read, characters: as for configuration files. */
export const maxCharacters = 5 * 1024 * 1024;

export class SourceText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  /** Line and column of an offset, both from 1. */
  placeOf(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}
