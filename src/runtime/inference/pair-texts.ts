/**
 * How two texts, and perhaps a question, become the tokens of a run.
 *
 * @module
 */
import type { NliJob, PairJob, WordsJob } from './messages.js';
import { trimOffsets } from './piece-offsets.js';
import type { PieceRange } from './text-view.js';
import { frameSize, type Pieces, type TextTokenizer } from './tokenizers/index.js';

/** Pieces without their places in a text. */
export type PairText = Pick<Pieces, 'ids' | 'continues'>;

/** Most pieces of one run. */
export interface PairLimits {
  /** Of the first text, with what stands around it. */
  readonly first: number;
  readonly second: number;
}

/** A job's texts as pieces. One run holds `before`, a window of `windowed`, `after`, and a part of `second`. */
export interface ComposedTexts {
  readonly before: PairText;
  readonly windowed: Pieces;
  readonly after: PairText;
  /** Offsets count from the begin of the second text. */
  readonly second: Pieces;
  /** True if all of it is one text for the model, false if it is a pair. */
  readonly together: boolean;
  readonly limits: PairLimits;
  /** True if a part of the question is left out. */
  readonly truncated: boolean;
}

/** @param maxTokens tokens of a run, special ones included. */
export type Compose = (job: PairJob, tokenizer: TextTokenizer, maxTokens: number) => ComposedTexts;

/** Most runs of one job, by its kind. */
export type MostRuns = Readonly<Record<PairJob['type'], number>>;

/**
 * Of the embedded graph: one to three minutes on a core. A context of a megabyte takes 1,200 with an answer of one
 * segment. Explaining what the detector found takes shorter windows of the same context, so more of them.
 */
export const embeddedRuns: MostRuns = { nli: 4096, words: 2048 };

/** About as long, of models that are eight times as slow and hold more per run. */
export function publishedRuns(maxTokens: number): MostRuns {
  const share = Math.min(1, 512 / maxTokens) / 8;
  return { nli: Math.ceil(embeddedRuns.nli * share), words: Math.ceil(embeddedRuns.words * share) };
}

/** Pieces `[from, to)`. */
export function slice({ ids, continues }: PairText, { from, to }: PieceRange): PairText {
  return { ids: ids.subarray(from, to), continues: continues.subarray(from, to) };
}

const nothing: PairText = { ids: new Int32Array(0), continues: new Uint8Array(0) };

/** Texts one after the other. */
export function joined(...texts: readonly PairText[]): PairText {
  const filled = texts.filter(({ ids }) => ids.length > 0);
  const [only = nothing] = filled;
  if (filled.length < 2) return only;
  const length = filled.reduce((sum, { ids }) => sum + ids.length, 0);
  const ids = new Int32Array(length);
  const continues = new Uint8Array(length);
  let at = 0;
  for (const text of filled) {
    ids.set(text.ids, at);
    continues.set(text.continues, at);
    at += text.ids.length;
  }
  return { ids, continues };
}

/**
 * Most pieces of a first text in one run of the embedded graph, question included, per kind of head. A run
 * could hold more, but the heads were fitted on texts of at most these lengths (training/pair_rows.py) and
 * nothing is known of what they say about longer ones.
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

/** What the embedded heads were fitted on: a pair, and the question before every window of the first text. */
export const composeEmbedded: Compose = (job, tokenizer, maxTokens) => {
  if (job.type === 'nli') return plainPair(job, tokenizer, { first: firstPieces.nli, second: secondPieces });
  const question = tokenizer.pieces(job.question);
  const room = maxTokens - frameSize(tokenizer.framing.pair);
  const most = Math.min(questionPieces, Math.floor(room / 4), question.ids.length);
  return {
    before: slice(question, { from: 0, to: most }),
    windowed: tokenizer.pieces(job.first),
    after: nothing,
    second: tokenizer.pieces(job.second),
    together: false,
    limits: { first: firstPieces[job.kind], second: secondPieces },
    truncated: most < question.ids.length,
  };
};

const noLimits: PairLimits = { first: Number.POSITIVE_INFINITY, second: Number.POSITIVE_INFINITY };

/**
 * What the published models were trained on. The detector reads `context Question: question` and the answer
 * as a pair, the verifier `[USER] intent [TOOL] call` as one text. The first part is tokenised as a whole,
 * so that a text that fits gives exactly the tokens of training.
 */
export const composePublished: Compose = (job, tokenizer, maxTokens) => {
  if (job.type === 'nli') return plainPair(job, tokenizer, noLimits);
  const room = maxTokens - frameSize(tokenizer.framing.pair);
  return job.kind === 'hallucination'
    ? withQuestion(job, tokenizer, Math.floor(room / 4))
    : asDialogue(job, tokenizer);
};

function plainPair(
  { premise, hypothesis }: NliJob,
  tokenizer: TextTokenizer,
  limits: PairLimits,
): ComposedTexts {
  return {
    before: nothing,
    windowed: tokenizer.pieces(premise),
    after: nothing,
    second: tokenizer.pieces(hypothesis),
    together: false,
    limits,
    truncated: false,
  };
}

/** @param most pieces of the question that are read. */
function withQuestion(
  { first, question, second }: WordsJob,
  tokenizer: TextTokenizer,
  most: number,
): ComposedTexts {
  const asked = question.trim() === '' ? '' : ` Question: ${question}`;
  const whole = tokenizer.pieces(first + asked);
  const at = firstPieceFrom(whole, first.length);
  const after = slice(whole, { from: at, to: Math.min(whole.ids.length, at + most) });
  return {
    before: nothing,
    windowed: part(whole, 0, at, 0),
    after,
    second: piecesOf(second, tokenizer),
    together: false,
    limits: noLimits,
    truncated: at + after.ids.length < whole.ids.length,
  };
}

const userMark = '[USER] ';
const toolMark = ' [TOOL] ';

function asDialogue({ first, second }: WordsJob, tokenizer: TextTokenizer): ComposedTexts {
  const whole = piecesOf(`${userMark}${first}${toolMark}${second}`, tokenizer);
  const intent = userMark.length;
  const tool = intent + first.length;
  const call = tool + toolMark.length;
  const a = firstPieceFrom(whole, intent);
  const b = firstPieceFrom(whole, tool);
  const c = firstPieceFrom(whole, call);
  return {
    before: slice(whole, { from: 0, to: a }),
    windowed: part(whole, a, b, 0),
    after: slice(whole, { from: b, to: c }),
    second: part(whole, c, whole.ids.length, call),
    together: true,
    limits: noLimits,
    truncated: false,
  };
}

/** Without the white space that some vocabularies have in them. */
function piecesOf(text: string, tokenizer: TextTokenizer): Pieces {
  const pieces = tokenizer.pieces(text);
  trimOffsets(text, pieces.offsets);
  return pieces;
}

/** Index of the first piece that begins at `at` or later. */
function firstPieceFrom({ ids, offsets }: Pieces, at: number): number {
  for (let i = 0; i < ids.length; i++) if ((offsets[2 * i] ?? 0) >= at) return i;
  return ids.length;
}

/** Pieces `[from, to)`, whose offsets then count from `base`. */
function part({ ids, continues, offsets }: Pieces, from: number, to: number, base: number): Pieces {
  return {
    ids: ids.subarray(from, to),
    continues: continues.subarray(from, to),
    offsets: offsets.slice(2 * from, 2 * to).map((offset) => Math.max(0, offset - base)),
  };
}
