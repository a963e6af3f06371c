/**
 * Lowercase.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';

/** Lower case, character by character: Σ never becomes a final ς. */
export function lowercase(source: AlignedText): AlignedText {
  const { text } = source;
  const whole = text.toLowerCase();
  if (whole === text) return source;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (/^[\u0000-\u007f]*$/.test(text)) return source.withText(whole);
  const builder = new AlignedTextBuilder(source);
  for (let at = 0; at < text.length; ) {
    const end = at + codePointSize(text, at);
    const character = text.slice(at, end);
    const lower = character.toLowerCase();
    if (lower !== character) {
      builder.keep(at);
      builder.replace(lower);
    }
    at = end;
  }
  builder.keep(text.length);
  return builder.done();
}
