/**
 * `added_tokens`: tokens that are found as they stand, before the model sees the text.
 *
 * Those that are not `normalized` are looked for in the original text, the others, in their own normal
 * form, in what the normalizer made of the rest. At each place the longest one wins.
 *
 * @module
 */
import { AlignedText } from './aligned-text.js';
import { characterTest, codePointStart } from './code-points.js';
import type { Normalizer } from './normalizers/index.js';
import { PairTable } from './pair-table.js';
import type { Section } from './section.js';
import { whiteSpaceEnd, whiteSpaceStart } from './white-space.js';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly normalized: boolean;
  /** Takes the white space before it, or after it, along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Is not found inside words. */
  readonly singleWord: boolean;
}

/** Reads `added_tokens`. */
export function parseAddedTokens(file: Section): AddedToken[] {
  if (!file.has('added_tokens')) return [];
  return file.sections('added_tokens').map((entry) => {
    const special = entry.boolean('special', false);
    return {
      id: entry.number('id'),
      content: entry.string('content'),
      normalized: entry.boolean('normalized', !special),
      lstrip: entry.boolean('lstrip', false),
      rstrip: entry.boolean('rstrip', false),
      singleWord: entry.boolean('single_word', false),
    };
  });
}

const isWord = characterTest(/^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u);

/** Finds some added tokens. Time is linear in the text and the length of the longest token. */
class Finder {
  readonly #edges: PairTable;
  /** The token that ends at each node of the trie. */
  readonly #tokens: (AddedToken | undefined)[] = [undefined];
  /** 1 for units with which tokens begin: nearly all text is passed over by this alone. */
  readonly #beginnings = new Uint8Array(0x10000);

  constructor(tokens: readonly (readonly [string, AddedToken])[]) {
    this.#edges = new PairTable(8 * tokens.length);
    for (const [text, token] of tokens) this.#add(text, token);
  }

  #add(text: string, token: AddedToken): void {
    if (text === '') return;
    this.#beginnings[text.charCodeAt(0)] = 1;
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      let child = this.#edges.get(node, unit);
      if (child < 0) {
        child = this.#tokens.length;
        this.#tokens.push(undefined);
        this.#edges.set(node, unit, child);
      }
      node = child;
    }
    this.#tokens[node] ??= token;
  }

  /** The longest token at `at`, and its end. */
  #longestAt(text: string, at: number): { readonly token: AddedToken; readonly end: number } | undefined {
    let found: { token: AddedToken; end: number } | undefined;
    let node = 0;
    for (let end = at; end < text.length; ) {
      node = this.#edges.get(node, text.charCodeAt(end));
      if (node < 0) break;
      end++;
      const token = this.#tokens[node];
      if (token !== undefined) found = { token, end };
    }
    return found;
  }

  /** Cuts `source` at the tokens in it. */
  cut(source: AlignedText, text: (part: AlignedText) => void, added: AddedPart): void {
    const whole = source.text;
    /** End of what was handed on. */
    let done = 0;
    /** End of the run of white space that was looked at last. */
    let runEnd = 0;
    for (let at = 0; at < whole.length; ) {
      const found = this.#beginnings[whole.charCodeAt(at)] === 1 ? this.#longestAt(whole, at) : undefined;
      if (found === undefined) {
        at++;
        continue;
      }
      const { token, end: matchEnd } = found;
      const matchStart = at;
      // Not after the white space of `rstrip`: tokens made of white space are found in there, too.
      at = matchEnd;
      if (token.singleWord && touchesWord(whole, matchStart, matchEnd)) continue;
      const start = token.lstrip ? Math.max(done, whiteSpaceStart(whole, matchStart, done)) : matchStart;
      if (token.rstrip && runEnd < matchEnd) runEnd = whiteSpaceEnd(whole, matchEnd);
      const end = token.rstrip ? runEnd : matchEnd;
      if (done < start) text(source.slice(done, start));
      added(token, source.slice(Math.min(start, end), end));
      done = end;
    }
    if (done < whole.length) text(source.slice(done, whole.length));
  }
}

type AddedPart = (token: AddedToken, part: AlignedText) => void;

function touchesWord(text: string, start: number, end: number): boolean {
  return (
    (start > 0 && isWord(text.codePointAt(codePointStart(text, start)) ?? 0)) ||
    (end < text.length && isWord(text.codePointAt(end) ?? 0))
  );
}

/** Takes added tokens out of texts, and normalises what is between them. */
export class AddedTokens {
  readonly #asWritten: Finder;
  readonly #normalised: Finder;
  readonly #normalizer: Normalizer;

  constructor(tokens: readonly AddedToken[], normalizer: Normalizer) {
    this.#normalizer = normalizer;
    this.#asWritten = new Finder(
      tokens.filter((token) => !token.normalized).map((token) => [token.content, token]),
    );
    this.#normalised = new Finder(
      tokens
        .filter((token) => token.normalized)
        .map((token) => [normalizer(AlignedText.original(token.content)).text, token]),
    );
  }

  /** Calls `text` for each part between tokens, normalised and not empty, and `added` for each token. */
  cut(source: string, text: (part: AlignedText) => void, added: AddedPart): void {
    this.#asWritten.cut(
      AlignedText.original(source),
      (part) => this.#normalised.cut(this.#normalizer(part), text, added),
      added,
    );
  }
}
