/**
 * The graph that reads two texts together, as the rest of the router sees it.
 *
 * Few configurations need it and it holds as much memory as the encoder again, so it has a worker of its
 * own that starts with the first question.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { type Bundle, embeddedBundleDir, readBundle } from './bundle.js';
import type {
  LoadedModel,
  ModelSettings,
  NliAnswer,
  PairJob,
  PairSettings,
  WordsAnswer,
  WordsJob,
} from './messages.js';
import { type RunTimes, WorkerPool } from './pool.js';
import type { EncoderState, NliResult, PairEncoder, PairOptions, PairTokens } from './types.js';

/** Registry names of the heads behind the methods of a {@link PairEncoder}. */
export const nliModel = 'mom-halugate-explainer';
export const detectorModel = 'mom-halugate-detector';
export const verifierModel = 'mom-toolcall-verifier';

export interface PairEncoderOptions {
  /** Folder with `manifest.json`. Default: the bundle inside the package. */
  readonly bundleDir?: string;
  /** Threads inside one pass. Default 1. */
  readonly threads?: number;
  /** `on-demand` (default) loads with the first `ready()` or question; `now` in the background at once. */
  readonly start?: 'now' | 'on-demand';
  /** Questions that may wait; beyond that calls are refused. Default 256. */
  readonly maxQueue?: number;
}

function unavailable(message: string): VsrError {
  return new VsrError('VSR_INFERENCE_UNAVAILABLE', message);
}

function unexpectedAnswer(): VsrError {
  return unavailable('the inference worker answered another question');
}

/** What is said of texts that would take too many runs. */
interface Limit {
  /** Field that is to blame, as interfaces name it. */
  readonly param: string;
  readonly what: string;
  readonly hint: string;
}

const premiseLimit: Limit = {
  param: 'premise',
  what: 'Reading all of `premise`',
  hint: 'Send the parts of it that concern the hypothesis.',
};
const contextLimit: Limit = {
  param: 'context',
  what: 'Comparing all of `answer` with all of `context`',
  hint: 'Send the passages that the answer was made from, or the answer in parts.',
};
const intentLimit: Limit = {
  param: 'messages',
  what: 'Comparing a tool call with the user message before it',
  hint: 'Send a shorter message, or leave long arguments out of the call.',
};

/** What is known of a head before its graph is loaded. */
export interface PairHeadInfo {
  readonly task: string;
  readonly labels: readonly string[];
  readonly threshold: number;
  /** For single labels. */
  readonly thresholds: Readonly<Record<string, number>>;
}

export interface PairRunnerModel {
  /** By registry name, in manifest order. */
  readonly heads: ReadonlyMap<string, PairHeadInfo>;
  readonly bundleHash: string;
  /** Undefined if there is no graph for pairs. */
  readonly settings: ModelSettings | undefined;
}

/** One model that reads two texts, and its worker. */
export class PairRunner implements PairEncoder {
  readonly heads: readonly string[];
  readonly bundleHash: string;
  readonly #heads: ReadonlyMap<string, PairHeadInfo>;
  readonly #openPool: (() => WorkerPool) | undefined;
  #pool: WorkerPool | undefined;
  #closed = false;

