/**
 * The embedded encoder with other models in the place of some of its outputs, and more beside them.
 *
 * @module
 */
import {
  type ComposedOptions,
  combinedHash,
  combinedState,
  type PartName,
  Problems,
} from './composed-parts.js';
import type { EmbeddedEncoder } from './encoder.js';
import type { PublishedText } from './published/text.js';
import type {
  Encoded,
  EncodeOptions,
  EncodeResult,
  Encoder,
  EncoderState,
  HeadOutput,
  ScanOptions,
  ScanResult,
  TokenHead,
  TokenSpan,
} from './types.js';

/** A model of the configuration that reads one text. */
export interface TextPart {
  readonly runner: PublishedText;
  /** From which probability on it counts, in this set: others may have the same model. */
  readonly threshold: number;
  readonly replaces: string | undefined;
  /** Where the configuration asks for it. */
  readonly path: string;
}

/** The part of a text's reading that one model gives. */
interface Share<Result> {
  /** Names of the outputs that count; the model may give others, for which another one answers. */
  readonly outputs: ReadonlySet<string>;
  /** Instead of the model's own. */
  readonly threshold?: number;
  readonly result: Result;
}

/** Gives one model's reading: the same question to each. */
type Ask<Result> = (model: EmbeddedEncoder | PublishedText) => Promise<Result>;

export class ComposedEncoder implements Encoder {
  readonly heads: readonly string[];
  readonly bundleHash: string;
  readonly embeddingHash: string;
  readonly #embedded: EmbeddedEncoder;
  /** By the name of its output. */
  readonly #parts: ReadonlyMap<string, TextPart>;
  /** Outputs of the embedded graph that nothing replaces. */
  readonly #kept: ReadonlySet<string>;
  readonly #problems: Problems;
  /** What `ready` was asked for: what the router cannot do without. Empty before that. */
  readonly #awaited = new Set<EmbeddedEncoder | PublishedText>();

  constructor(embedded: EmbeddedEncoder, parts: readonly TextPart[], options: ComposedOptions) {
    this.#embedded = embedded;
    this.#parts = new Map(parts.map((part) => [part.runner.settings.output, part]));
    this.#kept = new Set([embedded.embedding, ...embedded.heads].filter((name) => !this.#parts.has(name)));
    const own = [...this.#parts.keys()].filter(
      (name) => name !== embedded.embedding && !embedded.heads.includes(name),
    );
    this.heads = [...embedded.heads, ...own];
    this.bundleHash = combinedHash(embedded.bundleHash, options.identity);
    // Other heads beside it leave the embedding as it is.
    this.embeddingHash = this.#kept.has(embedded.embedding) ? embedded.bundleHash : this.bundleHash;
    this.#problems = new Problems(options);
  }

