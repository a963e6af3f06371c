/**
 * What the main thread and an inference worker say to each other.
 *
 * @module
 */
import type { PublishedSettings } from './published/settings.js';
import type { Provider, RefusedProvider } from './report.js';
import type { Excerpt } from './text-view.js';
import type { TextView, TokenSpan, WordProbability } from './types.js';
import type { ChunkPlan } from './windows.js';

/** Passed as `workerData`. */
export interface WorkerSettings {
  readonly model: ModelSettings;
  /** Memory of the worker's {@link NativeGate}. */
  readonly gate: SharedArrayBuffer;
}

/** Which graph to load. Paths are absolute. */
interface GraphSettings {
  readonly graph: string;
  readonly tokenizer: string;
  /** Tokens per run, special ones included. */
  readonly maxTokens: number;
  /** Threads inside one run. */
  readonly threads: number;
}

/** A head and the output its logits are in. */
export interface HeadSettings {
  /** Registry name. */
  readonly model: string;
  readonly output: string;
  readonly labels: readonly string[];
  readonly temperature: number;
  /** What makes probabilities of the logits; `sigmoid` for labels that don't exclude each other. Default: softmax. */
  readonly activation?: 'softmax' | 'sigmoid' | undefined;
}

/** A head whose labels make spans. */
export interface TokenHeadSettings extends HeadSettings {
  /** As in the manifest. */
  readonly transitions?: readonly (readonly number[])[] | undefined;
}

export interface TextSettings extends GraphSettings {
  readonly input: 'text';
  /** Output with the sentence embedding, and its length in floats. */
  readonly embedding: { readonly model: string; readonly output: string; readonly length: number };
  readonly sequenceHeads: readonly HeadSettings[];
  readonly tokenHeads: readonly TokenHeadSettings[];
}

export interface PairSettings extends GraphSettings {
  readonly input: 'pair';
  readonly heads: readonly (HeadSettings & { readonly task: 'sequence' | 'token' })[];
}

export type ModelSettings = TextSettings | PairSettings | PublishedSettings;

/** What a worker has found out about its model while it loaded. */
export interface LoadedModel {
  readonly provider: Provider;
  readonly refused: readonly RefusedProvider[];
  /** Tokens per run, special ones included. */
  readonly maxTokens: number;
  readonly loadMs: number;
  /** Bytes of the files that it holds in memory. */
  readonly bytes: number;
  /** Heads of a published model; those of the embedded graphs are in the manifest. */
  readonly heads: readonly HeadSettings[];
}

/** One run over one text. */
export interface EncodeJob {
  readonly type: 'encode';
  readonly excerpt: Excerpt;
}

/** Where to cut a stretch of a long text; no run. */
export interface PlanJob {
  readonly type: 'plan';
  readonly chunk: string;
  /** True if the text ends with `chunk`. */
  readonly last: boolean;
}

/** How two texts relate. */
export interface NliJob {
  readonly type: 'nli';
  /** Of the head. */
  readonly model: string;
  readonly premise: string;
  readonly hypothesis: string;
}

/** Which words of `second` the head reports. */
export interface WordsJob {
  readonly type: 'words';
  readonly kind: 'hallucination' | 'tool-call';
  /** Of the head. */
  readonly model: string;
  readonly first: string;
  /** Stands before each window of `first`; '' for none. */
  readonly question: string;
  readonly second: string;
}

export type TextJob = EncodeJob | PlanJob;
export type PairJob = NliJob | WordsJob;
export type Job = TextJob | PairJob;

/**
 * Main thread to worker. `forget` drops a job that nobody waits for any more; it gets no outcome. `close`
 * drops what waits, lets the current run end and ends the thread. There is no other way to stop one:
 * `terminate()` during a run makes the native binding abort the process.
 */
export type WorkerRequest =
  | { readonly type: 'job'; readonly id: number; readonly job: Job }
  | { readonly type: 'forget'; readonly id: number }
  | { readonly type: 'close' };

/** Result of one run over one text; both arrays are transferred, not copied. */
export interface EncodeAnswer {
  readonly type: 'encoded';
  readonly embedding: Float32Array<ArrayBuffer>;
  /** Logits of the sequence heads one after the other, in the order of the settings. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Per token head, in the order of the settings; offsets in the original text. */
  readonly spans: readonly (readonly TokenSpan[])[];
  readonly tokens: number;
  readonly view: TextView;
}

export interface PlanAnswer {
  readonly type: 'planned';
  readonly plan: ChunkPlan;
}

export interface NliAnswer {
  readonly type: 'nli';
  /** Of the window that decides. */
  readonly probabilities: readonly number[];
  readonly windows: number;
  readonly truncated: boolean;
}

export interface WordsAnswer {
  readonly type: 'words';
  readonly tokens: readonly WordProbability[];
  readonly windows: number;
  readonly truncated: boolean;
}

/** Nothing was run: the texts would take more runs than one job may. */
export interface TooLongAnswer {
  readonly type: 'too-long';
  readonly runs: number;
  readonly most: number;
}

export type Answer = EncodeAnswer | PlanAnswer | NliAnswer | WordsAnswer | TooLongAnswer;

/** How one job ended. */
export type Outcome =
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'error'; readonly id: number; readonly message: string };

/** Worker to main thread. `unusable` concerns the worker as a whole. */
export type WorkerMessage =
  | { readonly type: 'ready'; readonly model: LoadedModel }
  /** After each run of the graph. */
  | { readonly type: 'ran'; readonly milliseconds: number }
  | { readonly type: 'unusable'; readonly message: string }
  | Outcome;
