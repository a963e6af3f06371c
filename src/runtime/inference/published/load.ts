/**
 * Opens a published model: its graph as it is, or one made of its weights.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fields } from '../../models/graphs/fields.js';
import {
  type GraphOutput,
  readLabels,
  readSentenceModules,
  type WrittenGraph,
  writeGraph,
} from '../../models/graphs/index.js';
import { GraphSession, type OutputSize, type Padding } from '../graph-session.js';
import type { LoadedEngine } from '../load-engine.js';
import type { HeadSettings } from '../messages.js';
import { PairEngine } from '../pair-engine.js';
import { composePublished, publishedRuns } from '../pair-texts.js';
import type { EmbeddingOutput, Pooling } from '../pooling.js';
import { TextEngine } from '../text-engine.js';
import { createTokenizer, frame, type TextTokenizer } from '../tokenizers/index.js';
import { familyLabels } from './family-labels.js';
import { type ModelParts, partsOf } from './files.js';
import { chooseOutput } from './outputs.js';
import type { PublishedSettings } from './settings.js';
import { negativeLabel, spanScheme } from './span-labels.js';
import { tokenizerOfVocabulary } from './vocabulary-file.js';

/**
 * Longest input in tokens if nobody asks for another, where a model can read more: attention over a text of
 * 32,768 tokens takes tens of gigabytes. What is longer is read in windows, or by its head, middle and tail.
 */
export const longestByDefault = 2048;

