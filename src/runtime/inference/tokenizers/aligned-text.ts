/**
 * Text on its way through normalizers and pre-tokenizers, which remembers for every unit the stretch of
 * the original that it stands for.
 *
 * @module
 */
import { codePointSize } from './code-points.js';

export class AlignedText {
  readonly text: string;
  /** Where in the original this text begins. */
  readonly origin: number;
  /** Absent while the text is a stretch of the original as it is, which most text stays. */
  readonly #starts: Int32Array | undefined;
  readonly #ends: Int32Array | undefined;

  private constructor(text: string, origin: number, starts?: Int32Array, ends?: Int32Array) {
    this.text = text;
    this.origin = origin;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** The stretch of the original that begins at `origin`. */
  static original(text: string, origin = 0): AlignedText {
    return new AlignedText(text, origin);
  }

  static aligned(text: string, origin: number, starts: Int32Array, ends: Int32Array): AlignedText {
    return new AlignedText(text, origin, starts, ends);
  }

  get length(): number {
    return this.text.length;
  }

  /** Begin in the original of the character whose first unit is `unit`. */
  start(unit: number): number {
    return this.#starts === undefined ? this.origin + unit : (this.#starts[unit] ?? this.origin);
  }

  /** End in the original of the character whose last unit is `unit`. */
  end(unit: number): number {
    return this.#ends === undefined ? this.origin + unit + 1 : (this.#ends[unit] ?? this.origin);
  }

  /** Units `[from, to)`; both lie between characters. Shares memory with this text. */
  slice(from: number, to: number): AlignedText {
    // Even the whole text begins elsewhere if a normalizer dropped its first characters.
    if (from === 0 && to === this.text.length && (to === 0 || this.start(0) === this.origin)) return this;
    const text = this.text.slice(from, to);
    return new AlignedText(
      text,
      from < to ? this.start(from) : this.origin,
      this.#starts?.subarray(from, to),
      this.#ends?.subarray(from, to),
    );
  }

  /** Another text of the same length, each unit of which stands for what the one here stood for. */
  withText(text: string): AlignedText {
    return new AlignedText(text, this.origin, this.#starts, this.#ends);
  }
}

/**
 * Makes a text out of another one, front to back. The methods are the ways in which a character of the
 * new text can relate to the old one, and they say what it stands for in the original.
 */
export class AlignedTextBuilder {
  readonly #source: AlignedText;
  #text = '';
  #starts: Int32Array;
  #ends: Int32Array;
  #length = 0;
  /** First unit of the source that is not used up. */
  #at = 0;

  constructor(source: AlignedText) {
    this.#source = source;
    this.#starts = new Int32Array(source.length + 16);
    this.#ends = new Int32Array(source.length + 16);
  }

  get at(): number {
    return this.#at;
  }

  /** Takes over the source up to unit `to`. */
  keep(to: number): void {
    const { text } = this.#source;
    this.#reserve(to - this.#at);
    this.#text += text.slice(this.#at, to);
    while (this.#at < to) {
      const size = codePointSize(text, this.#at);
      const start = this.#source.start(this.#at);
      const end = this.#source.end(this.#at + size - 1);
      for (let i = 0; i < size; i++) this.#place(start, end);
      this.#at += size;
    }
  }

  /** Puts `text` in the place of one character. */
  replace(text: string): void {
    const size = codePointSize(this.#source.text, this.#at);
    this.#append(text, this.#source.start(this.#at), this.#source.end(this.#at + size - 1));
    this.#at += size;
  }

  /** Adds `text`, which stands for what the character before it in the source stands for. */
  insert(text: string): void {
    const { origin } = this.#source;
    if (this.#at === 0) {
      this.#append(text, origin, origin);
      return;
    }
    const last = this.#at - 1;
    const low = this.#source.text.charCodeAt(last);
    const first = low >= 0xdc00 && low <= 0xdfff && last > 0 ? last - 1 : last;
    this.#append(text, this.#source.start(first), this.#source.end(last));
  }

  /** Adds `text`, which stands for the same as the character that comes next in the source. */
  prepend(text: string): void {
    const size = codePointSize(this.#source.text, this.#at);
    this.#append(text, this.#source.start(this.#at), this.#source.end(this.#at + size - 1));
  }

  /** Drops the source up to unit `to`. */
  skip(to: number): void {
    this.#at = to;
  }

  /** Drops one character. */
  drop(): void {
    this.#at += codePointSize(this.#source.text, this.#at);
  }

  done(): AlignedText {
    return AlignedText.aligned(
      this.#text,
      this.#source.origin,
      this.#starts.subarray(0, this.#length),
      this.#ends.subarray(0, this.#length),
    );
  }

  #append(text: string, start: number, end: number): void {
    this.#reserve(text.length);
    this.#text += text;
    for (let i = 0; i < text.length; i++) this.#place(start, end);
  }

  #place(start: number, end: number): void {
    this.#starts[this.#length] = start;
    this.#ends[this.#length] = end;
    this.#length++;
  }

  #reserve(units: number): void {
    const needed = this.#length + units;
    if (needed <= this.#starts.length) return;
    const [starts, ends] = [this.#starts, this.#ends];
    const capacity = Math.max(needed, 2 * starts.length);
    this.#starts = new Int32Array(capacity);
    this.#starts.set(starts);
    this.#ends = new Int32Array(capacity);
    this.#ends.set(ends);
  }
}
