/**
 * One model that reads texts, seen from the main thread: memory in front of worker threads.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { VsrError } from '../errors.js';
import { sigmoid, softmax } from '../math/probabilities.js';
import type { EncodeAnswer, HeadSettings, LoadedModel, ModelSettings } from './messages.js';
import { type RunTimes, WorkerPool } from './pool.js';
import { type ScanSource, scanText } from './scan.js';
import { type Excerpt, excerptOf } from './text-view.js';
import type { Encoded, EncodeResult, EncoderState, HeadOutput, ScanOptions, ScanResult } from './types.js';
import { type ChunkPlan, mostScanTokens } from './windows.js';

export interface RunnerOptions {
  /** Worker threads; each holds its own copy of the weights. */
  readonly workers: number;
  /** Results kept for repeated texts; 0 keeps none. */
  readonly cacheEntries: number;
  readonly start: 'now' | 'on-demand';
  /** Texts that may wait for a worker; beyond that calls are refused. */
  readonly maxQueue: number;
}

export interface RunnerModel {
  readonly settings: ModelSettings;
  /** UTF-16 units up to which a text fits into one run for certain. */
  readonly surelyOneRun: number;
  /** What an answer of the worker means. @throws if it holds numbers that are not finite. */
  decode(answer: EncodeAnswer, model: LoadedModel | undefined): Encoded;
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

function unexpectedAnswer(): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', 'the inference worker answered another question');
}

export class TextRunner {
  readonly #model: RunnerModel;
  readonly #options: RunnerOptions;
  #pool: WorkerPool | undefined;
  #closed = false;
  readonly #memory: LRUCache<string, Encoded> | undefined;
  /** Passes under way: whoever asks for the same text meanwhile shares the result. */
  readonly #running = new Map<string, Promise<Encoded>>();

  constructor(model: RunnerModel, options: RunnerOptions) {
    this.#model = model;
    this.#options = options;
    this.#memory = options.cacheEntries > 0 ? new LRUCache({ max: options.cacheEntries }) : undefined;
    if (options.start === 'now') this.#started();
  }

  get state(): EncoderState {
    if (this.#closed) return 'closed';
    return this.#pool?.state ?? 'idle';
  }

  /** Why it has failed. */
  get problem(): string | undefined {
    return this.#pool?.problem;
  }

  /** What the worker has found out; undefined until it has loaded. */
  get loaded(): LoadedModel | undefined {
    return this.#pool?.model;
  }

  get runTimes(): RunTimes {
    return this.#pool?.runTimes ?? { runs: 0, lastRunMs: undefined, meanRunMs: undefined };
  }

  ready(): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    return this.#started().ready();
  }

  /** See `Encoder.encode`. */
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

  /** See `Encoder.scan`. */
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

  /** The worker pool, started if it was not. */
  #started(): WorkerPool {
    const { workers, maxQueue } = this.#options;
    this.#pool ??= new WorkerPool(this.#model.settings, { workers, maxQueue });
    return this.#pool;
  }

  async #plan(chunk: string, last: boolean): Promise<ChunkPlan> {
    if (last && (chunk.length <= this.#model.surelyOneRun || this.#isWhole(chunk))) {
      return { windows: [{ start: 0, end: chunk.length }], next: chunk.length };
    }
    if (this.#closed) throw closedError();
    const answer = await this.#started().run({ type: 'plan', chunk, last });
    if (answer.type !== 'planned') throw unexpectedAnswer();
    return answer.plan;
  }

  /** True if memory has it that one window holds the text. */
  #isWhole(text: string): boolean {
    const known = this.#memory?.peek(keyOf(excerptOf(text)));
    return known?.view === 'whole' && known.tokens <= mostScanTokens;
  }

  async #pass(excerpt: Excerpt): Promise<Encoded> {
    const pool = this.#started();
    const answer = await pool.run({ type: 'encode', excerpt });
    if (answer.type !== 'encoded') throw unexpectedAnswer();
    return this.#model.decode(answer, pool.model);
  }
}

/**
 * Probabilities of one head.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if a logit is not finite: no decision may rest on it.
 */
export function probabilitiesFrom(
  logits: Float32Array,
  { model, labels, temperature, activation }: Omit<HeadSettings, 'output'>,
  threshold: number,
): HeadOutput {
  if (!logits.every(Number.isFinite)) {
    throw new VsrError('VSR_INFERENCE_UNAVAILABLE', `${model} gave logits that are not finite numbers`);
  }
  const probabilities =
    activation === 'sigmoid' ? sigmoid(logits, temperature) : softmax(logits, temperature);
  return { model, labels, probabilities, threshold };
}
