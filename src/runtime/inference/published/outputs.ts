/**
 * Which output of a published graph has what is looked for.
 *
 * @module
 */
import type { OutputShape, OutputSize } from '../graph-session.js';
import type { PublishedSettings } from './settings.js';

type Task = PublishedSettings['task'];

/** Names of outputs, best first; exporters do not agree. */
const names: Readonly<Record<Task, readonly string[]>> = {
  sequence: ['logits', 'output', 'predictions', 'probabilities'],
  token: ['logits', 'token_logits', 'output_0', 'output'],
  // What a graph has pooled itself comes first: it may have layers behind the pooling.
  embedding: [
    'sentence_embedding',
    'embedding',
    'embeddings',
    'text_embeds',
    'last_hidden_state',
    'token_embeddings',
    'hidden_states',
    // Not made for comparing texts, but better than nothing.
    'pooler_output',
  ],
};

/**
 * The output to read, by its name, else the first one of a fitting shape.
 *
 * @param found what a run over one text of `tokens` tokens gave.
 * @throws if no output fits.
 */
export function chooseOutput(task: Task, found: readonly OutputShape[], tokens: number): OutputSize {
  const sizes = found.flatMap((shape) => sizeOf(shape, task, tokens) ?? []);
  for (const name of names[task]) {
    const named = sizes.find(({ output }) => output === name);
    if (named !== undefined) return named;
  }
  const [first] = sizes;
  if (first !== undefined) return first;
  const shapes = found.map(({ output, dims }) => `${output} [${dims.join(', ')}]`).join(', ');
  throw new Error(`the graph has no output for a ${task} model; it gives ${shapes}`);
}

/** Also with the dimension of the batch left out. Undefined if the shape does not fit the task. */
function sizeOf({ output, dims }: OutputShape, task: Task, tokens: number): OutputSize | undefined {
  const length = dims.at(-1) ?? 0;
  if (length === 0) return undefined;
  const units = dims.slice(0, -1).reduce((product, size) => product * size, 1);
  const perToken = units === tokens && (dims.length === 3 || (dims.length === 2 && tokens > 1));
  if (perToken) return task === 'sequence' ? undefined : { output, length, per: 'token' };
  if (units === 1 && dims.length <= 2) return task === 'token' ? undefined : { output, length, per: 'text' };
  return undefined;
}
