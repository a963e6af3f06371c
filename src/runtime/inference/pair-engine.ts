/**
 * Runs two texts together, in as many windows as they need.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { type Engine, failed } from './engine.js';
import { GraphSession, type OutputSize, type TokenRow } from './graph-session.js';
import type { Answer, HeadSettings, Job, NliJob, Outcome, PairSettings, WordsJob } from './messages.js';
import { overlapIds, wordStarts } from './overlap.js';
import { assertFinite, softmax } from './softmax.js';
import type { PieceRange } from './text-view.js';
import type { WordProbability } from './types.js';
import { pieceSegments, pieceWindows } from './windows.js';
import { type Pieces, WordPieceTokenizer } from './wordpiece.js';

/** [CLS] first [SEP] second [SEP]. */
const specialTokens = 3;

/**
 * Most pieces of a first text in one run, question included, per kind of head. A run could hold more, but
 * the heads were fitted on texts of at most these lengths (training/pair_rows.py) and nothing is known
 * of what they say about longer ones.
 */
export const firstPieces: Readonly<Record<'nli' | WordsJob['kind'], number>> = {
  nli: 192,
  hallucination: 256,
  'tool-call': 192,
};

/** Pieces of the second text that are judged in one run; for the same reason. */
export const secondPieces = 160;

/** Pieces of a question that stand before every window of a context; what is beyond is not read. */
export const questionPieces = 64;

/**
 * Most runs of one job: one to three minutes on a core. A context of a megabyte takes 1,200 with an answer
 * of one segment. Explaining what the detector found takes shorter windows of the same context, so more of
 * them.
 */
export const mostRuns: Readonly<Record<'nli' | 'words', number>> = { nli: 4096, words: 2048 };

/** A job cut into runs. */
interface Task {
  readonly id: number;
  readonly output: OutputSize;
  /** How many there are. */
  readonly runs: number;
  /** The next run; undefined if there is none left. */
  next(): PairRow | undefined;
  /** Takes the floats of the run that `next` gave last. */
  accept(row: PairRow, values: Float32Array): void;
  answer(): Answer;
}

interface PairRow {
  readonly first: PairText;
  readonly second: PairText;
  readonly secondRange: PieceRange;
}

type PairText = Pick<Pieces, 'ids' | 'continues'>;

function slice({ ids, continues }: PairText, { from, to }: PieceRange): PairText {
  return { ids: ids.subarray(from, to), continues: continues.subarray(from, to) };
}

