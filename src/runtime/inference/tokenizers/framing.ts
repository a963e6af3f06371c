/**
 * Puts pieces into a frame, cut to a number of tokens.
 *
 * @module
 */
import type { EncodeOptions, FramePart, Framing, Pieces, Tokenized } from './types.js';

/** Nothing around texts; the second of two is of type 1. */
export const bareFraming: Framing = {
  single: [{ kind: 'text', source: 0, typeId: 0 }],
  pair: [
    { kind: 'text', source: 0, typeId: 0 },
    { kind: 'text', source: 1, typeId: 1 },
  ],
};

/** Number of tokens of the frame itself. */
export function frameSize(parts: readonly FramePart[]): number {
  return parts.reduce((sum, part) => sum + (part.kind === 'special' ? part.ids.length : 0), 0);
}

/** How many pieces of each text stay if there is room for `room`: the longer one is cut first. */
function shares(first: number, second: number, room: number): readonly [number, number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  // The longer one gets what is left, the shorter one half if both are longer than that.
  const [less, more] =
    2 * shorter <= room ? [shorter, room - shorter] : [Math.floor(room / 2), room - Math.floor(room / 2)];
  return first <= second ? [less, more] : [more, less];
}

/** Texts in a frame. `texts` has those that the frame names. */
export function frame(
  parts: readonly FramePart[],
  texts: readonly Pieces[],
  options: EncodeOptions = {},
): Tokenized {
  const [first = 0, second = 0] = texts.map((text) => text.ids.length);
  const around = frameSize(parts);
  const room = Math.max(0, (options.maxTokens ?? Infinity) - around);
  const kept = shares(first, second, room);
  const length = around + kept[0] + kept[1];

  const ids = new Int32Array(length);
  const offsets = new Int32Array(2 * length);
  const continues = new Uint8Array(length);
  const special = new Uint8Array(length);
  const typeIds = new Uint8Array(length);
  const sources = new Int8Array(length);
  let at = 0;
  for (const part of parts) {
    const from = at;
    if (part.kind === 'special') {
      ids.set(part.ids, at);
      at += part.ids.length;
      special.fill(1, from, at);
      sources.fill(-1, from, at);
    } else {
      const text = texts[part.source];
      const count = kept[part.source];
      if (text === undefined) continue;
      ids.set(text.ids.subarray(0, count), at);
      offsets.set(text.offsets.subarray(0, 2 * count), 2 * at);
      continues.set(text.continues.subarray(0, count), at);
      at += count;
      sources.fill(part.source, from, at);
    }
    typeIds.fill(part.typeId, from, at);
  }
  const total = around + first + second;
  return { ids, offsets, continues, special, typeIds, sources, total, truncated: length < total };
}