  /**
   * Of what was waited for, else of the family: a model that is loaded for its first text must not make the router
   * unready. The embedded one counts where it answers for others.
   */
  get state(): EncoderState {
    const models = new Set(this.#awaited.size === 0 ? this.#family : this.#awaited);
    for (const part of this.#parts.values()) {
      if (this.#isReplaced(part) && models.delete(part.runner)) models.add(this.#embedded);
    }
    return combinedState([...models].map(({ state }) => state));
  }

  /** The embedded model and those in the place of its heads. */
  get #family(): readonly (EmbeddedEncoder | PublishedText)[] {
    const parts = [...this.#parts.values()].filter(({ replaces }) => replaces !== undefined);
    return [this.#embedded, ...parts.map(({ runner }) => runner)];
  }

  get tokenHeads(): ReadonlyMap<string, TokenHead> {
    const heads = new Map(this.#embedded.tokenHeads);
    for (const [name, part] of this.#parts) {
      const head = this.#isReplaced(part) ? undefined : part.runner.tokenHead;
      if (head !== undefined) heads.set(name, { ...head, threshold: part.threshold });
    }
    return heads;
  }

  async ready({ wants }: EncodeOptions = {}): Promise<void> {
    // Rules that come later, by a new configuration, load their models while the router goes on with those it has.
    const isReady = this.state === 'ready';
    await this.#ask(wants?.length === 0 ? [this.#embedded.embedding] : wants, async (model) => {
      if (!isReady) this.#awaited.add(model);
      await model.ready();
      this.#awaited.add(model);
    });
  }

  async encode(text: string, { wants }: EncodeOptions = {}): Promise<EncodeResult> {
    const shares = await this.#ask(wants, (model) => model.encode(text));
    return {
      encoded: merged(
        shares.map((share) => ({ ...share, result: share.result.encoded })),
        this.#embedded.embedding,
      ),
      passes: shares.reduce((sum, { result }) => sum + result.passes, 0),
    };
  }

  async scan(text: string, { wants, signal }: ScanOptions = {}): Promise<ScanResult> {
    const shares = await this.#ask(wants, (model) => model.scan(text, { signal }));
    return {
      windows: shares.flatMap((share) =>
        share.result.windows.map(({ start, end, encoded }) => ({
          start,
          end,
          encoded: merged([{ ...share, result: encoded }], this.#embedded.embedding),
        })),
      ),
      passes: shares.reduce((sum, { result }) => sum + result.passes, 0),
    };
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#embedded.close(),
      ...[...this.#parts.values()].map(({ runner }) => runner.close()),
    ]);
  }

  /** Asks the models that give what is wanted; the embedded one also in place of those that have failed. */
  #ask<Result>(wants: readonly string[] | undefined, ask: Ask<Result>): Promise<Share<Result>[]> {
    const embedded = new Set(wants?.filter((name) => this.#kept.has(name)) ?? this.#kept);
    const asked: Promise<Share<Result>>[] = [];
    for (const [name, part] of this.#parts) {
      const isWanted = wants?.includes(name) ?? part.replaces !== undefined;
      if (isWanted) asked.push(this.#askPart(name, part, ask));
    }
    if (embedded.size > 0) {
      // One run gives all of them, so whoever asks for another one next has it.
      asked.push(ask(this.#embedded).then((result) => ({ outputs: this.#kept, result })));
    }
    return Promise.all(asked);
  }

  async #askPart<Result>(name: string, part: TextPart, ask: Ask<Result>): Promise<Share<Result>> {
    const outputs = new Set([name]);
    try {
      return { outputs, threshold: part.threshold, result: await ask(part.runner) };
    } catch (error) {
      if (part.runner.state === 'failed') {
        this.#problems.tell(nameOf(part), part.runner.problem ?? 'it has stopped');
      }
      if (!this.#isReplaced(part)) throw error;
      return { outputs, result: await ask(this.#embedded) };
    }
  }

  /** True if the embedded model answers in its place. */
  #isReplaced(part: TextPart): boolean {
    return this.#problems.replaced(nameOf(part), part.runner.state === 'failed');
  }
}

function nameOf({ runner, replaces, path }: TextPart): PartName {
  return { name: runner.settings.name, replaces, path };
}

/** @param embedding registry name of the embedding. */
function merged(shares: readonly Share<Encoded>[], embedding: string): Encoded {
  const [first] = shares;
  if (first === undefined) return nothing;
  const all = shares.map(({ result }) => result);
  const heads = new Map<string, HeadOutput>();
  const spans = new Map<string, readonly TokenSpan[]>();
  for (const { outputs, threshold, result } of shares) {
    for (const [name, head] of result.heads) {
      if (outputs.has(name)) heads.set(name, threshold === undefined ? head : { ...head, threshold });
    }
    for (const [name, found] of result.spans) if (outputs.has(name)) spans.set(name, found);
  }
  return {
    embedding: shares.find(({ outputs }) => outputs.has(embedding))?.result.embedding ?? nothing.embedding,
    heads,
    spans,
    tokens: Math.max(...all.map(({ tokens }) => tokens)),
    truncated: all.some(({ truncated }) => truncated),
    view: all.every(({ view }) => view === 'whole') ? 'whole' : 'head-middle-tail',
  };
}

const nothing: Encoded = {
  embedding: new Float32Array(0),
  heads: new Map(),
  spans: new Map(),
  tokens: 0,
  truncated: false,
  view: 'whole',
};