function joined(a: PairText, b: PairText): PairText {
  const ids = new Int32Array(a.ids.length + b.ids.length);
  ids.set(a.ids);
  ids.set(b.ids, a.ids.length);
  const continues = new Uint8Array(ids.length);
  continues.set(a.continues);
  continues.set(b.continues, a.ids.length);
  return { ids, continues };
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
    private readonly head: HeadSettings,
    private readonly premise: Pieces,
    hypothesis: Pieces,
    room: number,
  ) {
    this.output = { output: head.output, length: head.labels.length, per: 'text' };
    // A hypothesis is a sentence; of one that is longer than a run may hold the beginning has to do.
    const most = Math.min(secondPieces, Math.floor(room / 2));
    this.#range = { from: 0, to: Math.min(hypothesis.ids.length, most) };
    this.#truncated = this.#range.to < hypothesis.ids.length;
    this.#second = slice(hypothesis, this.#range);
    this.#windows = pieceWindows(premise, Math.min(firstPieces.nli, room - this.#range.to));
    this.runs = this.#windows.length;
  }

  next(): PairRow | undefined {
    const window = this.#windows[this.#begun++];
    if (window === undefined) return undefined;
    return { first: slice(this.premise, window), second: this.#second, secondRange: this.#range };
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
  /** Per piece: index of its word. */
  readonly of: Int32Array;
  readonly list: readonly { readonly start: number; readonly end: number; probability: number }[];
}

function wordsOf({ continues, offsets }: Pieces): Words {
  const of = new Int32Array(continues.length);
  const starts = wordStarts(continues);
  const list = starts.map((from, word) => {
    const to = starts[word + 1] ?? continues.length;
    of.fill(word, from, to);
    const start = offsets[2 * from] ?? 0;
    return { start, end: offsets[2 * to - 1] ?? start, probability: 1 };
  });
  return { of, list };
}

class WordsTask implements Task {
  readonly output: OutputSize;
  readonly runs: number;
  readonly #first: Pieces;
  /** Stands before every window, also if there is only one: as in training. */
  readonly #question: PairText;
  readonly #truncated: boolean;
  readonly #segments: readonly Segment[];
  /** Index of the segment and of the window that are next. */
  #segment = 0;
  #window = 0;
  #words: Words | undefined;

  constructor(
    readonly id: number,
    private readonly head: HeadSettings,
    tokenizer: WordPieceTokenizer,
    job: WordsJob,
    room: number,
    private readonly second: Pieces,
  ) {
    this.output = { output: head.output, length: head.labels.length, per: 'token' };
    this.#first = tokenizer.pieces(job.first);
    const question = tokenizer.pieces(job.question);
    const most = Math.min(questionPieces, Math.floor(room / 4), question.ids.length);
    this.#question = slice(question, { from: 0, to: most });
    this.#truncated = most < question.ids.length;
    /** Segments with as much room beside them share their windows: nearly all of them. */
    const cuts = new Map<number, readonly PieceRange[]>();
    this.#segments = pieceSegments(second, Math.min(secondPieces, Math.floor(room / 2))).map((range) => {
      const held = Math.min(firstPieces[job.kind], room - (range.to - range.from)) - most;
      const windows = cuts.get(held) ?? pieceWindows(this.#first, held);
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
    return {
      first: joined(this.#question, slice(this.#first, window)),
      second: slice(this.second, segment.range),
      secondRange: segment.range,
    };
  }

  /** A word is as doubtful as its worst piece, and as well supported as its best window supports it. */
  accept({ first, secondRange: { from, to } }: PairRow, values: Float32Array): void {
    const { model, temperature, labels } = this.head;
    assertFinite(model, values);
    this.#words ??= wordsOf(this.second);
    const offset = first.ids.length + specialTokens - 1;
    const worst = new Map<number, number>();
    for (let piece = from; piece < to; piece++) {
      const at = (offset + piece - from) * labels.length;
      const [, probability = 0] = softmax(values.subarray(at, at + labels.length), temperature);
      const word = this.#words.of[piece] ?? 0;
      worst.set(word, Math.max(worst.get(word) ?? 0, probability));
    }
    for (const [index, probability] of worst) {
      const word = this.#words.list[index];
      if (word !== undefined) word.probability = Math.min(word.probability, probability);
    }
  }

  answer(): Answer {
    const tokens: readonly WordProbability[] = this.#words?.list ?? [];
    return { type: 'words', tokens, windows: this.runs, truncated: this.#truncated };
  }
}

export class PairEngine implements Engine {
  #waiting: { readonly task: Task; row: PairRow }[] = [];
  /** The job of the run under way; undefined if it was forgotten meanwhile. */
  #running: Task | undefined;

  private constructor(
    private readonly settings: PairSettings,
    private readonly session: GraphSession,
    private readonly tokenizer: WordPieceTokenizer,
  ) {}

  /** @throws if a file can't be read or the graph doesn't have what the settings say. */
  static async load(settings: PairSettings): Promise<PairEngine> {
    const [session, tokenizer] = await Promise.all([
      GraphSession.load(settings.graph, settings.threads),
      readFile(settings.tokenizer, 'utf8'),
    ]);
    const engine = new PairEngine(settings, session, new WordPieceTokenizer(tokenizer));
    await engine.#tryOut();
    return engine;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  take(id: number, job: Job): Outcome | undefined {
    try {
      const task = this.#taskOf(id, job);
      const most = mostRuns[job.type === 'nli' ? 'nli' : 'words'];
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
      const [[values = new Float32Array()] = []] = await this.session.run([this.#rowOf(row)], [task.output]);
      if (this.#running === undefined) return [];
      task.accept(row, values);
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
    return this.session.close();
  }

  #taskOf(id: number, job: Job): Task {
    const room = this.settings.maxTokens - specialTokens;
    switch (job.type) {
      case 'nli':
        return this.#nliTask(id, job, room);
      case 'words': {
        const second = this.tokenizer.pieces(job.second);
        return new WordsTask(id, this.#head(job.output), this.tokenizer, job, room, second);
      }
      default:
        throw new Error('this graph reads two texts');
    }
  }

  #nliTask(id: number, { output, premise, hypothesis }: NliJob, room: number): Task {
    const [first, second] = [this.tokenizer.pieces(premise), this.tokenizer.pieces(hypothesis)];
    return new NliTask(id, this.#head(output), first, second, room);
  }

  #head(output: string): HeadSettings {
    const head = this.settings.heads.find((candidate) => candidate.output === output);
    if (head === undefined) throw new Error(`no head has the output "${output}"`);
    return head;
  }

  #rowOf({ first, second }: PairRow): TokenRow {
    const boundary = first.ids.length + 2;
    const ids = new Int32Array(first.ids.length + second.ids.length + specialTokens);
    ids[0] = this.tokenizer.start;
    ids.set(first.ids, 1);
    ids[boundary - 1] = this.tokenizer.end;
    ids.set(second.ids, boundary);
    ids[ids.length - 1] = this.tokenizer.end;
    const types = new Uint8Array(ids.length).fill(1, boundary);
    if (!this.session.asksFor('overlap_ids')) return { ids, types };
    const overlap = new Uint8Array(ids.length);
    overlap.set(overlapIds(first, second), boundary);
    return { ids, types, overlap };
  }

  /** The first run allocates, and shows whether graph and manifest agree. */
  async #tryOut(): Promise<void> {
    const [first, second] = [this.tokenizer.pieces('The sky is blue.'), this.tokenizer.pieces('It is red.')];
    const row = this.#rowOf({ first, second, secondRange: { from: 0, to: second.ids.length } });
    const outputs = this.settings.heads.map(
      ({ output, labels, task }): OutputSize => ({
        output,
        length: labels.length,
        per: task === 'token' ? 'token' : 'text',
      }),
    );
    await this.session.run([row], outputs);
  }
}
