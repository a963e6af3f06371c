/**
 * BPE: a part is taken apart into characters, which are merged by a table.
 *
 * As in `tokenizers`, with one exception: characters that have no token, where there is no unknown token
 * either, leave nothing, and what comes after them in their part keeps its right place. There, offsets of
 * `tokenizers` slip by the characters that were left out.
 *
 * @module
 */
import type { AlignedText } from '../aligned-text.js';
import { codePointSize } from '../code-points.js';
import { PairTable } from '../pair-table.js';
import type { PieceSink } from '../piece-sink.js';
import type { Section } from '../section.js';
import { type Merges, mergeSymbols, rankLimit, type Symbols } from './merging.js';
import type { TokenModel } from './types.js';
import { byteIds, bytePieces, parseVocabulary } from './vocabulary.js';

/** Words up to this length are remembered with their pieces, this many of them. */
const rememberedUnits = 48;
const rememberedWords = 8192;
/** Symbols of scratch space that are kept from one part to the next. */
const keptScratch = 65_536;

/** How characters without a token of their own are read. */
interface Fallbacks {
  /** Ids by byte, if unknown characters become bytes. */
  readonly bytes: Int32Array | undefined;
  readonly unknown: number | undefined;
  /** One unknown token for a run of unknown characters. */
  readonly fuses: boolean;
}

/** What characters get before they are looked up, by their place in the part. */
interface Affixes {
  readonly prefix: string;
  readonly suffix: string;
}

class MergeTable implements Merges {
  readonly #ranks: PairTable;
  readonly #results: Int32Array;

  constructor(section: Section, ids: ReadonlyMap<string, number>, prefix: string) {
    const merges = section.list('merges');
    if (merges.length >= rankLimit) throw section.unsupported(`a list of ${merges.length} merges`);
    this.#ranks = new PairTable(merges.length);
    this.#results = new Int32Array(merges.length);
    for (const [rank, merge] of merges.entries()) {
      const [left, right, ...more]: unknown[] =
        typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
      if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0) {
        throw section.invalid(`must be a pair of tokens`, `merges[${rank}]`);
      }
      const found = [left, right, left + right.slice(prefix.length)].map((token) => ids.get(token));
      const [first, second, result] = found;
      if (first === undefined || second === undefined || result === undefined) {
        throw section.invalid(`has a token that is not in vocab`, `merges[${rank}]`);
      }
      this.#ranks.set(first, second, rank);
      this.#results[rank] = result;
    }
  }

  rank(left: number, right: number): number {
    return this.#ranks.get(left, right);
  }

  result(rank: number): number {
    return this.#results[rank] ?? -1;
  }
}

class BpeModel implements TokenModel {
  readonly partsAreWords = false;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #merges: Merges;
  readonly #fallbacks: Fallbacks;
  readonly #affixes: Affixes | undefined;
  readonly #ignoresMerges: boolean;
  /** Ids of tokens of one unit, -1 for none: most lookups are of such. */
  readonly #unitIds = new Int32Array(0x10000).fill(-1);
  readonly #remembered = new Map<string, Int32Array>();
  #symbols: Symbols = emptySymbols(256);
  #count = 0;

  constructor(
    ids: ReadonlyMap<string, number>,
    merges: Merges,
    fallbacks: Fallbacks,
    affixes: Affixes,
    ignoresMerges: boolean,
  ) {
    this.#ids = ids;
    this.#merges = merges;
    this.#fallbacks = fallbacks;
    this.#affixes = affixes.prefix === '' && affixes.suffix === '' ? undefined : affixes;
    this.#ignoresMerges = ignoresMerges;
    for (const [token, id] of ids) if (token.length === 1) this.#unitIds[token.charCodeAt(0)] = id;
  }

  id(token: string): number | undefined {
    return this.#ids.get(token);
  }

  entries(): Iterable<readonly [string, number]> {
    return this.#ids;
  }

  tokenize(part: AlignedText, sink: PieceSink): void {
    const { text } = part;
    const short = text.length <= rememberedUnits;
    const known = short ? this.#remembered.get(text) : undefined;
    if (known !== undefined) {
      for (let i = 0; i < known.length; i += 3) {
        sink.add(known[i] ?? 0, part.start(known[i + 1] ?? 0), part.end((known[i + 2] ?? 0) - 1), i > 0);
      }
      return;
    }
    this.#read(text);
    const { ids, starts, ends } = this.#symbols;
    const count = this.#count;
    for (let i = 0; i < count; i++) {
      sink.add(ids[i] ?? 0, part.start(starts[i] ?? 0), part.end((ends[i] ?? 0) - 1), i > 0);
    }
    if (short) this.#remember(text, count);
    if (ids.length > keptScratch) this.#symbols = emptySymbols(256);
  }

