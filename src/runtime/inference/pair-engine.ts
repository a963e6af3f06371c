/**
 * Runs two texts together, in as many windows as they need.
 *
 * @module
 */
import { softmax } from '../math/probabilities.js';
import { type Engine, failed } from './engine.js';
import { assertFinite } from './finite.js';
import type { OutputSize, TokenRow } from './graph-session.js';
import type { Answer, Job, Outcome } from './messages.js';
import { overlapIds } from './overlap.js';
import type { PairHead, PairModel } from './pair-model.js';
import { type ComposedTexts, joined, type PairText, slice } from './pair-texts.js';
import type { PieceRange } from './text-view.js';
import { type FramePart, frame, frameSize, type Pieces } from './tokenizers/index.js';
import type { WordProbability } from './types.js';
import { pieceSegments, pieceWindows } from './windows.js';

/** A job cut into runs. */
interface Task {
  readonly id: number;
  readonly texts: ComposedTexts;
  readonly output: OutputSize;
  /** How many there are. */
  readonly runs: number;
  /** The next run; undefined if there is none left. */
  next(): PairRow | undefined;
  /** Takes the floats of the run that `next` gave last; `secondStart`: token that the second text begins with. */
  accept(row: PairRow, values: Float32Array, secondStart: number): void;
  answer(): Answer;
}

interface PairRow {
  readonly first: PairText;
  readonly second: PairText;
  readonly secondRange: PieceRange;
}

class NliTask implements Task {
  readonly output: OutputSize;
  readonly runs: number;
  readonly #windows: readonly PieceRange[];
  readonly #second: PairText;
  readonly #range: PieceRange;
  readonly #truncated: boolean;
  #begun = 0;
  #best: readonly number[] = [];
  #lowest = Number.POSITIVE_INFINITY;

  constructor(
    readonly id: number,
    private readonly head: PairHead,
    readonly texts: ComposedTexts,
    room: number,
  ) {
    this.output = { output: head.output, length: head.labels.length, per: 'text' };
    const { windowed, second, limits } = texts;
    // A hypothesis is a sentence; of one that is longer than a run may hold the beginning has to do.
    const most = Math.min(limits.second, Math.floor(room / 2));
    this.#range = { from: 0, to: Math.min(second.ids.length, most) };
    this.#truncated = this.#range.to < second.ids.length;
    this.#second = slice(second, this.#range);
    this.#windows = pieceWindows(windowed, Math.min(limits.first, room - this.#range.to));
    this.runs = this.#windows.length;
  }

