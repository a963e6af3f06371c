/**
 * LoRA adapters in the format of PEFT (https://huggingface.co/docs/peft/developer_guides/checkpoint).
 *
 * Instead of W, a linear layer has W + s·B·A (arXiv:2106.09685) with A [r, in], B [out, r], and s = α/r, or
 * α/√r for rank-stabilised ones (arXiv:2312.03732). The file holds A and B by layer, and, by their own
 * names, the tensors that were trained in full: those of `modules_to_save`, such as the classifier, and
 * biases.
 *
 * @module
 */
import { join } from 'node:path';
import type { OutputKind } from './architectures/types.js';
import { Fields } from './fields.js';
import { readJsonObject } from './files.js';
import { invalidModel, shown } from './invalid.js';
import type { LinearHook, LinearSizes, Network, Parameters } from './network.js';
import type { Value } from './onnx.js';
import { ownName } from './parameters.js';
import { openSingle, type StoredTensor } from './weights.js';

const adapterConfig = 'adapter_config.json';
const adapterWeights = 'adapter_model.safetensors';

/** The change of one linear layer. */
export interface LowRank {
  readonly a: StoredTensor;
  readonly b: StoredTensor;
  readonly rank: number;
  /** Factor of B·A. */
  readonly scale: number;
}

const kindByTask: ReadonlyMap<unknown, OutputKind> = new Map<unknown, OutputKind>([
  ['SEQ_CLS', 'sequence'],
  ['TOKEN_CLS', 'token'],
  ['FEATURE_EXTRACTION', 'embedding'],
]);

export class Adapter {
  readonly folder: string;
  /** What `task_type` says the adapter is for. */
  readonly kind: OutputKind | undefined;
  readonly #file: string;
  readonly #low: ReadonlyMap<string, LowRank>;
  readonly #whole: ReadonlyMap<string, StoredTensor>;
  readonly #unused: Set<string>;

  private constructor(
    folder: string,
    file: string,
    kind: OutputKind | undefined,
    low: ReadonlyMap<string, LowRank>,
    whole: ReadonlyMap<string, StoredTensor>,
  ) {
    this.folder = folder;
    this.kind = kind;
    this.#file = file;
    this.#low = low;
    this.#whole = whole;
    this.#unused = new Set([...low.keys(), ...whole.keys()]);
  }

  /**
   * @param prefix of the architecture's encoder.
   * @throws if the adapter is of a kind that can't be run.
   */
  static open(folder: string, prefix: string): Adapter {
    const file = join(folder, adapterConfig);
    const config = new Fields(file, readJsonObject(file));
    config.oneOf('peft_type', ['LORA']);
    for (const variant of ['use_dora', 'use_qalora', 'lora_bias']) {
      if (config.flag(variant, false)) {
        throw config.unsupported(
          variant,
          'false',
          'Merge the adapter into its base, and use the merged model.',
        );
      }
    }
    const weights = openSingle(join(folder, adapterWeights));
    const { pairs, whole } = sorted(weights.tensors.values(), prefix, weights.file);
    const low = new Map<string, LowRank>();
    for (const [layer, { name, a, b }] of pairs) low.set(layer, lowRank(config, name, weights.file, a, b));
    return new Adapter(folder, weights.file, kindByTask.get(config.raw('task_type')), low, whole);
  }

  /** True if the adapter brings this tensor in place of the base's. */
  replaces(name: string): boolean {
    return this.#whole.has(name);
  }

  /** The base's parameters with those that the adapter replaces. */
  over(base: Parameters): Parameters {
    const find = (name: string): StoredTensor | undefined => {
      const own = this.#whole.get(name);
      if (own !== undefined) this.#unused.delete(name);
      return own ?? base.find(name);
    };
    return { find, missing: (name) => base.missing(name) };
  }

  /** The change of a layer, checked against the layer's sizes; undefined if it has none. */
  changeOf(layer: string, sizes: LinearSizes): LowRank | undefined {
    const low = this.#low.get(layer);
    if (low === undefined) return undefined;
    this.#unused.delete(layer);
    requireShape(low.a, [low.rank, sizes.in]);
    requireShape(low.b, [sizes.out, low.rank]);
    return low;
  }

  /** Adds s·B·A·x to the output of each layer. */
  get hook(): LinearHook {
    return {
      after: (net, layer, input, output, sizes) => {
        const low = this.changeOf(layer, sizes);
        return low === undefined ? output : addLowRank(net, input, output, low);
      },
    };
  }

