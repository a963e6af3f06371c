/**
 * Precompiled: the character map of a SentencePiece model. A double-array trie (Darts) over bytes of
 * UTF-8, whose values point into a block of replacements that end with a zero byte.
 *
 * As in `tokenizers`, with one exception: characters at the begin of a text, or after an added token,
 * that are replaced by nothing are dropped with their place. There, offsets of `tokenizers` slip by them.
 *
 * @module
 */
import { AlignedTextBuilder } from '../aligned-text.js';
import { eachGrapheme } from '../graphemes.js';
import type { Section } from '../section.js';
import type { Normalizer } from './types.js';

const encoder = new TextEncoder();
/** Bytes of a grapheme from which on it is looked up character by character. */
const graphemeLimit = 6;

class CharacterMap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #decoder = new TextDecoder();
  readonly #memo = new Map<string, string | undefined>();

  constructor(units: Uint32Array, replacements: Uint8Array) {
    this.#units = units;
    this.#replacements = replacements;
  }

  /** Replacement of the shortest beginning of `text` that has one, which then is that of all of it. */
  replacement(text: string): string | undefined {
    if (this.#memo.has(text)) return this.#memo.get(text);
    const at = this.#find(encoder.encode(text));
    const end = at === undefined ? -1 : this.#replacements.indexOf(0, at);
    const made =
      at === undefined
        ? undefined
        : this.#decoder.decode(this.#replacements.subarray(at, end === -1 ? undefined : end));
    if (this.#memo.size < 8192) this.#memo.set(text, made);
    return made;
  }

  #find(bytes: Uint8Array): number | undefined {
    let node = offsetOf(this.#units[0] ?? 0);
    for (const byte of bytes) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = this.#units[node] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offsetOf(unit);
      const isLeafAhead = (unit >>> 8) & 1;
      if (isLeafAhead === 1) return (this.#units[node] ?? 0) & 0x7fffffff;
    }
    return undefined;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function parseMap(section: Section): CharacterMap {
  const bytes = Buffer.from(section.string('precompiled_charsmap'), 'base64');
  const size = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw section.invalid('is not a character map', 'precompiled_charsmap');
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  return new CharacterMap(units, bytes.subarray(4 + size));
}

/** Puts `after` in the place of `before`, character for character as far as both go. */
function put(builder: AlignedTextBuilder, before: string, after: string): void {
  let left = 0;
  for (const _ of before) left++;
  for (const character of after) {
    if (left > 0) builder.replace(character);
    else builder.insert(character);
    left--;
  }
  for (; left > 0; left--) builder.drop();
}

/** Precompiled. */
export function precompiled(section: Section): Normalizer {
  const map = parseMap(section);
  return (source) => {
    const { text } = source;
    const builder = new AlignedTextBuilder(source);
    eachGrapheme(text, (cluster) => {
      const whole = cluster.length < graphemeLimit && encoder.encode(cluster).length < graphemeLimit;
      const replacement = whole ? map.replacement(cluster) : undefined;
      if (replacement !== undefined) put(builder, cluster, replacement);
      else for (const character of cluster) put(builder, character, map.replacement(character) ?? character);
    });
    return builder.done();
  };
}
