/**
 * Runs texts: the encoder with its sentence embedding and its heads.
 *
 * @module
 */
import { takeBatch } from './batching.js';
import { type Engine, failed } from './engine.js';
import type { OutputSize, TokenRow } from './graph-session.js';
import type { EncodeAnswer, Job, Outcome } from './messages.js';
import { trimOffsets } from './piece-offsets.js';
import { pieceShapes } from './piece-shapes.js';
import { pooled } from './pooling.js';
import type { TextModel } from './text-model.js';
import { type Excerpt, excerptOf, originalOffset, type PieceRange, selectPieces } from './text-view.js';
import { BioDecoder, type LabelledText } from './token-labels.js';
import { frame, frameSize, type Pieces } from './tokenizers/index.js';
import type { TextView } from './types.js';
import { mostScanTokens, planChunk } from './windows.js';

/** Most that a result may move for its neighbours in a batch. */
const batchTolerance = 1e-4;

/** A tokenised text, waiting to be run. */
interface Prepared {
  readonly id: number;
  /** Tokens that are run, special ones included. */
  readonly length: number;
  readonly row: TokenRow;
  readonly excerpt: Excerpt;
  readonly labelled: LabelledText;
  /** Tokens of the whole text. */
  readonly tokens: number;
  readonly view: TextView;
}

/** Outputs for one text as the graph gives them: the embedding, if there is one, then each head. */
type RawOutputs = readonly Float32Array[];

export class TextEngine implements Engine {
  /**
   * True if texts may share a run. A graph that quantises with one scale per tensor makes each text's
   * result depend on its neighbours: plain dynamic int8 moved embeddings by up to 0.033 and logits by
   * 0.9, enough to flip a decision, and the same request must give the same decision whatever else is
   * being classified. The embedded graph has scales of its own per row (moves by 3e-8 and 6e-6). Since
   * a bundle can be replaced, loading tries it out.
   */
  #batches = false;
  readonly #waiting: Prepared[] = [];
  readonly #outputs: readonly OutputSize[];
  readonly #decoders: readonly BioDecoder[];

  /** Pieces of a text that one run holds. */
  readonly #capacity: number;
  /** Tokens of the frame before the text. */
  readonly #before: number;

