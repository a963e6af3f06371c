/**
 * Worker threads and the queue in front of them.
 *
 * One queue for all workers, and at most {@link depth} jobs handed to each, to the least busy first: a
 * long text holds up few others while another worker idles.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { VsrError } from '../errors.js';
import { batchTexts } from './batching.js';
import type {
  Answer,
  Job,
  LoadedModel,
  ModelSettings,
  WorkerMessage,
  WorkerRequest,
  WorkerSettings,
} from './messages.js';
import { NativeGate, stopAtExit } from './native-gate.js';
import type { EncoderState } from './types.js';
import { workerEntry } from './worker-entry.js';

/** One batch runs while another can wait in the worker, which never idles for the round trip. */
const depth = batchTexts;

interface Pending {
  readonly id: number;
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

interface Slot {
  worker: Worker;
  /** True once the thread of `worker` has ended. */
  gone: boolean;
  state: 'loading' | 'ready' | 'dead';
  readonly jobs: Map<number, Pending>;
  /** A crash is answered by one restart; a pass that succeeds earns the next one. */
  mayRestart: boolean;
  crash: unknown;
}

export interface PoolOptions {
  readonly workers: number;
  /** Jobs that may wait; one more is refused rather than answered minutes late. */
  readonly maxQueue: number;
  /** File of the worker thread; tests put another in its place. */
  readonly entry?: URL;
}

/** How long runs of the graph took. */
export interface RunTimes {
  readonly runs: number;
  readonly lastRunMs: number | undefined;
  readonly meanRunMs: number | undefined;
}

function unavailable(message: string, cause?: unknown, hint?: string): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', message, hint === undefined ? { cause } : { cause, hint });
}

function placeOf(settings: ModelSettings): string {
  return settings.input === 'published' ? settings.dir : settings.graph;
}

export class WorkerPool {
  readonly #settings: ModelSettings;
  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  #queue: Pending[] = [];
  #nextId = 1;
  #state: EncoderState = 'loading';
  #failure: VsrError | undefined;
  #model: LoadedModel | undefined;
  #runs = 0;
  #lastRunMs: number | undefined;
  #allRunsMs = 0;
  readonly #loaded: Promise<void>;
  #resolveLoaded: () => void = () => undefined;
  #rejectLoaded: (error: VsrError) => void = () => undefined;