  /** @throws if a tensor was not used: the results would not be what was trained. */
  requireUsed(): void {
    const [first] = this.#unused;
    if (first === undefined) return;
    throw invalidModel(
      `${this.#file} changes ${first}${this.#unused.size === 1 ? '' : ` and ${this.#unused.size - 1} more`}, ` +
        'which the graph does not use.',
      "Check that task_type in adapter_config.json is right and that the base is the adapter's own; " +
        'adapters that share a batch may change linear layers and heads only.',
    );
  }
}

interface Pair {
  /** Of the layer, as the adapter's file spells it. */
  readonly name: string;
  a?: StoredTensor;
  b?: StoredTensor;
}

function sorted(tensors: Iterable<StoredTensor>, prefix: string, file: string) {
  const pairs = new Map<string, Pair>();
  const whole = new Map<string, StoredTensor>();
  for (const tensor of tensors) {
    const name = tensor.name.replace(/^base_model\.model\./, '');
    if (name.includes('.lora_embedding_') || name.includes('.lora_magnitude_vector')) {
      throw invalidModel(
        `${file} holds ${tensor.name}; only changes of linear layers can be run.`,
        'Merge the adapter into its base, and use the merged model.',
      );
    }
    const [, layer, matrix] = /^(.+)\.lora_([AB])(?:\.default)?\.weight$/.exec(name) ?? [];
    if (layer === undefined) {
      // A copy of what the base has, that some versions save, too.
      if (name.includes('.original_module.')) continue;
      const plain = name.replace(/\.modules_to_save(?:\.default)?\./, '.').replace('.base_layer.', '.');
      whole.set(ownName(plain, prefix), tensor);
      continue;
    }
    const pair = pairs.get(ownName(layer, prefix)) ?? { name: layer };
    if (matrix === 'A') pair.a = tensor;
    else pair.b = tensor;
    pairs.set(ownName(layer, prefix), pair);
  }
  return { pairs, whole };
}

function lowRank(
  config: Fields,
  layer: string,
  file: string,
  a: StoredTensor | undefined,
  b: StoredTensor | undefined,
): LowRank {
  if (a === undefined || b === undefined) {
    throw invalidModel(`${file} has no lora_${a === undefined ? 'A' : 'B'} for layer ${layer}.`);
  }
  const rank = a.shape[0] ?? 0;
  if (rank === 0) throw invalidModel(`Tensor ${a.name} in ${file} has shape ${shown(a.shape)}.`);
  const stated = patternFor(config, 'rank_pattern', layer) ?? config.integer('r');
  if (rank !== stated) {
    throw invalidModel(`${config.file} states rank ${stated} for ${layer}, the weights have ${rank}.`);
  }
  const alpha = patternFor(config, 'alpha_pattern', layer) ?? config.positive('lora_alpha');
  return { a, b, rank, scale: alpha / (config.flag('use_rslora', false) ? Math.sqrt(rank) : rank) };
}

/**
 * The value of the first key that is the layer's name or the end of it. PEFT allows regular expressions;
 * from a file of strangers we don't run any.
 */
function patternFor(config: Fields, field: string, layer: string): number | undefined {
  const patterns = config.object(field);
  for (const key of Object.keys(patterns?.values() ?? {})) {
    if (!/^[\w.-]+$/.test(key)) {
      throw config.unsupported(field, `names of layers, without regular expressions such as ${shown(key)},`);
    }
    if (layer === key || layer.endsWith(`.${key}`)) return patterns?.positive(key);
  }
  return undefined;
}

function requireShape({ name, shape, file }: StoredTensor, needed: readonly number[]): void {
  if (shape.length === needed.length && shape.every((size, i) => size === needed[i])) return;
  throw invalidModel(
    `Tensor ${name} in ${file.path} has shape ${shown(shape)}; the base makes it ${shown(needed)}.`,
    'Check that the adapter was trained on this base (base_model_name_or_path in adapter_config.json).',
  );
}

/** output + s·B·A·input: Gemm is α·A·Bᵀ + β·C, so adding costs no node of its own. */
function addLowRank(net: Network, input: Value, output: Value, { a, b, scale }: LowRank): Value {
  const small = net.graph.node('Gemm', [input, net.tensorAsFloat(a)], { transB: 1n });
  return net.graph.node('Gemm', [small, net.tensorAsFloat(b), output], { transB: 1n, alpha: scale });
}

/**
 * Several adapters over one base, each row of a batch with one of them.
 *
 * The matrices A of all adapters are stacked, [Σr, in], and so are B, [out, Σr]. Between the two, each row
 * keeps only its own adapter's part: it is multiplied by a row of a table that holds s there, and 0
 * elsewhere. That is two small products more per layer, whichever rows ask for which adapter, and the
 * weights of the base are read once for all.
 */
export class SharedAdapters implements LinearHook {
  readonly #adapters: readonly Adapter[];
  /** int64 [tokens] */
  readonly #rows: Value;
  readonly #selections = new Map<string, Value>();

  /** @param rows int64 [tokens]: the number of the adapter; -1 for the base alone. */
  constructor(adapters: readonly Adapter[], rows: Value) {
    this.#adapters = adapters;
    this.#rows = rows;
  }

  after(net: Network, layer: string, input: Value, output: Value, sizes: LinearSizes): Value {
    const changes = this.#adapters.map((adapter) => adapter.changeOf(layer, sizes));
    const present = changes.filter((change) => change !== undefined);
    if (present.length === 0) return output;
    const { graph } = net;
    const down = stacked(
      net,
      present.map(({ a }) => net.tensorAsFloat(a)),
      0n,
    );
    const up = stacked(
      net,
      present.map(({ b }) => net.tensorAsFloat(b)),
      1n,
    );
    const small = net.mul(graph.node('Gemm', [input, down], { transB: 1n }), this.#selection(net, changes));
    return graph.node('Gemm', [small, up, output], { transB: 1n });
  }

  /** [tokens, Σr] */
  #selection({ graph }: Network, changes: readonly (LowRank | undefined)[]): Value {
    // One row per adapter, and a last one of zeros, which is what the index -1 finds.
    const table = [...changes, undefined].flatMap((own) =>
      changes.flatMap((change) =>
        Array<number>(change?.rank ?? 0).fill(change === own ? (own?.scale ?? 0) : 0),
      ),
    );
    const key = table.join();
    const known = this.#selections.get(key);
    if (known !== undefined) return known;
    const width = table.length / (changes.length + 1);
    const values = graph.floats(table, [changes.length + 1, width]);
    const selection = graph.node('Gather', [values, this.#rows], { axis: 0n });
    this.#selections.set(key, selection);
    return selection;
  }
}

function stacked({ graph }: Network, values: readonly Value[], axis: bigint): Value {
  const [only] = values;
  return only !== undefined && values.length === 1 ? only : graph.node('Concat', values, { axis });
}
