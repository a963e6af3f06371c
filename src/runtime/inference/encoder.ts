/**
 * The embedded encoder as the rest of the router sees it: memory in front of worker threads.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { VsrError } from '../errors.js';
import { type Bundle, type BundleHead, embeddedBundleDir, readBundle } from './bundle.js';
import type { EncodeAnswer, HeadSettings } from './messages.js';
import { WorkerPool } from './pool.js';
import { type ScanSource, scanText } from './scan.js';
import { softmax } from './softmax.js';
import { type Excerpt, excerptOf, specialTokens } from './text-view.js';
import { spanLabels } from './token-labels.js';
import type {
  Encoded,
  EncodeResult,
  Encoder,
  EncoderState,
  HeadOutput,
  ScanOptions,
  ScanResult,
  TokenHead,
} from './types.js';
import type { ChunkPlan } from './windows.js';

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

/** Two texts with the same key get the same answer: the model sees nothing of either but the excerpt. */
function keyOf({ text, units }: Excerpt): string {
  if (units <= plainKeyUnits) return `=${text}`;
  return `${units}:${createHash('sha256').update(text).digest('base64')}`;
}

function closedError(): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', 'the encoder is closed');
}

/** Most tokens that one UTF-16 unit gives (hangul). */
const tokensPerUnit = 3;

class WorkerEncoder implements Encoder {
  readonly heads: readonly string[];
  readonly tokenHeads: ReadonlyMap<string, TokenHead>;
  readonly bundleHash: string;
  readonly #sequenceHeads: readonly BundleHead[];
  /** Units up to which a text fits into one run for certain. */
  readonly #surelyOneRun: number;
  readonly #openPool: () => WorkerPool;
  #pool: WorkerPool | undefined;
  #closed = false;
  readonly #memory: LRUCache<string, Encoded> | undefined;
  /** Passes under way: whoever asks for the same text meanwhile shares the result. */
  readonly #running = new Map<string, Promise<Encoded>>();

  constructor(bundle: Bundle, options: EncoderOptions) {
    const { text, encoder, tokenizer } = bundle;
    const sequenceHeads = text.heads.filter((head) => head.task === 'sequence');
    const tokenHeads = text.heads.filter((head) => head.task === 'token' && head.scheme === 'bio');
    this.#sequenceHeads = sequenceHeads;
    this.#surelyOneRun = Math.floor((encoder.max_tokens - specialTokens) / tokensPerUnit);
    this.heads = text.heads
      .filter((head) => sequenceHeads.includes(head) || tokenHeads.includes(head))
      .map((head) => head.model);
    this.tokenHeads = new Map(
      tokenHeads.map(({ model, labels, threshold, thresholds }) => [
        model,
        { model, labels: spanLabels(labels), threshold, thresholds },
      ]),
    );
    this.bundleHash = text.file.sha256;
    const cacheEntries = options.cacheEntries ?? 2048;
    this.#memory = cacheEntries > 0 ? new LRUCache({ max: cacheEntries }) : undefined;
    this.#openPool = () =>
      new WorkerPool(
        {
          input: 'text',
          graph: text.file.path,
          tokenizer: tokenizer.path,
          maxTokens: encoder.max_tokens,
          threads: options.threadsPerWorker ?? 1,
          embedding: { output: text.embedding.output, length: encoder.dimension },
          sequenceHeads: sequenceHeads.map(headSettings),
          tokenHeads: tokenHeads.map((head) => ({ ...headSettings(head), transitions: head.transitions })),
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
    // The model sees no more, so neither the hash nor the copy to the worker has to.
    const excerpt = excerptOf(text);
    const key = keyOf(excerpt);
    const known = this.#memory?.get(key);
    if (known !== undefined) return { encoded: known, passes: 0 };
    const running = this.#running.get(key);
    if (running !== undefined) return { encoded: await running, passes: 0 };

    const pass = this.#pass(excerpt);
    this.#running.set(key, pass);
    try {
      const encoded = await pass;
      this.#memory?.set(key, encoded);
      return { encoded, passes: 1 };
    } finally {
      this.#running.delete(key);
    }
  }

  async scan(text: string, options: ScanOptions = {}): Promise<ScanResult> {
    if (this.#closed) throw closedError();
    const source: ScanSource = {
      encode: (window) => this.encode(window),
      plan: (chunk, last) => this.#plan(chunk, last),
    };
    return scanText(text, source, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
    this.#memory?.clear();
  }

  async #plan(chunk: string, last: boolean): Promise<ChunkPlan> {
    if (last && (chunk.length <= this.#surelyOneRun || this.#isWhole(chunk))) {
      return { windows: [{ start: 0, end: chunk.length }], next: chunk.length };
    }
    if (this.#closed) throw closedError();
    const answer = await this.#started().run({ type: 'plan', chunk, last });
    if (answer.type !== 'planned') throw unexpectedAnswer();
    return answer.plan;
  }

  /** True if memory has it that one run holds the text. */
  #isWhole(text: string): boolean {
    return this.#memory?.peek(keyOf(excerptOf(text)))?.view === 'whole';
  }

  async #pass(excerpt: Excerpt): Promise<Encoded> {
    const answer = await this.#started().run({ type: 'encode', excerpt });
    if (answer.type !== 'encoded') throw unexpectedAnswer();
    return this.#decode(answer);
  }

  #decode({ embedding, logits, spans, tokens, view }: EncodeAnswer): Encoded {
    const heads = new Map<string, HeadOutput>();
    let at = 0;
    for (const { model, labels, temperature, threshold } of this.#sequenceHeads) {
      const row = logits.subarray(at, at + labels.length);
      at += labels.length;
      if (!row.every(Number.isFinite)) {
        throw new VsrError('VSR_INFERENCE_UNAVAILABLE', `${model} gave logits that are not finite numbers`);
      }
      heads.set(model, { model, labels, probabilities: softmax(row, temperature), threshold });
    }
    return {
      embedding,
      heads,
      spans: new Map([...this.tokenHeads.keys()].map((model, i) => [model, spans[i] ?? []])),
      tokens,
      truncated: view !== 'whole',
      view,
    };
  }
}

function headSettings({ model, output, labels, temperature }: BundleHead): HeadSettings {
  return { model, output, labels, temperature };
}

function unexpectedAnswer(): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', 'the inference worker answered another question');
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
