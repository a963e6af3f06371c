/**
 * The embedded encoder as the rest of the router sees it: memory in front of worker threads.
 *
 * @module
 */
import { type Bundle, type BundleHead, embeddedBundleDir, readBundle } from './bundle.js';
import type { EncodeAnswer, HeadSettings, TextSettings } from './messages.js';
import { probabilitiesFrom, TextRunner } from './text-runner.js';
import { specialTokens } from './text-view.js';
import { spanLabels } from './token-labels.js';
import type { Encoded, Encoder, HeadOutput, TokenHead } from './types.js';

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

/** Most tokens that one UTF-16 unit gives (hangul). */
const tokensPerUnit = 3;

/** The embedded graph that reads one text. */
export class EmbeddedEncoder extends TextRunner implements Encoder {
  readonly heads: readonly string[];
  readonly tokenHeads: ReadonlyMap<string, TokenHead>;
  readonly bundleHash: string;
  /** Registry name of its sentence embedding. */
  readonly embedding: string;

  constructor(bundle: Bundle, options: EncoderOptions) {
    const { text, encoder, tokenizer } = bundle;
    const sequenceHeads = text.heads.filter((head) => head.task === 'sequence');
    const tokenHeads = text.heads.filter((head) => head.task === 'token' && head.scheme === 'bio');
    const settings: TextSettings = {
      input: 'text',
      graph: text.file.path,
      tokenizer: tokenizer.path,
      maxTokens: encoder.max_tokens,
      threads: options.threadsPerWorker ?? 1,
      embedding: {
        model: text.embedding.model,
        output: text.embedding.output,
        length: encoder.dimension,
      },
      sequenceHeads: sequenceHeads.map(headSettings),
      tokenHeads: tokenHeads.map((head) => ({ ...headSettings(head), transitions: head.transitions })),
    };
    const tokenNames = tokenHeads.map(({ model }) => model);
    super(
      {
        settings,
        surelyOneRun: Math.floor((encoder.max_tokens - specialTokens) / tokensPerUnit),
        decode: (answer) => decoded(answer, sequenceHeads, tokenNames),
      },
      {
        workers: options.workers ?? 1,
        maxQueue: options.maxQueue ?? 1024,
        cacheEntries: options.cacheEntries ?? 2048,
        start: options.start ?? 'now',
      },
    );
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
    this.embedding = text.embedding.model;
  }
}

function decoded(
  { embedding, logits, spans, tokens, view }: EncodeAnswer,
  sequenceHeads: readonly BundleHead[],
  tokenHeads: readonly string[],
): Encoded {
  const heads = new Map<string, HeadOutput>();
  let at = 0;
  for (const head of sequenceHeads) {
    const row = logits.subarray(at, at + head.labels.length);
    at += head.labels.length;
    heads.set(head.model, probabilitiesFrom(row, head, head.threshold));
  }
  return {
    embedding,
    heads,
    spans: new Map(tokenHeads.map((model, i) => [model, spans[i] ?? []])),
    tokens,
    truncated: view !== 'whole',
    view,
  };
}

function headSettings({ model, output, labels, temperature }: BundleHead): HeadSettings {
  return { model, output, labels, temperature };
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
export function createEncoder(options: EncoderOptions = {}): EmbeddedEncoder {
  return new EmbeddedEncoder(readBundle(options.bundleDir ?? embeddedBundleDir()), options);
}