  private constructor(private readonly model: TextModel) {
    const { embedding, sequenceHeads, tokenHeads, tokenizer, maxTokens } = model;
    const { single } = tokenizer.framing;
    this.#capacity = maxTokens - frameSize(single);
    this.#before = frameSize(
      single.slice(
        0,
        single.findIndex(({ kind }) => kind === 'text'),
      ),
    );
    this.#decoders = tokenHeads.map((head) => new BioDecoder(head));
    this.#outputs = [
      ...(embedding === undefined ? [] : [embedding]),
      ...sequenceHeads.map(({ output, labels }) => sizeOf(output, labels, 'text')),
      ...tokenHeads.map(({ output, labels }) => sizeOf(output, labels, 'token')),
    ];
  }

  /** @throws if the graph doesn't have what `model` says, or has no room for a text. */
  static async open(model: TextModel): Promise<TextEngine> {
    const engine = new TextEngine(model);
    if (engine.#capacity < 3) throw new Error(`${model.maxTokens} tokens are too few for a text`);
    await engine.#tryOut();
    return engine;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  take(id: number, job: Job): Outcome | undefined {
    try {
      if (job.type === 'encode') {
        this.#waiting.push(this.#prepare(id, job.excerpt));
        return undefined;
      }
      if (job.type === 'plan') {
        const pieces = this.model.tokenizer.pieces(job.chunk);
        const capacity = Math.min(
          this.#capacity,
          mostScanTokens - frameSize(this.model.tokenizer.framing.single),
        );
        const plan = planChunk(job.chunk, pieces, capacity, job.last);
        return { type: 'answer', id, answer: { type: 'planned', plan } };
      }
      return failed(id, new Error('this graph reads one text'));
    } catch (error) {
      return failed(id, error);
    }
  }

  /** Texts run in about the order in which they came; short ones that wait together share a run. */
  async step(): Promise<Outcome[]> {
    const batch = this.#batches ? takeBatch(this.#waiting) : this.#waiting.splice(0, 1);
    let raw: RawOutputs[];
    try {
      raw = await this.#run(batch);
    } catch (error) {
      return batch.map(({ id }) => failed(id, error));
    }
    return batch.map((text, i): Outcome => {
      try {
        return { type: 'answer', id: text.id, answer: this.#answer(text, raw[i] ?? []) };
      } catch (error) {
        return failed(text.id, error);
      }
    });
  }

  forget(id: number): void {
    const at = this.#waiting.findIndex((text) => text.id === id);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  close(): Promise<void> {
    return this.model.session.close();
  }

  #prepare(id: number, excerpt: Excerpt): Prepared {
    const { tokenizer, session } = this.model;
    const { single } = tokenizer.framing;
    const pieces = tokenizer.pieces(excerpt.text);
    const { ranges, view, total } = selectPieces(pieces, this.#capacity, excerpt);
    const { ids, offsets, typeIds } = frame(single, [chosen(pieces, ranges)]);
    const breaks = new Set<number>();
    let at = this.#before;
    let end = 0;
    for (const { from, to } of ranges) {
      if (from !== end) breaks.add(at);
      at += to - from;
      end = to;
    }
    trimOffsets(excerpt.text, offsets);
    const shapes = session.asksFor('piece_shapes') ? pieceShapes(excerpt.text, offsets) : undefined;
    return {
      id,
      length: ids.length,
      row: { ids, types: typeIds, shapes },
      excerpt,
      labelled: { text: excerpt.text, offsets, breaks },
      tokens: total + frameSize(single),
      view,
    };
  }

  /** One run over all of `batch`, outputs per text. */
  async #run(batch: readonly Prepared[]): Promise<RawOutputs[]> {
    const outputs = await this.model.session.run(
      batch.map(({ row }) => row),
      this.#outputs,
    );
    return batch.map((_, row) => outputs.map((rows) => rows[row] ?? new Float32Array()));
  }

  #answer({ labelled, excerpt, tokens, view }: Prepared, outputs: RawOutputs): EncodeAnswer {
    const { embedding, sequenceHeads } = this.model;
    const heads = embedding === undefined ? outputs : outputs.slice(1);
    const logits = new Float32Array(sequenceHeads.reduce((sum, { labels }) => sum + labels.length, 0));
    let at = 0;
    for (const row of heads.slice(0, sequenceHeads.length)) {
      logits.set(row, at);
      at += row.length;
    }
    const spans = this.#decoders.map((decoder, i) =>
      decoder
        .decode(labelled, heads[sequenceHeads.length + i] ?? new Float32Array())
        .map(({ label, start, end, confidence }) => {
          const from = originalOffset(excerpt, start);
          return { label, start: from, end: from + end - start, confidence };
        }),
    );
    const vector = embedding === undefined ? new Float32Array() : pooled(embedding, outputs[0] ?? logits);
    return { type: 'encoded', embedding: vector, logits, spans, tokens, view };
  }

  /** The first runs allocate, show whether graph and manifest agree, and whether batches are sound. */
  async #tryOut(): Promise<void> {
    const texts = ['hello', 'What is the capital of France, and since when?', 'Solve 3x^2 - 5x + 2 = 0!'];
    const probes = texts.map((text, id) => this.#prepare(id, excerptOf(text)));
    const alone: RawOutputs[] = [];
    for (const probe of probes) {
      // Copies, since the next run may use the same memory.
      const [outputs = []] = await this.#run([probe]);
      alone.push(outputs.map((row) => new Float32Array(row)));
    }
    try {
      const together = await this.#run(probes);
      this.#batches = alone.every((outputs, i) => moved(outputs, together[i] ?? []) <= batchTolerance);
    } catch {
      // A graph for one text at a time.
      this.#batches = false;
    }
  }
}

function sizeOf(output: string, labels: readonly string[], per: OutputSize['per']): OutputSize {
  return { output, length: labels.length, per };
}

/** Largest difference between two results; NaN if one is missing. */
function moved(a: RawOutputs, b: RawOutputs): number {
  let most = 0;
  for (const [i, row] of a.entries()) {
    for (const [j, value] of row.entries()) {
      most = Math.max(most, Math.abs(value - (b[i]?.[j] ?? Number.NaN)));
    }
  }
  return most;
}

/** The pieces of several stretches as those of one text. */
function chosen(pieces: Pieces, ranges: readonly PieceRange[]): Pieces {
  const [only] = ranges;
  if (only !== undefined && ranges.length === 1 && only.to - only.from === pieces.ids.length) return pieces;
  const length = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const ids = new Int32Array(length);
  const offsets = new Int32Array(2 * length);
  const continues = new Uint8Array(length);
  let at = 0;
  for (const { from, to } of ranges) {
    ids.set(pieces.ids.subarray(from, to), at);
    offsets.set(pieces.offsets.subarray(2 * from, 2 * to), 2 * at);
    continues.set(pieces.continues.subarray(from, to), at);
    at += to - from;
  }
  return { ids, offsets, continues };
}
