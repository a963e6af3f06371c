/**
 * Takes characters out of a text.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';

/** A text without the characters of which `drops` is true. */
export function remove(source: AlignedText, drops: (codePoint: number) => boolean): AlignedText {
  const { text } = source;
  let builder: AlignedTextBuilder | undefined;
  for (let at = 0; at < text.length; ) {
    const end = at + codePointSize(text, at);
    if (drops(text.codePointAt(at) ?? 0)) {
      builder ??= new AlignedTextBuilder(source);
      builder.keep(at);
      builder.skip(end);
    }
    at = end;
  }
  if (builder === undefined) return source;
  builder.keep(text.length);
  return builder.done();
}
