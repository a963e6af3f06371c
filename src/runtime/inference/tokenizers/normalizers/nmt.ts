/**
 * Nmt: control characters and odd spaces, as texts for translation are cleaned.
 *
 * @module
 */
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';
import { remove } from './remove.js';

const spaces = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/;

function isDropped(code: number): boolean {
  return (
    (code >= 0x01 && code <= 0x08) ||
    code === 0x0b ||
    (code >= 0x0e && code <= 0x1f) ||
    code === 0x7f ||
    code === 0x8f ||
    code === 0x9f
  );
}

/** Nmt: some control characters go, others and some marks of format become spaces. */
export function nmt(source: AlignedText): AlignedText {
  const kept = remove(source, isDropped);
  const { text } = kept;
  if (!spaces.test(text)) return kept;
  const builder = new AlignedTextBuilder(kept);
  for (let at = 0; at < text.length; at += codePointSize(text, at)) {
    if (!spaces.test(text.charAt(at))) continue;
    builder.keep(at);
    builder.replace(' ');
  }
  builder.keep(text.length);
  return builder.done();
}