  #remember(text: string, count: number): void {
    if (this.#remembered.size >= rememberedWords) this.#remembered.clear();
    const { ids, starts, ends } = this.#symbols;
    const pieces = new Int32Array(3 * count);
    for (let i = 0; i < count; i++) {
      pieces[3 * i] = ids[i] ?? 0;
      pieces[3 * i + 1] = starts[i] ?? 0;
      pieces[3 * i + 2] = ends[i] ?? 0;
    }
    // A copy: a slice of a text would keep all of the text in memory.
    this.#remembered.set(Buffer.from(text, 'utf16le').toString('utf16le'), pieces);
  }

  /** Leaves the merged symbols of `text` in the scratch space. */
  #read(text: string): void {
    this.#count = 0;
    const whole = this.#ignoresMerges ? this.#ids.get(text) : undefined;
    if (whole !== undefined) {
      this.#add(whole, 0, text.length);
      return;
    }
    // A character becomes one symbol, or up to three per unit as bytes.
    if (this.#symbols.ids.length < 3 * text.length) this.#symbols = emptySymbols(3 * text.length);
    this.#takeApart(text);
    this.#count = mergeSymbols(this.#symbols, this.#count, this.#merges);
  }

  #takeApart(text: string): void {
    const { bytes, unknown, fuses } = this.#fallbacks;
    /** A run of unknown characters that isn't written yet: -1 if there is none. */
    let unknownStart = -1;
    let unknownEnd = -1;
    const flush = (): void => {
      if (unknownStart >= 0 && unknown !== undefined) this.#add(unknown, unknownStart, unknownEnd);
      unknownStart = -1;
    };
    for (let at = 0; at < text.length; ) {
      const end = at + codePointSize(text, at);
      const id = this.#characterId(text, at, end);
      if (id >= 0) {
        flush();
        this.#add(id, at, end);
      } else {
        const pieces = bytes === undefined ? undefined : bytePieces(this.#spelling(text, at, end), bytes);
        // Bytes come before a run of unknown characters that is still open, as in the reference.
        if (pieces !== undefined) for (const piece of pieces) this.#add(piece, at, end);
        else if (unknown !== undefined) {
          if (!fuses) flush();
          if (unknownStart < 0) unknownStart = at;
          unknownEnd = end;
        }
      }
      at = end;
    }
    flush();
  }

  #characterId(text: string, start: number, end: number): number {
    if (this.#affixes === undefined && end - start === 1) return this.#unitIds[text.charCodeAt(start)] ?? -1;
    return this.#ids.get(this.#spelling(text, start, end)) ?? -1;
  }

  #spelling(text: string, start: number, end: number): string {
    const character = text.slice(start, end);
    if (this.#affixes === undefined) return character;
    const { prefix, suffix } = this.#affixes;
    return (start > 0 ? prefix : '') + character + (end === text.length ? suffix : '');
  }

  #add(id: number, start: number, end: number): void {
    this.#symbols.ids[this.#count] = id;
    this.#symbols.starts[this.#count] = start;
    this.#symbols.ends[this.#count] = end;
    this.#count++;
  }
}

function emptySymbols(length: number): Symbols {
  return { ids: new Int32Array(length), starts: new Int32Array(length), ends: new Int32Array(length) };
}

/** Reads a model of type BPE. */
export function bpe(section: Section): TokenModel {
  if (section.number('dropout', 0) !== 0) throw section.unsupported('dropout');
  const ids = parseVocabulary(section);
  const prefix = section.string('continuing_subword_prefix', '');
  const suffix = section.string('end_of_word_suffix', '');
  let unknown: number | undefined;
  if (section.has('unk_token')) {
    unknown = ids.get(section.string('unk_token'));
    if (unknown === undefined) throw section.invalid('is not in vocab', 'unk_token');
  }
  return new BpeModel(
    ids,
    new MergeTable(section, ids, prefix),
    {
      bytes: section.boolean('byte_fallback', false) ? byteIds(ids) : undefined,
      unknown,
      fuses: section.boolean('fuse_unk', false),
    },
    { prefix, suffix },
    section.boolean('ignore_merges', false),
  );
}
