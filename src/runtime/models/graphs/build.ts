/**
 * Makes the ONNX graph of a model that comes as safetensors and config.json.
 *
 * @module
 */
import { basename, join } from 'node:path';
import { isVsrError } from '../../errors.js';
import { Adapter, SharedAdapters } from './adapter.js';
import { architectures } from './architectures/index.js';
import type { Architecture, OutputKind } from './architectures/types.js';
import { Fields } from './fields.js';
import { type JsonObject, readJsonObject, readJsonObjectIfAny } from './files.js';
import { invalidModel, shown } from './invalid.js';
import { readLabels } from './labels.js';
import { Network, type Parameters, type Tokens } from './network.js';
import { elementTypeNumber, GraphBuilder, type Value } from './onnx.js';
import { parametersOf } from './parameters.js';
import { readSentenceModules } from './sentence-modules.js';
import { openWeights } from './weights.js';

/** Changes with the graphs: part of the name of cached ones. */
export const graphVersion = 1;

export type { OutputKind };

export interface GraphSource {
  /** Holds config.json and the weights. */
  readonly folder: string;
  /** Fields that replace those of config.json. */
  readonly config?: JsonObject;
  /** What the model is for, if `architectures` in config.json does not say it. */
  readonly kind?: OutputKind;
  /**
   * Folder of a LoRA adapter over the model. With a list, each row of a batch chooses one: the graph has
   * the input `adapter_index`, int64 [batch], a position in the list or -1 for none, and an output per
   * adapter, of which only those of the rows that chose it have a meaning.
   */
  readonly adapter?: string | readonly string[];
}

export interface GraphOutput {
  readonly name: string;
  readonly kind: OutputKind;
  /** In the order of the logits; empty for an embedding. */
  readonly labels: readonly string[];
  /** Floats per text or token. */
  readonly size: number;
  /** What makes probabilities of the logits; undefined for an embedding. */
  readonly activation: 'softmax' | 'sigmoid' | undefined;
}

export interface BuiltGraph {
  /** An ONNX model whose weights are external data, relative to `root`. */
  readonly model: Uint8Array;
  /** The folder it has to be written to, without symbolic links. */
  readonly root: string;
  /** Name of the weights' file. */
  readonly weights: string;
  /** Files below `root` that the graph refers to, absolute. */
  readonly external: readonly string[];
  /** All int64: `adapter_index` is [batch], `input_ids`, `attention_mask`, `token_type_ids` [batch, sequence]. */
  readonly inputs: readonly string[];
  readonly outputs: readonly GraphOutput[];
  /** Longest text in tokens, special ones included. */
  readonly maxTokens: number;
}

/**
 * Reads headers and configuration, never the weights themselves.
 *
 * @throws VSR_FILE_UNREADABLE if a file is missing, VSR_MODEL_BUNDLE_INVALID if the model can't be run; the
 *   message names file, field and what was found.
 */
export function buildGraph(source: GraphSource): BuiltGraph {
  const file = join(source.folder, 'config.json');
  const config = new Fields(file, readJsonObject(file)).with(source.config ?? {});
  const architecture = architectureOf(config);
  const weights = openWeights(source.folder);
  const base = parametersOf(weights, architecture.prefix);
  const graph = new GraphBuilder(weights.root);
  const { tokens, inputs } = tokenInputs(graph, architecture.readsTypes(config));
  const { encoder, heads } = networks(source.adapter, { architecture, base, graph, tokens, inputs });
  const hidden = architecture.encode(encoder, config, tokens);
  const outputs = heads.map(({ net, adapter, suffix }) => {
    const kind = source.kind ?? adapter?.kind ?? kindOf(config, architecture, base);
    const about = { architecture, config, folder: source.folder, adapter, suffix };
    const output =
      kind === 'embedding'
        ? embeddingOutput(net, about, hidden, tokens)
        : headOutput(net, about, hidden, tokens, kind);
    adapter?.requireUsed();
    return output;
  });
  const limit = architecture.maxTokens(config);
  return {
    model: graph.finish('vllm-sr'),
    root: weights.root,
    weights: basename(weights.file),
    external: graph.external,
    inputs,
    outputs: outputs.map(({ output }) => output),
    maxTokens: Math.min(limit, ...outputs.map(({ maxTokens }) => maxTokens ?? limit)),
  };
}

