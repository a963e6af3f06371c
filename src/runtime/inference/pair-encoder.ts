/**
 * The graph that reads two texts together, as the rest of the router sees it.
 *
 * Few configurations need it and it holds as much memory as the encoder again, so it has a worker of its
 * own that starts with the first question.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { type Bundle, type BundleHead, embeddedBundleDir, readBundle } from './bundle.js';
import type { Answer, PairJob, PairSettings, WordsJob } from './messages.js';
import { WorkerPool } from './pool.js';
import type { EncoderState, NliResult, PairEncoder, PairTokens } from './types.js';

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

class WorkerPairEncoder implements PairEncoder {
  readonly heads: readonly string[];
  readonly bundleHash: string;
  readonly #heads: ReadonlyMap<string, BundleHead>;
  /** Undefined if the bundle has no graph for pairs. */
  readonly #openPool: (() => WorkerPool) | undefined;
  #pool: WorkerPool | undefined;
  #closed = false;

  constructor(bundle: Bundle, options: PairEncoderOptions) {
    const settings = settingsOf(bundle, options.threads ?? 1);
    const run = new Set(settings?.heads.map(({ model }) => model));
    const heads = bundle.pair?.heads.filter(({ model }) => run.has(model)) ?? [];
    this.#heads = new Map(heads.map((head) => [head.model, head]));
    this.heads = [...this.#heads.keys()];
    this.bundleHash = bundle.pair?.file.sha256 ?? '';
    this.#openPool =
      settings && (() => new WorkerPool(settings, { workers: 1, maxQueue: options.maxQueue ?? 256 }));
    if (options.start === 'now') this.#pool = this.#openPool?.();
  }

  get state(): EncoderState {
    if (this.#closed) return 'closed';
    if (this.#openPool === undefined) return 'failed';
    return this.#pool?.state ?? 'idle';
  }

  async ready(): Promise<void> {
    await this.#started().ready();
  }

  async nli(premise: string, hypothesis: string): Promise<NliResult> {
    const { output, labels, threshold } = this.#head(nliModel, 'sequence');
    const answer = await this.#run({ type: 'nli', output, premise, hypothesis });
    if (answer.type !== 'nli') throw unexpectedAnswer();
    const { probabilities, windows } = answer;
    const label = labels[probabilities.indexOf(Math.max(...probabilities))];
    if (label === undefined) throw unexpectedAnswer();
    return { label, labels, probabilities, threshold, windows, passes: windows };
  }

  async detect(context: string, question: string, answer: string): Promise<PairTokens> {
    return this.#words(detectorModel, { kind: 'hallucination', first: context, question, second: answer });
  }

  async verify(intent: string, call: string): Promise<PairTokens> {
    return this.#words(verifierModel, { kind: 'tool-call', first: intent, question: '', second: call });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.close();
  }

  async #words(model: string, texts: Omit<WordsJob, 'type' | 'output'>): Promise<PairTokens> {
    const { output, labels, threshold, thresholds } = this.#head(model, 'token');
    const answer = await this.#run({ type: 'words', output, ...texts });
    if (answer.type !== 'words') throw unexpectedAnswer();
    const { tokens, windows } = answer;
    return { tokens, threshold: thresholds[labels[1] ?? ''] ?? threshold, windows, passes: windows };
  }

  #run(job: PairJob): Promise<Answer> {
    return this.#started().run(job);
  }

  #started(): WorkerPool {
    if (this.#closed) throw unavailable('the pair encoder is closed');
    this.#pool ??= this.#openPool?.();
    if (this.#pool === undefined) throw unavailable('the model bundle has no graph that reads two texts');
    return this.#pool;
  }

  #head(model: string, task: 'sequence' | 'token'): BundleHead {
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
export function createPairEncoder(options: PairEncoderOptions = {}): PairEncoder {
  return new WorkerPairEncoder(readBundle(options.bundleDir ?? embeddedBundleDir()), options);
}
