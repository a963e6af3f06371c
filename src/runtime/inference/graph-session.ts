/**
 * One ONNX Runtime session: rows of tokens in, rows of floats out. Runs on the calling thread and blocks
 * it: for worker threads only.
 *
 * @module
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { fromFloat16, toFloat16 } from './float16.js';
import { shapeSize } from './piece-shapes.js';
import type { Provider, RefusedProvider } from './report.js';
import { openSession, type SessionSource } from './session.js';

export interface GraphFile extends SessionSource {
  /** What fills rows up to the longest of a batch. */
  readonly padding: Padding;
}

export interface Padding {
  readonly id: number;
  readonly side: 'left' | 'right';
}

/** BERT's, and that of the embedded graphs. */
export const zeroPadding: Padding = { id: 0, side: 'right' };

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

/** An output as a run gave it. */
export interface OutputShape {
  readonly output: string;
  readonly dims: readonly number[];
}

export class GraphSession {
  readonly provider: Provider;
  /** Better providers than `provider`, and why they don't run the graph. */
  readonly refused: readonly RefusedProvider[];
  readonly #session: InferenceSession;
  readonly #inputs: readonly GraphInput[];
  readonly #padding: Padding;

  private constructor(
    session: InferenceSession,
    file: GraphFile,
    { provider, refused }: Pick<GraphSession, 'provider' | 'refused'>,
  ) {
    this.#session = session;
    this.#inputs = session.inputMetadata.map(inputOf);
    this.#padding = file.padding;
    this.provider = provider;
    this.refused = refused;
  }

  /** @throws if the file can't be read or is no graph that this runtime can run. */
  static async load(file: GraphFile): Promise<GraphSession> {
    const probe = { ids: new Int32Array(4).fill(file.padding.id) };
    const { session, ...found } = await openSession(file, async (opened) => {
      const [output = ''] = opened.outputNames;
      const inputs = opened.inputMetadata.map(inputOf);
      const { [output]: tensor } = await opened.run(feedsOf(inputs, [probe], file.padding), [output]);
      if (!floatsOf(output, tensor?.data).every(Number.isFinite))
        throw new Error('it gave no finite numbers');
    });
    return new GraphSession(session, file, found);
  }

  /** Names of the outputs, in the graph's order. */
  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /** Tokens per row if the graph is for one length only. */
  get fixedWidth(): number | undefined {
    return this.#inputs.find(({ width }) => width !== undefined)?.width;
  }

  /** True if the graph has an input of that name; only then is it worth computing. */
  asksFor(input: 'piece_shapes' | 'overlap_ids'): boolean {
    return this.#inputs.some(({ name }) => name === input);
  }

  /** Frees the native session; it is of no use afterwards. */
  close(): Promise<void> {
    return this.#session.release();
  }

  /** One run, to see which outputs the graph has and of which shape. @throws as {@link run}. */
  async shapes(row: TokenRow): Promise<OutputShape[]> {
    const results = await this.#session.run(feedsOf(this.#inputs, [row], this.#padding));
    return this.outputNames.map((output) => ({ output, dims: results[output]?.dims ?? [] }));
  }

