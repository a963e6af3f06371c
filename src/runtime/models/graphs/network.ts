/**
 * What the architectures are built of: parameters, linear layers, norms, attention, pooling.
 *
 * Activations of all tokens of a batch are one matrix [tokens, size] between the layers. So linear layers
 * are `Gemm` with `transB`, which reads weights in PyTorch's layout [out, in] as they are in the file; a
 * `MatMul` would make ONNX Runtime keep a transposed copy of every weight. Only attention sees
 * [batch, heads, sequence, size per head].
 *
 * @module
 */
import { invalidModel, shown } from './invalid.js';
import { type ElementType, elementTypeNumber, type GraphBuilder, type Value } from './onnx.js';
import type { FloatType, StoredTensor } from './weights.js';

/** Where parameters come from, by their name within the architecture, e.g. `encoder.layer.0.output.dense.bias`. */
export interface Parameters {
  find(name: string): StoredTensor | undefined;
  /** The error of a parameter that is not there. */
  missing(name: string): Error;
}

/** Changes what a linear layer returns, as adapters do. */
export interface LinearHook {
  after(net: Network, layer: string, input: Value, output: Value, sizes: LinearSizes): Value;
}

export interface LinearSizes {
  readonly in: number;
  readonly out: number;
}

/** A batch of token sequences. */
export interface Tokens {
  /** int64 [batch, sequence]. */
  readonly ids: Value;
  /** bool [batch, sequence]: false is padding. */
  readonly mask: Value;
  /** int64 [1]: tokens per row, with padding. */
  readonly length: Value;
  /** Additional int64 [batch, sequence] inputs, by name. */
  readonly types: Value | undefined;
}

export type Pooling = 'cls' | 'mean';

/** exp() of it is 0 in any softmax with at least one token; finite, so that rows of padding give no NaN. */
const masked = -1e30;

const onnxTypes: Readonly<Record<FloatType, ElementType>> = {
  F32: 'float',
  F16: 'float16',
  BF16: 'bfloat16',
};

export class Network {
  readonly graph: GraphBuilder;
  readonly #parameters: Parameters;
  readonly #hook: LinearHook | undefined;
  readonly #floats = new Map<string, Value>();

  constructor(graph: GraphBuilder, parameters: Parameters, hook?: LinearHook) {
    this.graph = graph;
    this.#parameters = parameters;
    this.#hook = hook;
  }