/** @throws if the files cannot be read, are damaged, or hold what cannot be run; the message says which. */
export async function loadPublished(settings: PublishedSettings): Promise<LoadedEngine> {
  const parts = partsOf(settings);
  const built = parts.graph === undefined ? builtGraph(settings, parts) : undefined;
  const graph = parts.graph ?? built?.file ?? '';
  const content = await readFile(parts.tokenizer, 'utf8');
  const tokenizer = createTokenizer(
    parts.tokenizer.endsWith('.txt') ? tokenizerOfVocabulary(content, parts.tokenizerConfig) : content,
    JSON.stringify(parts.tokenizerConfig),
  );
  const { threads, device } = settings;
  const padding = paddingOf(parts, tokenizer);
  // A graph that was made of the weights says in its name what it was made from.
  const keepAs = settings.keepOptimised ? `${graph}\n${parts.identity}` : undefined;
  const session = await GraphSession.load({ graph, threads, device, padding, keepAs });
  try {
    const maxTokens = longestInput(settings, parts, session, built);
    const { ids, typeIds: types } = frame(tokenizer.framing.single, [tokenizer.pieces('What is it?')]);
    const found = await session.shapes({ ids, types });
    const output = chooseOutput(settings.task, found, ids.length);
    const opened = { session, tokenizer, maxTokens };
    const about = {
      provider: session.provider,
      refused: session.refused,
      maxTokens,
      bytes: parts.bytes,
    };
    if (settings.task === 'embedding') {
      const embedding = embeddingOf(settings, output, parts);
      const engine = await TextEngine.open({ ...opened, embedding, sequenceHeads: [], tokenHeads: [] });
      return { engine, ...about, heads: [] };
    }
    const head = headOf(settings, output, parts, built?.outputs[0]);
    if (settings.question !== undefined) {
      const heads = [{ ...head, task: settings.task, negative: negativeLabel(head.labels) }];
      const model = { ...opened, heads, compose: composePublished, mostRuns: publishedRuns(maxTokens) };
      const engine = await PairEngine.open(model);
      return { engine, ...about, heads: [head] };
    }
    const [sequenceHeads, tokenHeads] =
      settings.task === 'sequence' ? [[head], []] : [[], [{ ...head, ...spanScheme(head.labels) }]];
    const engine = await TextEngine.open({ ...opened, embedding: undefined, sequenceHeads, tokenHeads });
    return { engine, ...about, heads: [...sequenceHeads, ...tokenHeads] };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The graph of a model that comes as weights, or as an adapter and its base. */
function builtGraph(settings: PublishedSettings, { config }: ModelParts): WrittenGraph {
  const { dir, base, task, cacheDir } = settings;
  const isAdapter = base !== undefined;
  const says = config?.raw('architectures');
  const silent = says === undefined || (Array.isArray(says) && says.length === 0);
  const graph = writeGraph(
    {
      folder: base ?? dir,
      ...(isAdapter ? { adapter: dir } : {}),
      // What the files say is believed: another kind of head on these weights would be noise.
      ...((silent && !isAdapter) || task === 'embedding' ? { kind: task } : {}),
    },
    join(cacheDir, 'models'),
  );
  const kind = graph.outputs[0]?.kind;
  if (kind !== task) throw new Error(`${dir} holds a ${kind} model, where a ${task} model is needed`);
  return graph;
}

function paddingOf({ config, tokenizerConfig }: ModelParts, tokenizer: TextTokenizer): Padding {
  const stated = config?.raw('pad_token_id');
  const id = typeof stated === 'number' && Number.isInteger(stated) && stated >= 0 ? stated : tokenizer.padId;
  return { id: id ?? 0, side: tokenizerConfig.padding_side === 'left' ? 'left' : 'right' };
}

/** In tokens, special ones included. */
function longestInput(
  { maxTokens: asked, madeFor, dir }: PublishedSettings,
  { config, tokenizerConfig }: ModelParts,
  session: GraphSession,
  built: WrittenGraph | undefined,
): number {
  const limits = [built?.maxTokens ?? positionsOf(config), session.fixedWidth ?? Number.POSITIVE_INFINITY];
  const { model_max_length: stated } = tokenizerConfig;
  // Tools write huge numbers there when they do not know.
  if (typeof stated === 'number' && stated >= 8 && stated < 1_000_000) limits.push(Math.floor(stated));
  const sentences = built === undefined ? sentenceLimit(dir) : undefined;
  if (sentences !== undefined) limits.push(sentences);
  return Math.min(...limits, asked ?? Math.min(madeFor ?? longestByDefault, longestByDefault));
}

/** Positions that a published graph has, as its configuration says. */
function positionsOf(config: Fields | undefined): number {
  if (config?.has('max_position_embeddings') !== true) return 512;
  const positions = config.integer('max_position_embeddings');
  // These count positions from behind the id of the padding.
  const type = config.raw('model_type');
  const shifted = type === 'roberta' || type === 'xlm-roberta' || type === 'camembert';
  return shifted ? positions - 2 : positions;
}

function sentenceLimit(dir: string): number | undefined {
  try {
    return readSentenceModules(dir).maxTokens;
  } catch {
    // Layers that only the graph has to know.
    return undefined;
  }
}

function embeddingOf(
  { output: model, dir, dimension, name }: PublishedSettings,
  { output, length, per }: OutputSize,
  { config }: ModelParts,
): EmbeddingOutput {
  if (dimension !== undefined && dimension > length) {
    throw new Error(`${name} gives ${length} numbers, fewer than the ${dimension} that are asked for`);
  }
  const pooling: Pooling = per === 'text' ? 'given' : poolingOf(dir, config);
  return { model, output, length, per, pooling, dimension: dimension ?? length, normalised: false };
}

function poolingOf(dir: string, config: Fields | undefined): Pooling {
  const { pooling, stated } = readSentenceModules(dir);
  // A decoder has read everything only at its last token.
  return !stated && /^qwen|^mistral|^llama/.test(String(config?.raw('model_type'))) ? 'last' : pooling;
}

function headOf(
  settings: PublishedSettings,
  { output, length }: OutputSize,
  { config }: ModelParts,
  built: GraphOutput | undefined,
): HeadSettings {
  const stated = built?.labels ?? readLabels(settings.dir, config, length);
  const generic = stated.every((label, id) => label === `LABEL_${id}`);
  const labels = generic && settings.labels.length === length ? settings.labels : stated;
  const sigmoid = length === 1 || config?.raw('problem_type') === 'multi_label_classification';
  const activation = built?.activation ?? (sigmoid ? 'sigmoid' : 'softmax');
  const { output: model, family } = settings;
  const spelled = family.length === 0 ? [...labels] : familyLabels(labels, model, family);
  return { model, output, labels: spelled, temperature: 1, activation };
}
