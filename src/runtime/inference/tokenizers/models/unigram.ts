/**
 * Unigram: of all ways to cut a part into tokens, the one with the highest sum of scores.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';
import { PairTable } from '../pair-table.js';
import type { PieceSink } from '../piece-sink.js';
import type { Section } from '../section.js';
import type { TokenModel } from './types.js';
import { byteIds, bytePieces } from './vocabulary.js';

/** How much worse than the worst token an unknown character is. */
const unknownPenalty = 10;

/** Tokens by their units: nodes of a trie are numbers, edges entries of a table. */
class Trie {
  readonly #edges: PairTable;
  readonly #ids: number[] = [-1];

  constructor(tokens: ReadonlyMap<string, number>) {
    this.#edges = new PairTable(2 * tokens.size);
    for (const [token, id] of tokens) {
      let node = 0;
      for (let i = 0; i < token.length; i++) {
        const unit = token.charCodeAt(i);
        let child = this.#edges.get(node, unit);
        if (child < 0) {
          child = this.#ids.length;
          this.#ids.push(-1);
          this.#edges.set(node, unit, child);
        }
        node = child;
      }
      this.#ids[node] = id;
    }
  }

  /** The node after `unit`, -1 if no token goes on like this. */
  step(node: number, unit: number): number {
    return this.#edges.get(node, unit);
  }

  /** Id of the token that ends at the node, or -1. */
  id(node: number): number {
    return this.#ids[node] ?? -1;
  }
}

interface Settings {
  readonly unknown: number | undefined;
  readonly bytes: Int32Array | undefined;
  /** What to throw for an unknown character if there is no unknown token. */
  readonly missing: () => Error;
}

class UnigramModel implements TokenModel {
  readonly partsAreWords = false;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #scores: Float64Array;
  readonly #settings: Settings;
  readonly #trie: Trie;
  readonly #unknownScore: number;

  constructor(ids: ReadonlyMap<string, number>, scores: Float64Array, settings: Settings) {
    this.#ids = ids;
    this.#scores = scores;
    this.#settings = settings;
    this.#trie = new Trie(ids);
    this.#unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;
  }

  id(token: string): number | undefined {
    return this.#ids.get(token);
  }

  entries(): Iterable<readonly [string, number]> {
    return this.#ids;
  }

  tokenize(part: AlignedText, sink: PieceSink): void {
    const { text } = part;
    const { unknown } = this.#settings;
    const ends: number[] = [];
    const path = this.#best(text);
    /** Whether what comes after the current token, seen from the end, is unknown too. */
    let unknownAfter = false;
    for (let end = text.length; end > 0; end = path.starts[end] ?? 0) {
      const isUnknown = path.ids[end] === (unknown ?? -1);
      if (!(isUnknown && unknownAfter)) ends.push(end);
      unknownAfter = isUnknown;
    }
    let start = 0;
    for (let i = ends.length - 1; i >= 0; i--) {
      const end = ends[i] ?? 0;
      this.#write(part, start, end, sink);
      start = end;
    }
  }

  #write(part: AlignedText, start: number, end: number, sink: PieceSink): void {
    const token = part.text.slice(start, end);
    const [from, to] = [part.start(start), part.end(end - 1)];
    const id = this.#ids.get(token);
    if (id !== undefined) {
      sink.add(id, from, to, start > 0);
      return;
    }
    const { bytes, unknown, missing } = this.#settings;
    const pieces = bytes === undefined ? undefined : bytePieces(token, bytes);
    if (pieces !== undefined) {
      for (const [i, piece] of pieces.entries()) sink.add(piece, from, to, start > 0 || i > 0);
      return;
    }
    if (unknown === undefined) throw missing();
    sink.add(unknown, from, to, start > 0);
  }

  /** For each end of a token on the best way to it: where the token starts, and its id. */
  #best(text: string): { starts: Int32Array; ids: Int32Array } {
    const scores = new Float64Array(text.length + 1);
    const starts = new Int32Array(text.length + 1).fill(-1);
    const ids = new Int32Array(text.length + 1).fill(-1);
    const offer = (start: number, end: number, id: number, score: number): void => {
      if ((starts[end] ?? -1) >= 0 && score <= (scores[end] ?? 0)) return;
      scores[end] = score;
      starts[end] = start;
      ids[end] = id;
    };
    for (let start = 0; start < text.length; ) {
      const reached = scores[start] ?? 0;
      const next = start + codePointSize(text, start);
      let known = false;
      let node = 0;
      for (let end = start; end < text.length; ) {
        node = this.#trie.step(node, text.charCodeAt(end));
        if (node < 0) break;
        end++;
        const id = this.#trie.id(node);
        if (id < 0) continue;
        offer(start, end, id, reached + (this.#scores[id] ?? 0));
        if (end === next) known = true;
      }
      if (!known) offer(start, next, this.#settings.unknown ?? -1, reached + this.#unknownScore);
      start = next;
    }
    return { starts, ids };
  }
}

/** Reads a model of type Unigram. */
export function unigram(section: Section): TokenModel {
  const vocabulary = section.list('vocab');
  const scores = new Float64Array(vocabulary.length);
  const ids = new Map<string, number>();
  for (const [id, entry] of vocabulary.entries()) {
    const [token, score]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof token !== 'string' || typeof score !== 'number') {
      throw section.invalid('must be a token and its score', `vocab[${id}]`);
    }
    ids.set(token, id);
    scores[id] = score;
  }
  const unknown = section.has('unk_id') ? section.number('unk_id') : undefined;
  if (unknown !== undefined && !(unknown < vocabulary.length))
    throw section.invalid('is not in vocab', 'unk_id');
  return new UnigramModel(ids, scores, {
    unknown,
    bytes: section.boolean('byte_fallback', false) ? byteIds(ids) : undefined,
    missing: () => section.invalid('is needed: the text has an unknown character', 'unk_id'),
  });
}
