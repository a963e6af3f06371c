/**
 * Entry of an inference worker thread: owns one ONNX Runtime session and one tokenizer.
 *
 * Texts are run one by one, never as a padded batch. The int8 graph quantises activations with one
 * scale for the whole tensor, so in a batch each text's result depends on its neighbours: with 8 texts
 * the embedding moved by up to 0.033 and logits by up to 0.9, whether the texts were padded or of equal
 * length, which is enough to flip a decision. The same request must give the same decision whatever
 * else is being classified, and that is worth more than the throughput of a batch. (With the fp32 graph
 * a batch moves results by less than 1e-6.)
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '../errors.js';
import type { EncodeAnswer, EncodeJob, WorkerMessage, WorkerSettings } from './messages.js';
import { WordPieceTokenizer } from './wordpiece.js';

/**
 * Without memory patterns: they are planned per input shape and every text has another length, so they
 * only cost time and memory. The arena stays on: freeing each buffer to the system instead is slower
 * and, with glibc's own caching, not smaller.
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
    // A thread that spins while it waits takes a core from the event loop that feeds it.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

class Model {
  private constructor(
    private readonly settings: WorkerSettings,
    private readonly session: InferenceSession,
    private readonly tokenizer: WordPieceTokenizer,
  ) {}

  static async load(settings: WorkerSettings): Promise<Model> {
    const [session, tokenizer] = await Promise.all([
      InferenceSession.create(settings.graph, sessionOptions(settings.threads)),
      readFile(settings.tokenizer, 'utf8'),
    ]);
    const model = new Model(settings, session, new WordPieceTokenizer(tokenizer));
    // The first run allocates, and shows whether graph and manifest agree.
    await model.encode({ id: 0, text: '', units: 0 });
    return model;
  }

  async encode(job: EncodeJob): Promise<EncodeAnswer> {
    const { settings, session } = this;
    const tokens = this.tokenizer.encode(job.text, settings.maxTokens, job.units);
    const dims = [1, tokens.ids.length];
    const feeds: Record<string, Tensor> = {};
    for (const name of session.inputNames) feeds[name] = new Tensor('int64', inputOf(name, tokens.ids), dims);

    const outputs = await session.run(feeds, [
      settings.embedding.output,
      ...settings.heads.map((head) => head.output),
    ]);
    const logits = new Float32Array(settings.heads.reduce((sum, head) => sum + head.length, 0));
    let at = 0;
    for (const head of settings.heads) {
      logits.set(floats(outputs, head.output, head.length), at);
      at += head.length;
    }
    return {
      type: 'encoded',
      id: job.id,
      // A copy: the runtime owns its output buffers, they can't be transferred.
      embedding: new Float32Array(floats(outputs, settings.embedding.output, settings.embedding.length)),
      logits,
      tokens: tokens.total,
      truncated: tokens.truncated,
    };
  }
}

function inputOf(name: string, ids: Int32Array): BigInt64Array {
  const values = new BigInt64Array(ids.length);
  if (name === 'input_ids') {
    for (const [i, id] of ids.entries()) values[i] = BigInt(id);
  } else if (name === 'attention_mask') {
    values.fill(1n);
  } else if (name !== 'token_type_ids') {
    throw new Error(`the graph asks for an unknown input "${name}"`);
  }
  return values;
}

function floats(outputs: InferenceSession.ReturnType, name: string, length: number): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph's output "${name}" is not float32`);
  if (data.length !== length) {
    throw new Error(`the graph's output "${name}" has ${data.length} values, the manifest says ${length}`);
  }
  return data;
}

/** Answers jobs in the order they come, each as soon as it is done. */
async function serve(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const post = (message: WorkerMessage): void => port.postMessage(message);
  let model: Model;
  try {
    model = await Model.load(settings);
  } catch (error) {
    post({ type: 'unusable', message: messageOf(error) });
    return;
  }
  const jobs: EncodeJob[] = [];
  let running = false;
  const drain = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      try {
        const answer = await model.encode(job);
        port.postMessage(answer, [answer.embedding.buffer, answer.logits.buffer]);
      } catch (error) {
        post({ type: 'error', id: job.id, message: messageOf(error) });
      }
    }
    running = false;
  };
  port.on('message', (job: EncodeJob) => {
    jobs.push(job);
    void drain();
  });
  post({ type: 'ready' });
}

if (parentPort !== null) {
  const settings: WorkerSettings = workerData;
  await serve(parentPort, settings);
}