  next(): PairRow | undefined {
    const window = this.#windows[this.#begun++];
    if (window === undefined) return undefined;
    const first = slice(this.texts.windowed, window);
    return { first, second: this.#second, secondRange: this.#range };
  }

  accept(_: PairRow, values: Float32Array): void {
    assertFinite(this.head.model, values);
    const probabilities = softmax(values, this.head.temperature);
    // A window that has nothing to do with the hypothesis is neutral; the others are the evidence.
    const neutral = probabilities[this.head.labels.indexOf('neutral')] ?? 1 - Math.max(...probabilities);
    if (neutral >= this.#lowest) return;
    this.#lowest = neutral;
    this.#best = probabilities;
  }

  answer(): Answer {
    return { type: 'nli', probabilities: this.#best, windows: this.runs, truncated: this.#truncated };
  }
}

/** A part of the second text, and the windows of the first one that it is compared with. */
interface Segment {
  readonly range: PieceRange;
  readonly windows: readonly PieceRange[];
}

/** The words of the second text. */
interface Words {
  /** Per piece: index of its word; -1 for one of white space. */
  readonly of: Int32Array;
  readonly list: readonly { readonly start: number; readonly end: number; probability: number }[];
}

/** Pieces of nothing but white space are no words, nor parts of one. */
function wordsOf({ continues, offsets }: Pieces): Words {
  const of = new Int32Array(continues.length).fill(-1);
  const list: { start: number; end: number; probability: number }[] = [];
  let last: { end: number } | undefined;
  for (const [piece, flag] of continues.entries()) {
    const start = offsets[2 * piece] ?? 0;
    const end = offsets[2 * piece + 1] ?? start;
    if (end <= start) {
      last = undefined;
      continue;
    }
    if (flag === 0 || last === undefined) {
      const word = { start, end, probability: 1 };
      list.push(word);
      last = word;
    } else last.end = end;
    of[piece] = list.length - 1;
  }
  return { of, list };
}

class WordsTask implements Task {
  readonly output: OutputSize;
  readonly runs: number;
  readonly #segments: readonly Segment[];
  /** Index of the segment and of the window that are next. */
  #segment = 0;
  #window = 0;
  #words: Words | undefined;

  constructor(
    readonly id: number,
    private readonly head: PairHead,
    readonly texts: ComposedTexts,
    room: number,
  ) {
    this.output = { output: head.output, length: head.labels.length, per: 'token' };
    const { before, windowed, after, second, limits } = texts;
    const around = before.ids.length + after.ids.length;
    /** Segments with as much room beside them share their windows: nearly all of them. */
    const cuts = new Map<number, readonly PieceRange[]>();
    this.#segments = pieceSegments(second, Math.min(limits.second, Math.floor(room / 2))).map((range) => {
      const held = Math.min(limits.first, room - (range.to - range.from)) - around;
      const windows = cuts.get(held) ?? pieceWindows(windowed, held);
      cuts.set(held, windows);
      return { range, windows };
    });
    this.runs = this.#segments.reduce((sum, { windows }) => sum + windows.length, 0);
  }

  next(): PairRow | undefined {
    const segment = this.#segments[this.#segment];
    const window = segment?.windows[this.#window++];
    if (segment === undefined || window === undefined) return undefined;
    if (this.#window === segment.windows.length) {
      this.#segment++;
      this.#window = 0;
    }
    const { before, windowed, after, second } = this.texts;
    return {
      first: joined(before, slice(windowed, window), after),
      second: slice(second, segment.range),
      secondRange: segment.range,
    };
  }

  /** A word is as doubtful as its worst piece, and as well supported as its best window supports it. */
  accept({ secondRange: { from, to } }: PairRow, values: Float32Array, secondStart: number): void {
    const { model, temperature, labels, negative } = this.head;
    assertFinite(model, values);
    this.#words ??= wordsOf(this.texts.second);
    const worst = new Map<number, number>();
    for (let piece = from; piece < to; piece++) {
      const at = (secondStart + piece - from) * labels.length;
      const probabilities = softmax(values.subarray(at, at + labels.length), temperature);
      const probability = 1 - (probabilities[negative] ?? 1);
      const word = this.#words.of[piece] ?? -1;
      worst.set(word, Math.max(worst.get(word) ?? 0, probability));
    }
    for (const [index, probability] of worst) {
      const word = this.#words.list[index];
      if (word !== undefined) word.probability = Math.min(word.probability, probability);
    }
  }

  answer(): Answer {
    const tokens: readonly WordProbability[] = this.#words?.list ?? [];
    return { type: 'words', tokens, windows: this.runs, truncated: this.texts.truncated };
  }
}

export class PairEngine implements Engine {
  #waiting: { readonly task: Task; row: PairRow }[] = [];
  /** The job of the run under way; undefined if it was forgotten meanwhile. */
  #running: Task | undefined;

  private constructor(private readonly model: PairModel) {}

  /** @throws if the graph doesn't have what `model` says. */
  static async open(model: PairModel): Promise<PairEngine> {
    const engine = new PairEngine(model);
    await engine.#tryOut();
    return engine;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  take(id: number, job: Job): Outcome | undefined {
    try {
      const task = this.#taskOf(id, job);
      const most = this.model.mostRuns[job.type === 'nli' ? 'nli' : 'words'];
      if (task.runs > most) {
        return { type: 'answer', id, answer: { type: 'too-long', runs: task.runs, most } };
      }
      const row = task.next();
      if (row === undefined) return { type: 'answer', id, answer: task.answer() };
      this.#waiting.push({ task, row });
      return undefined;
    } catch (error) {
      return failed(id, error);
    }
  }

  /** Jobs take turns: a long document must not keep a short pair waiting for all its windows. */
  async step(): Promise<Outcome[]> {
    const turn = this.#waiting.shift();
    if (turn === undefined) return [];
    const { task, row } = turn;
    this.#running = task;
    try {
      const { tokens, secondStart } = this.#rowOf(row, task.texts);
      const [[values = new Float32Array()] = []] = await this.model.session.run([tokens], [task.output]);
      if (this.#running === undefined) return [];
      task.accept(row, values, secondStart);
      const next = task.next();
      if (next === undefined) return [{ type: 'answer', id: task.id, answer: task.answer() }];
      this.#waiting.push({ task, row: next });
      return [];
    } catch (error) {
      return [failed(task.id, error)];
    }
  }

  forget(id: number): void {
    this.#waiting = this.#waiting.filter(({ task }) => task.id !== id);
    if (this.#running?.id === id) this.#running = undefined;
  }

  close(): Promise<void> {
    return this.model.session.close();
  }

  #taskOf(id: number, job: Job): Task {
    if (job.type !== 'nli' && job.type !== 'words') throw new Error('this graph reads two texts');
    const head = this.#head(job.model);
    const texts = this.model.compose(job, this.model.tokenizer, this.model.maxTokens);
    const room = this.model.maxTokens - frameSize(this.#frameOf(texts));
    return job.type === 'nli' ? new NliTask(id, head, texts, room) : new WordsTask(id, head, texts, room);
  }

  #head(model: string): PairHead {
    const head = this.model.heads.find((candidate) => candidate.model === model);
    if (head === undefined) throw new Error(`the graph has no head ${model}`);
    return head;
  }

  #frameOf({ together }: Pick<ComposedTexts, 'together'>): readonly FramePart[] {
    const { single, pair } = this.model.tokenizer.framing;
    return together ? single : pair;
  }

  #rowOf({ first, second }: PairRow, texts: Pick<ComposedTexts, 'together'>): FramedRow {
    const parts = this.#frameOf(texts);
    const framed = texts.together ? [joined(first, second)] : [first, second];
    const { ids, typeIds: types } = frame(parts, framed.map(unplaced));
    let secondStart = texts.together ? first.ids.length : 0;
    for (const part of parts) {
      if (part.kind === 'special') secondStart += part.ids.length;
      else if (texts.together || part.source === 1) break;
      else secondStart += first.ids.length;
    }
    if (!this.model.session.asksFor('overlap_ids')) return { tokens: { ids, types }, secondStart };
    const overlap = new Uint8Array(ids.length);
    overlap.set(overlapIds(first, second), secondStart);
    return { tokens: { ids, types, overlap }, secondStart };
  }

  /** The first run allocates, and shows whether graph and model agree. */
  async #tryOut(): Promise<void> {
    const { tokenizer, heads, session } = this.model;
    const [first, second] = [tokenizer.pieces('The sky is blue.'), tokenizer.pieces('It is red.')];
    const { tokens } = this.#rowOf(
      { first, second, secondRange: { from: 0, to: second.ids.length } },
      { together: false },
    );
    const outputs = heads.map(
      ({ output, labels, task }): OutputSize => ({
        output,
        length: labels.length,
        per: task === 'token' ? 'token' : 'text',
      }),
    );
    await session.run([tokens], outputs);
  }
}

/** The tokens of a run, and where those of the second text begin. */
interface FramedRow {
  readonly tokens: TokenRow;
  readonly secondStart: number;
}

function unplaced({ ids, continues }: PairText): Pieces {
  return { ids, continues, offsets: new Int32Array(0) };
}
