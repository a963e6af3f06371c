/**
 * One ONNX Runtime session: rows of tokens in, rows of floats out. Runs on the calling thread and blocks
 * it: for worker threads only.
 *
 * @module
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { shapeSize } from './piece-shapes.js';

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

/** What a graph can ask for about one text or pair; all arrays have one entry per token. */
export interface TokenRow {
  readonly ids: Int32Array;
  /** Default: all 0. */
  readonly types?: Uint8Array | undefined;
  /** {@link shapeSize} entries per token. Default: all 0. */
  readonly shapes?: Uint8Array | undefined;
  /** Default: all 0. */
  readonly overlap?: Uint8Array | undefined;
}

/** An output and what the manifest says of its size: `length` floats per text, or per token of it. */
export interface OutputSize {
  readonly output: string;
  readonly length: number;
  readonly per: 'text' | 'token';
}

export class GraphSession {
  readonly #session: InferenceSession;
  readonly #inputs: ReadonlySet<string>;

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.#inputs = new Set(session.inputNames);
  }

  /** @throws if the file can't be read or is no graph that this runtime can run. */
  static async load(graph: string, threads: number): Promise<GraphSession> {
    return new GraphSession(await InferenceSession.create(graph, sessionOptions(threads)));
  }

  /** True if the graph has an input of that name; only then is it worth computing. */
  asksFor(input: 'piece_shapes' | 'overlap_ids'): boolean {
    return this.#inputs.has(input);
  }

  /** Frees the native session; it is of no use afterwards. */
  close(): Promise<void> {
    return this.#session.release();
  }

  /**
   * One run. Per output, in the order of `outputs`, the floats of each row, without padding. They are
   * views of memory that the runtime owns.
   *
   * @throws if the graph has other inputs than are known, or outputs of other sizes.
   */
  async run(rows: readonly TokenRow[], outputs: readonly OutputSize[]): Promise<Float32Array[][]> {
    const width = rows.reduce((longest, { ids }) => Math.max(longest, ids.length), 0);
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#inputs) feeds[name] = inputOf(name, rows, width);
    const results = await this.#session.run(
      feeds,
      outputs.map(({ output }) => output),
    );
    return outputs.map((size) => rowsOf(results[size.output]?.data, size, rows, width));
  }
}

function inputOf(name: string, rows: readonly TokenRow[], width: number): Tensor {
  const perToken = name === 'piece_shapes' ? shapeSize : 1;
  const values = new BigInt64Array(rows.length * width * perToken);
  for (const [row, tokens] of rows.entries()) {
    const start = row * width * perToken;
    // Padding is 0 everywhere: that is the padding id of every BERT vocabulary, and masked anyway.
    if (name === 'attention_mask') values.fill(1n, start, start + tokens.ids.length);
    else for (const [i, value] of valuesOf(name, tokens).entries()) values[start + i] = BigInt(value);
  }
  const dims = [rows.length, width];
  return new Tensor('int64', values, perToken === 1 ? dims : [...dims, perToken]);
}

const none = new Uint8Array(0);

function valuesOf(name: string, tokens: TokenRow): Int32Array | Uint8Array {
  switch (name) {
    case 'input_ids':
      return tokens.ids;
    case 'token_type_ids':
      return tokens.types ?? none;
    case 'piece_shapes':
      return tokens.shapes ?? none;
    case 'overlap_ids':
      return tokens.overlap ?? none;
    default:
      throw new Error(`the graph asks for an unknown input "${name}"`);
  }
}

/** The rows of an output of shape [rows, length] or [rows, width, length]. */
function rowsOf(
  data: Tensor.DataType | undefined,
  { output, length, per }: OutputSize,
  rows: readonly TokenRow[],
  width: number,
): Float32Array[] {
  if (!(data instanceof Float32Array)) throw new Error(`the graph's output "${output}" is not float32`);
  const units = per === 'text' ? 1 : width;
  if (data.length !== rows.length * units * length) {
    const found = data.length / rows.length / units;
    const each = per === 'text' ? '' : ' per token';
    throw new Error(`the graph's output "${output}" has ${found} values${each}, the manifest says ${length}`);
  }
  return rows.map(({ ids }, row) => {
    const start = row * units * length;
    return data.subarray(start, start + (per === 'text' ? 1 : ids.length) * length);
  });
}
