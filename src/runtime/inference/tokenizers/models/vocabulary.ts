/**
 * Reads the vocabulary of a model.
 *
 * @module
 */
import type { Section } from '../section.js';

/** Reads `vocab`, an object of ids by token. */
export function parseVocabulary(model: Section): Map<string, number> {
  const { record } = model.section('vocab');
  const ids = new Map<string, number>();
  for (const token of Object.keys(record)) {
    const id = record[token];
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw model.invalid(`of ${JSON.stringify(token)} must be a whole number`, 'vocab');
    }
    ids.set(token, id);
  }
  return ids;
}

/** Ids of the tokens `<0x00>` to `<0xFF>`; -1 for those that are not there. */
export function byteIds(ids: ReadonlyMap<string, number>): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    const digits = byte.toString(16).toUpperCase().padStart(2, '0');
    return ids.get(`<0x${digits}>`) ?? -1;
  });
}

const encoder = new TextEncoder();

/** Ids of the bytes of `text`; `undefined` if one of them has none. */
export function bytePieces(text: string, ids: Int32Array): readonly number[] | undefined {
  const pieces = Array.from(encoder.encode(text), (byte) => ids[byte] ?? -1);
  return pieces.includes(-1) ? undefined : pieces;
}
