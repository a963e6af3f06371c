/**
 * BertNormalizer: cleaning, spaces around Chinese characters, accents, case.
 *
 * @module
 */
import { isIdeograph } from '../../characters.js';
import { type AlignedText, AlignedTextBuilder } from '../aligned-text.js';
import { characterTest, codePointSize } from '../code-points.js';
import type { Section } from '../section.js';
import { isWhiteSpace } from '../white-space.js';
import { lowercase } from './lowercase.js';
import { remove } from './remove.js';
import type { Normalizer } from './types.js';
import { unicodeForm } from './unicode-forms.js';

const isControl = characterTest(/^[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u{fffd}]$/u);
const isNonSpacingMark = characterTest(/^\p{Mn}$/u);
const decompose = unicodeForm('NFD');

function isDropped(codePoint: number): boolean {
  return codePoint !== 0x09 && codePoint !== 0x0a && codePoint !== 0x0d && isControl(codePoint);
}

/** Rewrites single characters where `rewrite` gives something else for them. */
function mapCharacters(source: AlignedText, rewrite: (codePoint: number) => string | undefined): AlignedText {
  const { text } = source;
  let builder: AlignedTextBuilder | undefined;
  for (let at = 0; at < text.length; at += codePointSize(text, at)) {
    const replacement = rewrite(text.codePointAt(at) ?? 0);
    if (replacement === undefined) continue;
    builder ??= new AlignedTextBuilder(source);
    builder.keep(at);
    builder.replace(replacement);
  }
  if (builder === undefined) return source;
  builder.keep(text.length);
  return builder.done();
}

/** BertNormalizer. */
export function bert(section: Section): Normalizer {
  const lower = section.boolean('lowercase', true);
  const clean = section.boolean('clean_text', true);
  const spaced = section.boolean('handle_chinese_chars', true);
  const strip = section.boolean('strip_accents', lower);
  return (source) => {
    let text = source;
    if (clean) {
      text = remove(text, isDropped);
      text = mapCharacters(text, (code) => (code !== 0x20 && isWhiteSpace(code) ? ' ' : undefined));
    }
    if (spaced) {
      text = mapCharacters(text, (code) =>
        code >= 0x3400 && isIdeograph(code) ? ` ${String.fromCodePoint(code)} ` : undefined,
      );
    }
    if (strip) text = remove(decompose(text), isNonSpacingMark);
    return lower ? lowercase(text) : text;
  };
}
