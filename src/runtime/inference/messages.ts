/**
 * What the main thread and an inference worker say to each other.
 *
 * @module
 */

/** Passed as `workerData`. */
export interface WorkerSettings extends ModelSettings {
  /** Memory of the worker's {@link NativeGate}. */
  readonly gate: SharedArrayBuffer;
}

/** What to load. Paths are absolute. */
export interface ModelSettings {
  readonly graph: string;
  readonly tokenizer: string;
  /** Tokens per text, special ones included. */
  readonly maxTokens: number;
  /** Threads inside one run. */
  readonly threads: number;
  /** Output with the sentence embedding, and its length in floats. */
  readonly embedding: { readonly output: string; readonly length: number };
  /** Outputs of the sequence heads, and the number of labels of each. */
  readonly heads: readonly { readonly output: string; readonly length: number }[];
}

/** Main thread to worker: encode one text. */
export interface EncodeJob {
  readonly type: 'encode';
  readonly id: number;
  readonly text: string;
  /** UTF-16 units of the whole text, of which `text` may be the beginning. */
  readonly units: number;
}

/**
 * Main thread to worker. `close` drops what waits, lets the current run end and ends the thread. There
 * is no other way to stop one: `terminate()` during a run makes the native binding abort the process.
 */
export type WorkerRequest = EncodeJob | { readonly type: 'close' };

/** Raw result of one pass; both arrays are transferred, not copied. */
export interface EncodeAnswer {
  readonly type: 'encoded';
  readonly id: number;
  readonly embedding: Float32Array<ArrayBuffer>;
  /** Logits of all heads one after the other, in the order of the settings. */
  readonly logits: Float32Array<ArrayBuffer>;
  readonly tokens: number;
  readonly truncated: boolean;
}

/** Worker to main thread. `error` concerns one text, `unusable` the worker as a whole. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'unusable'; readonly message: string }
  | EncodeAnswer
  | { readonly type: 'error'; readonly id: number; readonly message: string };