  /** The shape of a parameter, to learn a size that no configuration states; undefined if there is none. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.#parameters.find(name)?.shape;
  }

  /** The first of some names that exists, else the first. */
  firstOf(...names: readonly [string, ...string[]]): string {
    return names.find((name) => this.#parameters.find(name) !== undefined) ?? names[0];
  }

  /** A parameter as float32. 16-bit ones are cast, once, when ONNX Runtime folds constants at load. */
  parameter(name: string, shape: readonly number[]): Value {
    return this.tensorAsFloat(this.#find(name, shape));
  }

  /** See {@link parameter}, for a tensor at hand. */
  tensorAsFloat(tensor: StoredTensor): Value {
    const key = `${tensor.file.path}:${tensor.name}`;
    const known = this.#floats.get(key);
    if (known !== undefined) return known;
    const value = this.toFloat(this.graph.stored(tensor, onnxTypes[floatType(tensor)]), floatType(tensor));
    this.#floats.set(key, value);
    return value;
  }

  toFloat(value: Value, type: FloatType): Value {
    return type === 'F32' ? value : this.asFloat(value);
  }

  /** Numbers or truth values as float32. */
  asFloat(value: Value): Value {
    return this.graph.node('Cast', [value], { to: elementTypeNumber('float') });
  }

  /**
   * Rows of a table [rows, size] by int64 ids of any shape. 16-bit tables are cast after the look-up: the
   * vocabulary is most of a multilingual model, and would take twice the memory as float32.
   */
  lookUp(name: string, ids: Value, rows: number, size: number): Value {
    const tensor = this.#find(name, [rows, size]);
    const table = this.graph.stored(tensor, onnxTypes[floatType(tensor)]);
    return this.toFloat(this.graph.node('Gather', [table, ids], { axis: 0n }), floatType(tensor));
  }

  /** The first `count` (int64 [1]) rows of a table [rows, size]. */
  firstRows(name: string, count: Value, rows: number, size: number): Value {
    const { graph } = this;
    const tensor = this.#find(name, [rows, size]);
    const table = graph.stored(tensor, onnxTypes[floatType(tensor)]);
    const part = graph.node('Slice', [table, graph.integers([0]), count, graph.integers([0])]);
    return this.toFloat(part, floatType(tensor));
  }

  /** x·Wᵀ + b of `name.weight` [out, in] and `name.bias` [out]. */
  linear(input: Value, name: string, sizes: LinearSizes, options: { bias?: boolean } = {}): Value {
    const inputs = [input, this.parameter(`${name}.weight`, [sizes.out, sizes.in])];
    if (options.bias ?? true) inputs.push(this.parameter(`${name}.bias`, [sizes.out]));
    const output = this.graph.node('Gemm', inputs, { transB: 1n });
    return this.#hook?.after(this, name, input, output, sizes) ?? output;
  }

  /** Layer normalisation (arXiv:1607.06450) over the last dimension, by `name.weight` and `name.bias`. */
  layerNorm(
    input: Value,
    name: string,
    size: number,
    epsilon: number,
    options: { bias?: boolean } = {},
  ): Value {
    // Checkpoints from before 2019 call them gamma and beta.
    const inputs = [input, this.parameter(this.firstOf(`${name}.weight`, `${name}.gamma`), [size])];
    if (options.bias ?? true) {
      inputs.push(this.parameter(this.firstOf(`${name}.bias`, `${name}.beta`), [size]));
    }
    return this.graph.node('LayerNormalization', inputs, { axis: -1n, epsilon });
  }

  add(a: Value, b: Value): Value {
    return this.graph.node('Add', [a, b]);
  }

  mul(a: Value, b: Value): Value {
    return this.graph.node('Mul', [a, b]);
  }

  /** [tokens, size] of [batch, sequence, size]. */
  flatten(value: Value, size: number): Value {
    return this.graph.node('Reshape', [value, this.graph.integers([-1, size])]);
  }

  /** [batch, sequence, size] of [tokens, size]. */
  unflatten(value: Value, tokens: Tokens, size: number): Value {
    return this.graph.node('Reshape', [value, this.#concat([-1], tokens.length, [size])]);
  }

  /** [batch, heads, sequence, size / heads] of [tokens, size]. */
  splitHeads(value: Value, tokens: Tokens, size: number, heads: number): Value {
    const { graph } = this;
    const shape = this.#concat([-1], tokens.length, [heads, size / heads]);
    return graph.node('Transpose', [graph.node('Reshape', [value, shape])], { perm: [0n, 2n, 1n, 3n] });
  }

  /**
   * softmax(q·kᵀ / √d + mask)·v (arXiv:1706.03762, formula 1), as [tokens, size].
   *
   * @param q, k, v [batch, heads, sequence, size / heads]
   * @param bias what {@link attentionBias} returned.
   */
  attention(q: Value, k: Value, v: Value, bias: Value, size: number, heads: number): Value {
    const { graph } = this;
    const scaled = this.mul(q, graph.float((size / heads) ** -0.5));
    const scores = graph.node('MatMul', [scaled, graph.node('Transpose', [k], { perm: [0n, 1n, 3n, 2n] })]);
    const shares = graph.node('Softmax', [this.add(scores, bias)], { axis: -1n });
    const mixed = graph.node('MatMul', [shares, v]);
    return this.flatten(graph.node('Transpose', [mixed], { perm: [0n, 2n, 1n, 3n] }), size);
  }

  /**
   * What is added to attention scores: 0 where a token may look, a large negative number at padding and,
   * with `reach`, at tokens further away than that. [batch, 1, 1 or sequence, sequence]
   */
  attentionBias(tokens: Tokens, reach?: number): Value {
    const { graph } = this;
    const keys = graph.node('Unsqueeze', [tokens.mask, graph.integers([1, 2])]);
    const allowed = reach === undefined ? keys : graph.node('And', [keys, this.#near(tokens, reach)]);
    return graph.node('Where', [allowed, graph.float(0), graph.float(masked)]);
  }

  /** int64 [sequence]: 0, 1, 2, … */
  positions(tokens: Tokens): Value {
    const { graph } = this;
    const end = graph.node('Squeeze', [tokens.length, graph.integers([0])]);
    return graph.node('Range', [graph.integer(0), end, graph.integer(1)]);
  }

  /** One vector [batch, size] of all tokens [tokens, size] of a row: of the first, or their mean without padding. */
  pool(hidden: Value, tokens: Tokens, size: number, pooling: Pooling): Value {
    const { graph } = this;
    const rows = this.unflatten(hidden, tokens, size);
    if (pooling === 'cls') return graph.node('Gather', [rows, graph.integer(0)], { axis: 1n });
    const weights = this.asFloat(tokens.mask);
    const counted = this.mul(rows, graph.node('Unsqueeze', [weights, graph.integers([2])]));
    const sum = graph.node('ReduceSum', [counted, graph.integers([1])], { keepdims: 0n });
    const count = graph.node('ReduceSum', [weights, graph.integers([1])], { keepdims: 1n });
    // A row of nothing but padding has the mean 0, not NaN.
    return graph.node('Div', [sum, graph.node('Max', [count, graph.float(1)])]);
  }

  /** Rows scaled to Euclidean length 1; a row of zeros stays one. */
  unitLength(value: Value): Value {
    const { graph } = this;
    const length = graph.node('ReduceL2', [value, graph.integers([-1])], { keepdims: 1n });
    return graph.node('Div', [value, graph.node('Max', [length, graph.float(1e-12)])]);
  }

  /** bool [sequence, sequence]: tokens at most `reach` apart. */
  #near(tokens: Tokens, reach: number): Value {
    const { graph } = this;
    const positions = this.positions(tokens);
    const rows = graph.node('Unsqueeze', [positions, graph.integers([1])]);
    const distance = graph.node('Abs', [graph.node('Sub', [rows, positions])]);
    return graph.node('LessOrEqual', [distance, graph.integer(reach)]);
  }

  #concat(before: readonly number[], middle: Value, after: readonly number[]): Value {
    const { graph } = this;
    return graph.node('Concat', [graph.integers(before), middle, graph.integers(after)], { axis: 0n });
  }

  #find(name: string, shape: readonly number[]): StoredTensor {
    const tensor = this.#parameters.find(name);
    if (tensor === undefined) throw this.#parameters.missing(name);
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      throw invalidModel(
        `Tensor ${tensor.name} in ${tensor.file.path} has shape ${shown(tensor.shape)}; ` +
          `config.json makes it ${shown(shape)}.`,
        'Check that config.json and the weights belong to the same model.',
      );
    }
    return tensor;
  }
}

/** @throws if a graph can't compute with the tensor's type. */
export function floatType({ name, dtype, file }: StoredTensor): FloatType {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return dtype;
  throw invalidModel(
    `Tensor ${name} in ${file.path} is ${dtype}; F32, F16 and BF16 can be run.`,
    'Use the unquantised weights of this model, or an ONNX export of it.',
  );
}
