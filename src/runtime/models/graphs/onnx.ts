/**
 * Puts an ONNX model together and writes it.
 *
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3. Initialisers that
 * come from a file are written as external data (location, offset, length), so a graph of a model of
 * gigabytes has some hundred kilobytes, and the weights are neither copied nor converted.
 *
 * @module
 */
import { Message } from './protobuf.js';
import { locationIn, readTensor, type StoredTensor } from './weights.js';

/** The first with `Gelu`, the newest operator used here; ONNX Runtime ≥ 1.17 runs it on every device. */
const opset = 20;
/** The IR version that belongs to the opset. */
const irVersion = 9;

const elementTypes = { float: 1, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const;

export type ElementType = keyof typeof elementTypes;

/** A tensor in the graph: an input, an initialiser or the result of a node. */
export interface Value {
  readonly name: string;
}

/** An integer attribute is written as a bigint, a float as a number, so that neither is taken for the other. */
export type Attribute = bigint | number | string | readonly bigint[];

export type Attributes = Readonly<Record<string, Attribute>>;

/** A size, or the name of one that is known at run time. */
export type Dimension = number | string;

export class GraphBuilder {
  /** Folder the graph will be written to. */
  readonly root: string;
  readonly #nodes: Message[] = [];
  readonly #external = new Set<string>();
  readonly #initialisers: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #known = new Map<string, Value>();
  #count = 0;

  constructor(root: string) {
    this.root = root;
  }

  input(name: string, type: ElementType, dims: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return { name };
  }

  output(value: Value, name: string, type: ElementType, dims: readonly Dimension[]): void {
    // Outputs are named by the caller, results by us: an Identity, which ONNX Runtime removes, joins them.
    this.#nodes.push(node('Identity', [value.name], [name], `Identity_${name}`, {}));
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /** A node with one result. */
  node(operator: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const name = `${operator}_${this.#count++}`;
    this.#nodes.push(node(operator, names(inputs), [name], name, attributes));
    return { name };
  }

  /** Two parts of `size` each along an axis. */
  halves(value: Value, size: number, axis: bigint): [Value, Value] {
    const name = `Split_${this.#count++}`;
    const parts: [Value, Value] = [{ name: `${name}_0` }, { name: `${name}_1` }];
    this.#split(name, value, parts, size, axis);
    return parts;
  }

  /** Three parts of `size` each along an axis. */
  thirds(value: Value, size: number, axis: bigint): [Value, Value, Value] {
    const name = `Split_${this.#count++}`;
    const parts: [Value, Value, Value] = [
      { name: `${name}_0` },
      { name: `${name}_1` },
      { name: `${name}_2` },
    ];
    this.#split(name, value, parts, size, axis);
    return parts;
  }

  /** A vector of int64. Equal ones are written once. */
  integers(values: readonly number[]): Value {
    const data = new DataView(new ArrayBuffer(values.length * 8));
    for (const [i, value] of values.entries()) data.setBigInt64(i * 8, BigInt(value), true);
    return this.#constant('int64', [values.length], data, `int64:${values.join()}`);
  }

  /** One int64 without dimensions. */
  integer(value: number): Value {
    const data = new DataView(new ArrayBuffer(8));
    data.setBigInt64(0, BigInt(value), true);
    return this.#constant('int64', [], data, `int64 scalar:${value}`);
  }

  /** Floats of a shape; `[]` is a scalar. Equal ones are written once. */
  floats(values: readonly number[], dims: readonly number[]): Value {
    const data = new DataView(new ArrayBuffer(values.length * 4));
    for (const [i, value] of values.entries()) data.setFloat32(i * 4, value, true);
    return this.#constant('float', dims, data, `float:${dims.join()}:${values.join()}`);
  }

  float(value: number): Value {
    return this.floats([value], []);
  }

  /** A tensor of a safetensors file. Copied into the graph only if the file lies outside of `root`. */
  stored(tensor: StoredTensor, type: ElementType): Value {
    const key = `stored:${tensor.file.path}:${tensor.name}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#freshName(tensor.name);
    const location = locationIn(this.root, tensor.file.path);
    const message = tensorMessage(name, type, tensor.shape);
    // ONNX Runtime refuses external data of length 0; such a tensor has nothing to copy either.
    if (location === undefined || tensor.length === 0) message.bytes(9, readTensor(tensor));
    else {
      this.#external.add(tensor.file.path);
      const entries = { location, offset: String(tensor.offset), length: String(tensor.length) };
      for (const [entry, value] of Object.entries(entries)) {
        message.message(13, new Message().string(1, entry).string(2, value));
      }
      message.integer(14, 1);
    }
    return this.#initialiser(key, name, message);
  }

  /** Files of weights that the graph refers to, absolute. */
  get external(): readonly string[] {
    return [...this.#external];
  }

  /** The model as bytes. */
  finish(producer: string): Uint8Array {
    const graph = new Message();
    for (const one of this.#nodes) graph.message(1, one);
    graph.string(2, 'main');
    for (const one of this.#initialisers) graph.message(5, one);
    for (const one of this.#inputs) graph.message(11, one);
    for (const one of this.#outputs) graph.message(12, one);
    return new Message()
      .integer(1, irVersion)
      .string(2, producer)
      .message(7, graph)
      .message(8, new Message().string(1, '').integer(2, opset))
      .finish();
  }

  #split(name: string, value: Value, parts: readonly Value[], size: number, axis: bigint): void {
    const sizes = this.integers(parts.map(() => size));
    this.#nodes.push(node('Split', names([value, sizes]), names(parts), name, { axis }));
  }

  #constant(type: ElementType, dims: readonly number[], data: DataView, key: string): Value {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#count++}`;
    const message = tensorMessage(name, type, dims).bytes(9, new Uint8Array(data.buffer));
    return this.#initialiser(key, name, message);
  }

  #initialiser(key: string, name: string, message: Message): Value {
    this.#initialisers.push(message);
    const value = { name };
    this.#known.set(key, value);
    return value;
  }

  /** Weights of a base and its adapters can have the same names. */
  #freshName(name: string): string {
    return `${name}#${this.#count++}`;
  }
}

function names(values: readonly Value[]): string[] {
  return values.map(({ name }) => name);
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  name: string,
  attributes: Attributes,
): Message {
  const message = new Message();
  for (const input of inputs) message.string(1, input);
  for (const output of outputs) message.string(2, output);
  message.string(3, name).string(4, operator);
  for (const [key, value] of Object.entries(attributes)) message.message(5, attribute(key, value));
  return message;
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().string(1, name);
  if (typeof value === 'bigint') return message.integer(3, Number(value)).integer(20, 2);
  if (typeof value === 'number') return message.float(2, value).integer(20, 1);
  if (typeof value === 'string') return message.string(4, value).integer(20, 3);
  for (const one of value) message.integer(8, Number(one));
  return message.integer(20, 7);
}

function tensorMessage(name: string, type: ElementType, dims: readonly number[]): Message {
  const message = new Message();
  for (const size of dims) message.integer(1, size);
  return message.integer(2, elementTypes[type]).string(8, name);
}

function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): Message {
  const shape = new Message();
  for (const size of dims) {
    const dimension = new Message();
    shape.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.string(2, size));
  }
  const tensor = new Message().integer(1, elementTypes[type]).message(2, shape);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}

/** The number ONNX gives an element type, for the `to` of a Cast. */
export function elementTypeNumber(type: ElementType): bigint {
  return BigInt(elementTypes[type]);
}
