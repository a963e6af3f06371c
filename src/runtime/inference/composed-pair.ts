/**
 * The embedded graph for two texts with other models in the place of some of its heads.
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
import { detectorModel, nliModel, type PairRunner, verifierModel } from './pair-encoder.js';
import type { EncoderState, NliResult, PairEncoder, PairOptions, PairTokens } from './types.js';

/** A model of the configuration that reads two texts. */
export interface PairPart extends PartName {
  readonly runner: PairRunner;
  /** From which probability on it counts, in this set: others may have the same model. */
  readonly threshold: number;
}

export class ComposedPair implements PairEncoder {
  readonly heads: readonly string[];
  readonly bundleHash: string;
  readonly #embedded: PairRunner;
  /** By the head that it replaces. */
  readonly #parts: ReadonlyMap<string, PairPart>;
  readonly #problems: Problems;

  constructor(embedded: PairRunner, parts: readonly PairPart[], options: ComposedOptions) {
    this.#embedded = embedded;
    this.#parts = new Map(parts.map((part) => [part.replaces ?? part.name, part]));
    this.heads = [...new Set([...embedded.heads, ...this.#parts.keys()])];
    this.bundleHash = combinedHash(embedded.bundleHash, options.identity);
    this.#problems = new Problems(options);
  }

  get state(): EncoderState {
    const parts = [...this.#parts.values()].filter((part) => !this.#isReplaced(part));
    return combinedState([this.#embedded, ...parts.map(({ runner }) => runner)].map(({ state }) => state));
  }

  async ready(): Promise<void> {
    await Promise.all(
      this.heads.map((head) =>
        this.#ask(head, async (model) => {
          await model.ready();
          return {};
        }),
      ),
    );
  }

  nli(premise: string, hypothesis: string, options?: PairOptions): Promise<NliResult> {
    return this.#ask(nliModel, (model) => model.nli(premise, hypothesis, options));
  }

  detect(context: string, question: string, answer: string, options?: PairOptions): Promise<PairTokens> {
    return this.#ask(detectorModel, (model) => model.detect(context, question, answer, options));
  }

  verify(intent: string, call: string, options?: PairOptions): Promise<PairTokens> {
    return this.#ask(verifierModel, (model) => model.verify(intent, call, options));
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#embedded.close(),
      ...[...this.#parts.values()].map(({ runner }) => runner.close()),
    ]);
  }

  async #ask<Result extends object>(
    head: string,
    ask: (model: PairRunner) => Promise<Result>,
  ): Promise<Result> {
    const part = this.#parts.get(head);
    if (part === undefined) return ask(this.#embedded);
    try {
      return { ...(await ask(part.runner)), threshold: part.threshold };
    } catch (error) {
      if (part.runner.state === 'failed') {
        this.#problems.tell(part, part.runner.problem ?? 'it has stopped');
      }
      if (!this.#isReplaced(part)) throw error;
      return ask(this.#embedded);
    }
  }

  /** True if the embedded model answers in its place. */
  #isReplaced(part: PairPart): boolean {
    return this.#problems.replaced(part, part.runner.state === 'failed');
  }
}
