/**
 * Bytes of UTF-8 written as characters, the alphabet of byte-level vocabularies.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';

/** Bytes that are printed as themselves; the others take U+0100 and up, in their order. */
function isPrinted(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** The character for each byte. */
export const byteCharacters: readonly string[] = (() => {
  let free = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrinted(byte) ? byte : free++));
})();

/** What a space becomes: Ġ. */
export const spaceCharacter = byteCharacters[0x20] ?? '';

const encoder = new TextEncoder();
const memo = new Map<string, string>();

function bytesOf(character: string): string {
  const known = memo.get(character);
  if (known !== undefined) return known;
  let made = '';
  for (const byte of encoder.encode(character)) made += byteCharacters[byte] ?? '';
  if (memo.size < 8192) memo.set(character, made);
  return made;
}

/** Each character replaced by those for its bytes, all of which stand for the whole character. */
export function byteLevel(source: AlignedText): AlignedText {
  const { text } = source;
  if (/^[!-~]*$/.test(text)) return source;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the bytes that change
    return source.withText(text.replace(/[\u0000-\u0020\u007f]/g, bytesOf));
  }
  const builder = new AlignedTextBuilder(source);
  while (builder.at < text.length) {
    builder.replace(bytesOf(text.slice(builder.at, builder.at + codePointSize(text, builder.at))));
  }
  return builder.done();
}