/**
 * What a model gives, as its configuration says, else its weights; undefined if neither tells, or if it is none
 * that could be built.
 */
export function kindOfModel(folder: string): OutputKind | undefined {
  const file = join(folder, 'config.json');
  try {
    const config = new Fields(file, readJsonObject(file));
    const architecture = architectureOf(config);
    return kindOf(config, architecture, parametersOf(openWeights(folder), architecture.prefix));
  } catch (error) {
    if (!isVsrError(error)) throw error;
    return undefined;
  }
}

interface Head {
  readonly net: Network;
  readonly adapter: Adapter | undefined;
  /** Of the output's name. */
  readonly suffix: string;
}

interface Parts {
  readonly architecture: Architecture;
  readonly base: Parameters;
  readonly graph: GraphBuilder;
  readonly tokens: Tokens;
  /** Gets the names of further inputs. */
  readonly inputs: string[];
}

/** What the encoder and the heads are made of: the base's weights, changed by adapters. */
function networks(
  adapter: GraphSource['adapter'],
  { architecture, base, graph, tokens, inputs }: Parts,
): { encoder: Network; heads: Head[] } {
  const open = (folder: string): Adapter => Adapter.open(folder, architecture.prefix);
  if (adapter === undefined) {
    const net = new Network(graph, base);
    return { encoder: net, heads: [{ net, adapter: undefined, suffix: '' }] };
  }
  if (typeof adapter === 'string') {
    const opened = open(adapter);
    const net = new Network(graph, opened.over(base), opened.hook);
    return { encoder: net, heads: [{ net, adapter: opened, suffix: '' }] };
  }
  if (adapter.length === 0) throw new RangeError('a list of adapters needs at least one');
  const adapters = adapter.map(open);
  inputs.push('adapter_index');
  const index = graph.node('Unsqueeze', [
    graph.input('adapter_index', 'int64', ['batch']),
    graph.integers([1]),
  ]);
  const perToken = graph.node('Expand', [index, graph.node('Shape', [tokens.ids])]);
  const rows = graph.node('Reshape', [perToken, graph.integers([-1])]);
  const heads = adapters.map((one, i): Head => {
    return { net: new Network(graph, one.over(base), one.hook), adapter: one, suffix: `_${i}` };
  });
  return { encoder: new Network(graph, base, new SharedAdapters(adapters, rows)), heads };
}

interface About {
  readonly architecture: Architecture;
  readonly config: Fields;
  readonly folder: string;
  readonly adapter: Adapter | undefined;
  readonly suffix: string;
}

function architectureOf(config: Fields): Architecture {
  const type = config.raw('model_type');
  const found = architectures.find(({ modelTypes }) => modelTypes.some((one) => one === type));
  if (found !== undefined) return found;
  const supported = architectures.flatMap(({ modelTypes }) => modelTypes);
  throw config.unsupported(
    'model_type',
    `one of ${supported.join(', ')}`,
    'Models of other types run if their repository has an ONNX export.',
  );
}

const kindsByHead: readonly (readonly [RegExp, OutputKind])[] = [
  [/ForSequenceClassification$/, 'sequence'],
  [/ForTokenClassification$/, 'token'],
  [/Model$|ForMaskedLM$|ForPreTraining$/, 'embedding'],
];

function kindOf(config: Fields, architecture: Architecture, parameters: Parameters): OutputKind {
  const [head] = config.texts('architectures');
  if (head !== undefined) {
    const kind = kindsByHead.find(([pattern]) => pattern.test(head))?.[1];
    if (kind !== undefined) return kind;
    throw config.unsupported(
      'architectures',
      'an encoder with a name that ends in ForSequenceClassification, ForTokenClassification, ForMaskedLM or Model',
    );
  }
  const { sequence, token } = architecture.classifier;
  const has = (name: string): boolean => parameters.find(name) !== undefined;
  if (!has(`${sequence}.weight`) && !has(`${token}.weight`)) return 'embedding';
  if (sequence !== token) return has(`${sequence}.weight`) ? 'sequence' : 'token';
  if (architecture.sequenceOnly !== undefined) return has(architecture.sequenceOnly) ? 'sequence' : 'token';
  throw config.unsupported(
    'architectures',
    'the name of the class',
    'The weights have a classifier, and do not tell whether it reads texts or tokens: state it in the configuration.',
  );
}

