/**
 * The embedded encoder as the rest of the router sees it: memory in front of worker threads.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { VsrError } from '../errors.js';
import { type Bundle, type BundleHead, embeddedBundleDir, readBundle } from './bundle.js';
import type { EncodeAnswer } from './messages.js';
import { WorkerPool } from './pool.js';
import type {
  Encoded,
  EncodeResult,
  Encoder,
  EncoderState,
  HeadOutput,
  ScanResult,
  TokenHead,
} from './types.js';
import { scanLimit } from './wordpiece.js';

export interface EncoderOptions {
  /** Folder with `manifest.json`. Default: the bundle inside the package. */
  readonly bundleDir?: string;
  /** Worker threads; each holds its own copy of the weights. Default 1. */
  readonly workers?: number;
  /** Threads inside one pass. Default 1. */
  readonly threadsPerWorker?: number;
  /** Results kept for repeated texts, about 2 kB each; 0 keeps none. Default 2048. */
  readonly cacheEntries?: number;
  /**
   * `now` (default) loads in the background at once; `on-demand` with the first `ready()` or `encode()`,
   * so that a router whose rules need no model does not pay for one.
   */
  readonly start?: 'now' | 'on-demand';
  /** Texts that may wait for a worker; beyond that calls are refused. Default 1024. */
  readonly maxQueue?: number;
}

/** Texts up to this many UTF-16 units are their own cache key; longer ones are hashed. */
const plainKeyUnits = 64;

/** @param head The part of the text that is looked at. @param units Length of the whole text. */
function keyOf(head: string, units: number): string {
  if (units <= plainKeyUnits) return `=${head}`;
  return `${units}:${createHash('sha256').update(head).digest('base64')}`;
}

/**
 * Probabilities of `logits / temperature`. The largest is subtracted first, so that no exponential
 * overflows.
 */
export function softmax(logits: Float32Array, temperature: number): number[] {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const powers = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function closedError(): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', 'the encoder is closed');
}

class WorkerEncoder implements Encoder {
  readonly heads: readonly string[];
  readonly tokenHeads: ReadonlyMap<string, TokenHead> = new Map();
  readonly bundleHash: string;
  readonly #heads: readonly BundleHead[];
  readonly #openPool: () => WorkerPool;
  #pool: WorkerPool | undefined;
  #closed = false;
  readonly #memory: LRUCache<string, Encoded> | undefined;
  /** Passes under way: whoever asks for the same text meanwhile shares the result. */
  readonly #running = new Map<string, Promise<Encoded>>();

  constructor(bundle: Bundle, options: EncoderOptions) {
    this.#heads = bundle.text.heads.filter((head) => head.task === 'sequence');
    this.heads = this.#heads.map((head) => head.model);
    this.bundleHash = bundle.text.file.sha256;
    const cacheEntries = options.cacheEntries ?? 2048;
    this.#memory = cacheEntries > 0 ? new LRUCache({ max: cacheEntries }) : undefined;
    this.#openPool = () =>
      new WorkerPool(
        {
          graph: bundle.text.file.path,
          tokenizer: bundle.tokenizer.path,
          maxTokens: bundle.encoder.max_tokens,
          threads: options.threadsPerWorker ?? 1,
          embedding: { output: bundle.text.embedding.output, length: bundle.encoder.dimension },
          heads: this.#heads.map((head) => ({ output: head.output, length: head.labels.length })),
        },
        { workers: options.workers ?? 1, maxQueue: options.maxQueue ?? 1024 },
      );
    if (options.start !== 'on-demand') this.#started();
  }

  /** The worker pool, started if it was not. */
  #started(): WorkerPool {
    this.#pool ??= this.#openPool();
    return this.#pool;
  }

  get state(): EncoderState {
    if (this.#closed) return 'closed';
    return this.#pool?.state ?? 'idle';
  }

  ready(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#started().ready();
  }

  async encode(text: string): Promise<EncodeResult> {
    if (this.#closed) throw closedError();
    // The tokenizer looks no further, so neither the hash nor the copy to the worker has to.
    const head = text.length > scanLimit ? text.slice(0, scanLimit) : text;
    const key = keyOf(head, text.length);
    const known = this.#memory?.get(key);
    if (known !== undefined) return { encoded: known, passes: 0 };
    const running = this.#running.get(key);
    if (running !== undefined) return { encoded: await running, passes: 0 };

    const pass = this.#pass(head, text.length);
    this.#running.set(key, pass);
    try {
      const encoded = await pass;
      this.#memory?.set(key, encoded);
      return { encoded, passes: 1 };
    } finally {
      this.#running.delete(key);
    }
  }

  async scan(text: string): Promise<ScanResult> {
    const { encoded, passes } = await this.encode(text);
    return { windows: [{ start: 0, end: text.length, encoded }], passes };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
    this.#memory?.clear();
  }

  async #pass(head: string, units: number): Promise<Encoded> {
    return this.#decode(await this.#started().run(head, units));
  }

  #decode(answer: EncodeAnswer): Encoded {
    const heads = new Map<string, HeadOutput>();
    let at = 0;
    for (const { model, labels, temperature, threshold } of this.#heads) {
      const logits = answer.logits.subarray(at, at + labels.length);
      at += labels.length;
      if (!logits.every(Number.isFinite)) {
        throw new VsrError('VSR_INFERENCE_UNAVAILABLE', `${model} gave logits that are not finite numbers`);
      }
      heads.set(model, { model, labels, probabilities: softmax(logits, temperature), threshold });
    }
    return {
      embedding: answer.embedding,
      heads,
      spans: new Map(),
      tokens: answer.tokens,
      truncated: answer.truncated,
      view: answer.truncated ? 'head-middle-tail' : 'whole',
    };
  }
}

/**
 * Opens a model bundle and starts loading it in the background; returns at once.
 *
 * The results are shared between callers and kept in memory: treat them as read-only. Idle workers
 * don't keep the process alive; `close()` ends them.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the manifest is wrong or a file is missing or has
 *   another size. That the graph can't be run shows in `ready()` and `encode()`.
 */
export function createEncoder(options: EncoderOptions = {}): Encoder {
  return new WorkerEncoder(readBundle(options.bundleDir ?? embeddedBundleDir()), options);
}