  constructor({ heads, bundleHash, settings }: PairRunnerModel, options: PairEncoderOptions) {
    this.#heads = heads;
    this.heads = [...heads.keys()];
    this.bundleHash = bundleHash;
    this.#openPool =
      settings && (() => new WorkerPool(settings, { workers: 1, maxQueue: options.maxQueue ?? 256 }));
    if (options.start === 'now') this.#pool = this.#openPool?.();
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

  get state(): EncoderState {
    if (this.#closed) return 'closed';
    if (this.#openPool === undefined) return 'failed';
    return this.#pool?.state ?? 'idle';
  }

  async ready(): Promise<void> {
    await this.#started().ready();
  }

  async nli(premise: string, hypothesis: string, options?: PairOptions): Promise<NliResult> {
    const { threshold } = this.#head(nliModel, 'sequence');
    const answer = await this.#run(
      { type: 'nli', model: nliModel, premise, hypothesis },
      premiseLimit,
      options,
    );
    if (answer.type !== 'nli') throw unexpectedAnswer();
    const { probabilities, windows, truncated } = answer;
    const labels = this.#labelsOf(nliModel);
    const label = labels[probabilities.indexOf(Math.max(...probabilities))];
    if (label === undefined) throw unexpectedAnswer();
    return { label, labels, probabilities, threshold, windows, truncated, passes: windows };
  }

  async detect(
    context: string,
    question: string,
    answer: string,
    options?: PairOptions,
  ): Promise<PairTokens> {
    const texts = { kind: 'hallucination', first: context, question, second: answer } as const;
    return this.#words(detectorModel, texts, contextLimit, options);
  }

  async verify(intent: string, call: string, options?: PairOptions): Promise<PairTokens> {
    const texts = { kind: 'tool-call', first: intent, question: '', second: call } as const;
    return this.#words(verifierModel, texts, intentLimit, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
  }

  async #words(
    model: string,
    texts: Omit<WordsJob, 'type' | 'model'>,
    limit: Limit,
    options?: PairOptions,
  ): Promise<PairTokens> {
    const { threshold, thresholds } = this.#head(model, 'token');
    const answer = await this.#run({ type: 'words', model, ...texts }, limit, options);
    if (answer.type !== 'words') throw unexpectedAnswer();
    const { tokens, windows, truncated } = answer;
    const least = thresholds[this.#labelsOf(model)[1] ?? ''] ?? threshold;
    return { tokens, threshold: least, windows, truncated, passes: windows };
  }

  async #run(
    job: PairJob,
    { param, what, hint }: Limit,
    { signal }: PairOptions = {},
  ): Promise<NliAnswer | WordsAnswer> {
    const answer = await this.#started().run(job, signal);
    if (answer.type === 'nli' || answer.type === 'words') return answer;
    if (answer.type !== 'too-long') throw unexpectedAnswer();
    const message = `${what} would take ${answer.runs} runs of the model, and ${answer.most} are the most.`;
    throw new VsrError('VSR_INPUT_INVALID', message, { param, hint });
  }

  #started(): WorkerPool {
    if (this.#closed) throw unavailable('the pair encoder is closed');
    this.#pool ??= this.#openPool?.();
    if (this.#pool === undefined) throw unavailable('the model bundle has no graph that reads two texts');
    return this.#pool;
  }

  /** As the files of a loaded model say, else as is known before. */
  #labelsOf(model: string): readonly string[] {
    const loaded = this.loaded?.heads.find((head) => head.model === model);
    return loaded?.labels ?? this.#heads.get(model)?.labels ?? [];
  }

  #head(model: string, task: 'sequence' | 'token'): PairHeadInfo {
    if (this.#closed) throw unavailable('the pair encoder is closed');
    const head = this.#heads.get(model);
    if (head?.task !== task) throw unavailable(`the model bundle has no ${model} that reads two texts`);
    return head;
  }
}

/** Undefined if the bundle has no graph for pairs. Heads of unknown kinds are left alone. */
function settingsOf({ pair, encoder, tokenizer }: Bundle, threads: number): PairSettings | undefined {
  if (pair === undefined) return undefined;
  const heads: PairSettings['heads'][number][] = [];
  for (const { model, output, labels, temperature, task, scheme } of pair.heads) {
    if (task === 'sequence' || (task === 'token' && scheme === 'binary')) {
      heads.push({ model, output, labels, temperature, task });
    }
  }
  return {
    input: 'pair',
    graph: pair.file.path,
    tokenizer: tokenizer.path,
    maxTokens: encoder.max_tokens,
    threads,
    heads,
  };
}

/**
 * Opens the pair graph of a model bundle; it is loaded when it is first asked for.
 *
 * A bundle without such a graph is no error: the state is then `failed`, `bundleHash` is '' and all
 * methods reject.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the manifest is wrong or a file is missing or has
 *   another size.
 */
export function createPairEncoder(options: PairEncoderOptions = {}): PairRunner {
  return openEmbeddedPairs(readBundle(options.bundleDir ?? embeddedBundleDir()), options);
}

/** As {@link createPairEncoder}, of a bundle that is read already. */
export function openEmbeddedPairs(bundle: Bundle, options: PairEncoderOptions): PairRunner {
  const settings = settingsOf(bundle, options.threads ?? 1);
  const run = new Set(settings?.heads.map(({ model }) => model));
  const heads = bundle.pair?.heads.filter(({ model }) => run.has(model)) ?? [];
  const bundleHash = bundle.pair?.file.sha256 ?? '';
  return new PairRunner(
    { heads: new Map(heads.map((head) => [head.model, head])), bundleHash, settings },
    options,
  );
}