function tokenInputs(graph: GraphBuilder, readsTypes: boolean): { tokens: Tokens; inputs: string[] } {
  const dims = ['batch', 'sequence'];
  const ids = graph.input('input_ids', 'int64', dims);
  const attention = graph.input('attention_mask', 'int64', dims);
  const types = readsTypes ? graph.input('token_type_ids', 'int64', dims) : undefined;
  const tokens = {
    ids,
    mask: graph.node('Cast', [attention], { to: elementTypeNumber('bool') }),
    length: graph.node('Shape', [ids], { start: 1n, end: 2n }),
    types,
  };
  const inputs = ['input_ids', 'attention_mask', ...(readsTypes ? ['token_type_ids'] : [])];
  return { tokens, inputs };
}

function headOutput(
  net: Network,
  about: About,
  hidden: Value,
  tokens: Tokens,
  kind: 'sequence' | 'token',
): { output: GraphOutput; maxTokens: undefined } {
  const { architecture, config } = about;
  const classifier = `${architecture.classifier[kind]}.weight`;
  const count = labelCount(net, classifier, config);
  const name = `logits${about.suffix}`;
  if (kind === 'sequence') {
    const logits = architecture.sequenceHead(net, config, hidden, tokens, count);
    net.graph.output(logits, name, 'float', ['batch', count]);
  } else {
    const logits = architecture.tokenHead(net, config, hidden, count);
    net.graph.output(net.unflatten(logits, tokens, count), name, 'float', ['batch', 'sequence', count]);
  }
  // One logit can't be compared with another: then, and with labels that don't exclude each other, sigmoid.
  const sigmoid = count === 1 || config.raw('problem_type') === 'multi_label_classification';
  const labels = labelsOf(about, classifier, count);
  const activation = sigmoid ? 'sigmoid' : 'softmax';
  return { output: { name, kind, labels, size: count, activation }, maxTokens: undefined };
}

/** An adapter that brings a classifier brings its labels, too; those of the base are of another task. */
function labelsOf({ config, folder, adapter }: About, classifier: string, count: number): string[] {
  if (adapter?.replaces(classifier) !== true) return readLabels(folder, config, count);
  const file = join(adapter.folder, 'config.json');
  const own = readJsonObjectIfAny(file);
  return readLabels(adapter.folder, own === undefined ? undefined : new Fields(file, own), count);
}

function labelCount(net: Network, classifier: string, config: Fields): number {
  const shape = net.shapeOf(classifier);
  // A missing classifier: let the head's own look-up say so, with its message.
  if (shape === undefined) return 1;
  const [count] = shape;
  if (count !== undefined && count > 0) return count;
  throw invalidModel(`The classifier ${classifier} beside ${config.file} has shape ${shown(shape)}.`);
}

function embeddingOutput(
  net: Network,
  { architecture, config, folder, suffix }: About,
  hidden: Value,
  tokens: Tokens,
): { output: GraphOutput; maxTokens: number | undefined } {
  const { pooling, normalise, maxTokens } = readSentenceModules(folder);
  if (pooling === 'last') {
    throw invalidModel(
      `${folder} takes the last token for the text, which can't be built.`,
      'Use an ONNX export of this model.',
    );
  }
  const size = architecture.hiddenSize(config);
  const pooled = net.pool(hidden, tokens, size, pooling);
  const name = `sentence_embedding${suffix}`;
  net.graph.output(normalise ? net.unitLength(pooled) : pooled, name, 'float', ['batch', size]);
  return { output: { name, kind: 'embedding', labels: [], size, activation: undefined }, maxTokens };
}
