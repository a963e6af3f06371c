/**
 * Where the pieces of a text are collected.
 *
 * @module
 */
import type { Pieces } from '../wordpiece.js';

/** Collects pieces; grows by doubling. */
export class PieceSink {
  #ids: Int32Array;
  #offsets: Int32Array;
  #continues: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#ids = new Int32Array(capacity);
    this.#offsets = new Int32Array(2 * capacity);
    this.#continues = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  add(id: number, start: number, end: number, continues: boolean): void {
    if (this.#length === this.#ids.length) this.#grow();
    this.#ids[this.#length] = id;
    this.#offsets[2 * this.#length] = start;
    this.#offsets[2 * this.#length + 1] = end;
    this.#continues[this.#length] = continues ? 1 : 0;
    this.#length++;
  }

  /** Forgets all pieces after the first `length`. */
  rewind(length: number): void {
    this.#length = length;
  }

  /** The pieces so far, in arrays of their own. */
  pieces(): Pieces {
    return {
      ids: this.#ids.slice(0, this.#length),
      offsets: this.#offsets.slice(0, 2 * this.#length),
      continues: this.#continues.slice(0, this.#length),
    };
  }

  #grow(): void {
    const [ids, offsets, continues] = [this.#ids, this.#offsets, this.#continues];
    const capacity = 2 * ids.length;
    this.#ids = new Int32Array(capacity);
    this.#ids.set(ids);
    this.#offsets = new Int32Array(2 * capacity);
    this.#offsets.set(offsets);
    this.#continues = new Uint8Array(capacity);
    this.#continues.set(continues);
  }
}