  /**
   * One run. Per output, in the order of `outputs`, the floats of each row, without padding. They may be
   * views of memory that the runtime owns.
   *
   * @throws if the graph has other inputs than are known, or outputs of other sizes.
   */
  async run(rows: readonly TokenRow[], outputs: readonly OutputSize[]): Promise<Float32Array[][]> {
    const results = await this.#session.run(
      feedsOf(this.#inputs, rows, this.#padding),
      outputs.map(({ output }) => output),
    );
    const width = widthOf(this.#inputs, rows);
    return outputs.map((size) => rowsOf(results[size.output]?.data, size, rows, width, this.#padding));
  }
}

/** What an input wants to know of a row. */
type InputKind =
  | 'input_ids'
  | 'attention_mask'
  | 'token_type_ids'
  | 'position_ids'
  | 'piece_shapes'
  | 'overlap_ids';

interface GraphInput {
  readonly name: string;
  readonly kind: InputKind;
  readonly type: Tensor.Type;
  /** Tokens per row if the graph is for one length only. */
  readonly width: number | undefined;
}

/** Exporters agree on the names nearly always. */
const kindsByName: Readonly<Record<string, InputKind>> = {
  input_ids: 'input_ids',
  ids: 'input_ids',
  attention_mask: 'attention_mask',
  input_mask: 'attention_mask',
  mask: 'attention_mask',
  token_type_ids: 'token_type_ids',
  segment_ids: 'token_type_ids',
  position_ids: 'position_ids',
  piece_shapes: 'piece_shapes',
  overlap_ids: 'overlap_ids',
};

function inputOf(metadata: InferenceSession.ValueMetadata): GraphInput {
  const { name } = metadata;
  const kind = Object.hasOwn(kindsByName, name) ? kindsByName[name] : undefined;
  if (kind === undefined || !metadata.isTensor) {
    throw new Error(`the graph asks for an unknown input "${name}"`);
  }
  const width = metadata.shape[1];
  return { name, kind, type: metadata.type, width: typeof width === 'number' ? width : undefined };
}

function widthOf(inputs: readonly GraphInput[], rows: readonly TokenRow[]): number {
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const fixed = inputs.find(({ width }) => width !== undefined)?.width;
  if (fixed !== undefined && longest > fixed) {
    throw new Error(`the graph is for texts of ${fixed} tokens, and one has ${longest}`);
  }
  return fixed ?? longest;
}

function feedsOf(
  inputs: readonly GraphInput[],
  rows: readonly TokenRow[],
  padding: Padding,
): Record<string, Tensor> {
  const width = widthOf(inputs, rows);
  const feeds: Record<string, Tensor> = {};
  for (const input of inputs) feeds[input.name] = tensorOf(input, rows, width, padding);
  return feeds;
}

function tensorOf(
  { name, kind, type }: GraphInput,
  rows: readonly TokenRow[],
  width: number,
  padding: Padding,
): Tensor {
  const perToken = kind === 'piece_shapes' ? shapeSize : 1;
  const values = new Int32Array(rows.length * width * perToken);
  // Other inputs are 0 where there is no text.
  if (kind === 'input_ids' && padding.id !== 0) values.fill(padding.id);
  for (const [row, tokens] of rows.entries()) {
    const start = (row * width + firstColumn(tokens, width, padding)) * perToken;
    if (kind === 'attention_mask') values.fill(1, start, start + tokens.ids.length);
    else if (kind === 'position_ids') for (let i = 0; i < tokens.ids.length; i++) values[start + i] = i;
    else values.set(valuesOf(kind, tokens), start);
  }
  const dims = perToken === 1 ? [rows.length, width] : [rows.length, width, perToken];
  return typedTensor(name, type, values, dims);
}

function firstColumn({ ids }: TokenRow, width: number, { side }: Padding): number {
  return side === 'left' ? width - ids.length : 0;
}

function typedTensor(name: string, type: Tensor.Type, values: Int32Array, dims: number[]): Tensor {
  switch (type) {
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
    case 'int32':
      return new Tensor('int32', values, dims);
    case 'float32':
      return new Tensor('float32', Float32Array.from(values), dims);
    case 'float16':
      return new Tensor('float16', Uint16Array.from(values, toFloat16), dims);
    case 'bool':
      return new Tensor('bool', Uint8Array.from(values), dims);
    default:
      throw new Error(`the graph wants ${type} for its input "${name}", which is not supported`);
  }
}

const none = new Uint8Array(0);

function valuesOf(
  kind: Exclude<InputKind, 'attention_mask' | 'position_ids'>,
  tokens: TokenRow,
): Int32Array | Uint8Array {
  switch (kind) {
    case 'input_ids':
      return tokens.ids;
    case 'token_type_ids':
      return tokens.types ?? none;
    case 'piece_shapes':
      return tokens.shapes ?? none;
    case 'overlap_ids':
      return tokens.overlap ?? none;
  }
}

/** The rows of an output of shape [rows, length] or [rows, width, length]. */
function rowsOf(
  data: unknown,
  { output, length, per }: OutputSize,
  rows: readonly TokenRow[],
  width: number,
  padding: Padding,
): Float32Array[] {
  const floats = floatsOf(output, data);
  const units = per === 'text' ? 1 : width;
  if (floats.length !== rows.length * units * length) {
    const found = floats.length / rows.length / units;
    const each = per === 'text' ? '' : ' per token';
    throw new Error(`the graph's output "${output}" has ${found} values${each}, ${length} are expected`);
  }
  return rows.map((tokens, row) => {
    const first = per === 'text' ? 0 : firstColumn(tokens, width, padding);
    const start = (row * units + first) * length;
    return floats.subarray(start, start + (per === 'text' ? 1 : tokens.ids.length) * length);
  });
}

function floatsOf(output: string, data: unknown): Float32Array {
  if (data instanceof Float32Array) return data;
  // Newer versions of Node have arrays of binary16 numbers and the runtime uses them, older ones give the bits.
  if (data instanceof Uint16Array) return Float32Array.from(data, fromFloat16);
  if (data instanceof Float64Array || isFloat16Array(data)) return Float32Array.from(data);
  throw new Error(`the graph's output "${output}" is not of floating-point numbers`);
}

function isFloat16Array(data: unknown): data is ArrayLike<number> {
  return Object.prototype.toString.call(data) === '[object Float16Array]';
}