  /** Starts the workers; they load in the background. */
  constructor(settings: ModelSettings, options: PoolOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#loaded = new Promise((resolve, reject) => {
      this.#resolveLoaded = resolve;
      this.#rejectLoaded = reject;
    });
    // Nobody has to ask for ready(): jobs are rejected too, and a failure shows in `state`.
    this.#loaded.catch(() => undefined);
    this.#slots = Array.from({ length: options.workers }, () => this.#start());
  }

  get state(): EncoderState {
    return this.#state;
  }

  /** What the first worker to load has found out; undefined until then. */
  get model(): LoadedModel | undefined {
    return this.#model;
  }

  /** Why the pool has failed; undefined as long as it has not. */
  get problem(): string | undefined {
    return this.#state === 'failed' ? this.#failure?.message : undefined;
  }

  /** Of all workers. */
  get runTimes(): RunTimes {
    const meanRunMs = this.#runs === 0 ? undefined : this.#allRunsMs / this.#runs;
    return { runs: this.#runs, lastRunMs: this.#lastRunMs, meanRunMs };
  }

  /** Resolves as soon as one worker has loaded; rejects if none can. */
  ready(): Promise<void> {
    return this.#failure === undefined ? this.#loaded : Promise.reject(this.#failure);
  }

  /**
   * Does one job. Rejects with `VSR_INFERENCE_UNAVAILABLE`, or with the reason of `signal`; the job then
   * takes no run any more, except one that is under way.
   */
  run(job: Job, signal?: AbortSignal): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#queue.length >= this.#options.maxQueue) {
      return Promise.reject(
        unavailable(
          `${this.#queue.length} texts are waiting for the encoder already`,
          undefined,
          'The load exceeds what the encoder can do: add workers or replicas.',
        ),
      );
    }
    const id = this.#nextId++;
    const abort = (): void => this.#forget(id, signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#queue.push({ id, job, resolve, reject });
      this.#dispatch();
    });
    return signal === undefined ? answer : answer.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Rejects a job with `reason` wherever it is. */
  #forget(id: number, reason: unknown): void {
    const at = this.#queue.findIndex((pending) => pending.id === id);
    for (const pending of at < 0 ? [] : this.#queue.splice(at, 1)) pending.reject(reason);
    for (const { worker, jobs } of this.#slots) {
      const pending = jobs.get(id);
      if (pending === undefined) continue;
      jobs.delete(id);
      const request: WorkerRequest = { type: 'forget', id };
      worker.postMessage(request);
      pending.reject(reason);
    }
    this.#dispatch();
  }

  /**
   * Rejects what is waiting or running, ends the threads, and resolves when they are gone; a load or run
   * under way is let to its end, since interrupting it would abort the process.
   */
  async close(): Promise<void> {
    const error = unavailable('the encoder is closed');
    this.#settle('closed', error);
    for (const slot of this.#slots) this.#abandon(slot, error);
    await Promise.all(this.#slots.map((slot) => this.#stop(slot)));
  }

  async #stop(slot: Slot): Promise<void> {
    if (slot.gone) return;
    const exit = new Promise((resolve) => slot.worker.once('exit', resolve));
    slot.worker.ref();
    const request: WorkerRequest = { type: 'close' };
    slot.worker.postMessage(request);
    await exit;
  }

  #start(): Slot {
    const slot: Slot = {
      worker: this.#spawn(() => slot),
      gone: false,
      state: 'loading',
      jobs: new Map(),
      mayRestart: true,
      crash: undefined,
    };
    return slot;
  }

  #spawn(slotOf: () => Slot): Worker {
    const gate = NativeGate.buffer();
    const workerData: WorkerSettings = { model: this.#settings, gate };
    const forget = stopAtExit(new NativeGate(gate));
    const worker = new Worker(this.#options.entry ?? workerEntry(), {
      workerData,
      name: 'vllm-sr-inference',
    });
    worker.on('message', (message: WorkerMessage) => this.#receive(slotOf(), message));
    worker.on('error', (error) => {
      slotOf().crash = error;
    });
    worker.on('exit', (code) => {
      forget();
      this.#exited(slotOf(), worker, code);
    });
    return worker;
  }

  #receive(slot: Slot, message: WorkerMessage): void {
    if (slot.state === 'dead') return;
    if (message.type === 'ready') {
      slot.state = 'ready';
      this.#model ??= message.model;
      if (this.#state === 'loading') this.#state = 'ready';
      this.#resolveLoaded();
      this.#dispatch();
      return;
    }
    if (message.type === 'ran') {
      this.#runs++;
      this.#lastRunMs = message.milliseconds;
      this.#allRunsMs += message.milliseconds;
      return;
    }
    if (message.type === 'unusable') {
      this.#bury(
        slot,
        unavailable(
          `the model cannot be loaded: ${message.message}`,
          undefined,
          `Check the files of the model (${placeOf(this.#settings)}).`,
        ),
      );
      return;
    }
    const job = slot.jobs.get(message.id);
    slot.jobs.delete(message.id);
    if (message.type === 'answer') {
      slot.mayRestart = true;
      job?.resolve(message.answer);
    } else {
      job?.reject(unavailable(`the model failed on a text: ${message.message}`));
    }
    this.#dispatch();
  }

  #exited(slot: Slot, worker: Worker, code: number): void {
    if (slot.worker !== worker) return;
    slot.gone = true;
    if (slot.state === 'dead') return;
    const error = unavailable(`the inference worker stopped unexpectedly (exit code ${code})`, slot.crash);
    if (!slot.mayRestart) {
      this.#bury(slot, error);
      return;
    }
    this.#abandon(slot, error);
    slot.mayRestart = false;
    slot.crash = undefined;
    slot.state = 'loading';
    slot.worker = this.#spawn(() => slot);
    slot.gone = false;
  }

  /** Gives a worker up for good; without any left, the pool fails. */
  #bury(slot: Slot, error: VsrError): void {
    this.#abandon(slot, error);
    if (this.#slots.every(({ state }) => state === 'dead')) this.#settle('failed', error);
    else this.#dispatch();
  }

  #abandon(slot: Slot, error: VsrError): void {
    slot.state = 'dead';
    for (const job of slot.jobs.values()) job.reject(error);
    slot.jobs.clear();
  }

  /** Ends the pool's life: nothing that waits or comes later is ever left without an answer. */
  #settle(state: 'failed' | 'closed', error: VsrError): void {
    this.#state = state;
    this.#failure = error;
    this.#rejectLoaded(error);
    const waiting = this.#queue;
    this.#queue = [];
    for (const job of waiting) job.reject(error);
  }

  /** Hands waiting jobs to the least busy workers. */
  #dispatch(): void {
    let taken = 0;
    for (; taken < this.#queue.length; taken++) {
      const pending = this.#queue[taken];
      const slot = this.#leastBusy();
      if (pending === undefined || slot === undefined) break;
      slot.jobs.set(pending.id, pending);
      const request: WorkerRequest = { type: 'job', id: pending.id, job: pending.job };
      slot.worker.postMessage(request);
    }
    if (taken > 0) this.#queue.splice(0, taken);
    // An idle worker must not keep a finished command alive; a loading or busy one must.
    for (const slot of this.#slots) {
      if (slot.state === 'ready' && slot.jobs.size === 0) slot.worker.unref();
      else slot.worker.ref();
    }
  }

  #leastBusy(): Slot | undefined {
    let best: Slot | undefined;
    for (const slot of this.#slots) {
      if (slot.state !== 'ready' || slot.jobs.size >= depth) continue;
      if (best === undefined || slot.jobs.size < best.jobs.size) best = slot;
    }
    return best;
  }
}
