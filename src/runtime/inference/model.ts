/**
 * One ONNX Runtime session with its tokenizer. Runs on the calling thread and blocks it: for worker
 * threads only.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EncodeAnswer, EncodeJob, ModelSettings } from './messages.js';
import { type Tokenized, WordPieceTokenizer } from './wordpiece.js';

/**
 * Without memory patterns: they are planned per input shape and every text has another length, so they
 * only cost memory (176 MB for the process instead of 157). The arena stays on: freeing each buffer to
 * the system instead is slower, and larger (277 MB), since glibc keeps the pieces.
 */
function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 3,
    // A thread that spins while it waits takes a core from the event loop that feeds it (with two
    // threads on two busy cores, 120 ms for 512 tokens instead of 63).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

/** Most that a result may move for its neighbours in a batch. */
const batchTolerance = 1e-4;

/** A tokenised text, waiting to be run. */
export interface Prepared {
  readonly id: number;
  /** Tokens that are run, special ones included. */
  readonly length: number;
  readonly tokens: Tokenized;
}

export class Model {
  /**
   * True if texts may share a run. A graph that quantises with one scale per tensor makes each text's
   * result depend on its neighbours: plain dynamic int8 moved embeddings by up to 0.033 and logits by
   * 0.9, enough to flip a decision, and the same request must give the same decision whatever else is
   * being classified. The embedded graph has scales of its own per row (moves by 3e-8 and 6e-6). Since
   * a bundle can be replaced, loading tries it out.
   */
  #batches = false;

  private constructor(
    private readonly settings: ModelSettings,
    private readonly session: InferenceSession,
    private readonly tokenizer: WordPieceTokenizer,
  ) {}

  /** @throws if a file can't be read or the graph doesn't have what the settings say. */
  static async load(settings: ModelSettings): Promise<Model> {
    const [session, tokenizer] = await Promise.all([
      InferenceSession.create(settings.graph, sessionOptions(settings.threads)),
      readFile(settings.tokenizer, 'utf8'),
    ]);
    const model = new Model(settings, session, new WordPieceTokenizer(tokenizer));
    await model.#tryOut();
    return model;
  }

  get batches(): boolean {
    return this.#batches;
  }

  prepare({ id, text, units }: Omit<EncodeJob, 'type'>): Prepared {
    const tokens = this.tokenizer.encode(text, this.settings.maxTokens, units);
    return { id, length: tokens.ids.length, tokens };
  }

  /** Frees the native session; the model is of no use afterwards. */
  close(): Promise<void> {
    return this.session.release();
  }

  /** One run over all of `batch`, answers in its order. */
  async encode(batch: readonly Prepared[]): Promise<EncodeAnswer[]> {
    const { settings, session } = this;
    const width = batch.reduce((longest, text) => Math.max(longest, text.length), 0);
    const dims = [batch.length, width];
    const feeds: Record<string, Tensor> = {};
    for (const name of session.inputNames) {
      feeds[name] = new Tensor('int64', inputOf(name, batch, width), dims);
    }
    const outputs = await session.run(feeds, [
      settings.embedding.output,
      ...settings.heads.map((head) => head.output),
    ]);
    const labels = settings.heads.reduce((sum, head) => sum + head.length, 0);
    return batch.map(({ id, tokens }, row) => {
      const logits = new Float32Array(labels);
      let at = 0;
      for (const head of settings.heads) {
        logits.set(rowOf(outputs, head, row, batch.length), at);
        at += head.length;
      }
      return {
        type: 'encoded',
        id,
        // A copy: the runtime owns its output buffers, they can't be transferred.
        embedding: new Float32Array(rowOf(outputs, settings.embedding, row, batch.length)),
        logits,
        tokens: tokens.total,
        truncated: tokens.truncated,
      };
    });
  }

  /** The first runs allocate, show whether graph and manifest agree, and whether batches are sound. */
  async #tryOut(): Promise<void> {
    const texts = ['hello', 'What is the capital of France, and since when?', 'Solve 3x^2 - 5x + 2 = 0!'];
    const probes = texts.map((text, id) => this.prepare({ id, text, units: text.length }));
    const alone: EncodeAnswer[] = [];
    for (const probe of probes) alone.push(...(await this.encode([probe])));
    try {
      const together = await this.encode(probes);
      this.#batches = alone.every((answer, i) => {
        const other = together[i];
        return other !== undefined && moved(answer, other) <= batchTolerance;
      });
    } catch {
      // A graph for one text at a time.
      this.#batches = false;
    }
  }
}

function moved(a: EncodeAnswer, b: EncodeAnswer): number {
  let most = 0;
  for (const key of ['embedding', 'logits'] as const) {
    for (const [i, value] of a[key].entries()) {
      most = Math.max(most, Math.abs(value - (b[key][i] ?? Number.NaN)));
    }
  }
  return most;
}

function inputOf(name: string, batch: readonly Prepared[], width: number): BigInt64Array {
  const values = new BigInt64Array(batch.length * width);
  for (const [row, { tokens }] of batch.entries()) {
    const start = row * width;
    if (name === 'input_ids') {
      // The padding id is 0 in every BERT vocabulary, and masked anyway.
      for (const [i, id] of tokens.ids.entries()) values[start + i] = BigInt(id);
    } else if (name === 'attention_mask') {
      values.fill(1n, start, start + tokens.ids.length);
    } else if (name !== 'token_type_ids') {
      throw new Error(`the graph asks for an unknown input "${name}"`);
    }
  }
  return values;
}

/** One row of an output of shape [rows, length]; a view. */
function rowOf(
  outputs: InferenceSession.ReturnType,
  { output, length }: { readonly output: string; readonly length: number },
  row: number,
  rows: number,
): Float32Array {
  const data = outputs[output]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph's output "${output}" is not float32`);
  if (data.length !== rows * length) {
    throw new Error(
      `the graph's output "${output}" has ${data.length / rows} values, the manifest says ${length}`,
    );
  }
  return data.subarray(row * length, (row + 1) * length);
}
