/**
 * Metaspace: spaces become a visible mark that words begin with.
 *
 * @module
 */
import { prependTo } from '../normalizers/prepend.js';
import { replaceMatches } from '../normalizers/replace.js';
import type { Section } from '../section.js';
import { characterStretches, split } from '../splitting.js';
import type { PreTokenizer } from './types.js';

type Scheme = 'always' | 'first' | 'never';

function parseScheme(section: Section): Scheme {
  // Older files have a flag instead.
  const fallback = section.boolean('add_prefix_space', true) ? 'always' : 'never';
  const scheme = section.string('prepend_scheme', fallback);
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    throw section.unsupported(`prepend_scheme ${scheme}`);
  }
  return scheme;
}

/** Metaspace: spaces become a visible character, which also goes before the text, and begins each part. */
export function metaspace(section: Section): PreTokenizer {
  const mark = section.string('replacement', '▁');
  const scheme = parseScheme(section);
  const splits = section.boolean('split', true);
  const code = mark.codePointAt(0);
  return (source, emit) => {
    let text = replaceMatches(source, / /g, mark);
    const prefixes = scheme === 'always' || (scheme === 'first' && source.origin === 0);
    if (prefixes && !text.text.startsWith(mark)) text = prependTo(text, mark);
    if (!splits) emit(text);
    else
      split(
        text,
        characterStretches(text.text, (found) => found === code),
        'MergedWithNext',
        emit,
      );
  };
}
