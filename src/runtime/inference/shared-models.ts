/**
 * Open models that several sets of models have in common, so that a set that follows another one loads only what is
 * new in it.
 *
 * @module
 */
import type { EmbeddedEncoder } from './encoder.js';
import type { PairRunner } from './pair-encoder.js';
import type { PublishedText } from './published/text.js';
import type { EncoderState } from './types.js';

/** A model that can end. */
export interface Closable {
  readonly state: EncoderState;
  close(): Promise<void>;
}

/** A model for one set, which gives it back when the set ends. */
export interface Share<Model> {
  readonly model: Model;
  /** Ends the model if this was the last set that had it; resolves when its workers are gone. */
  giveBack(): Promise<void>;
}

interface Entry<Model> {
  readonly model: Model;
  sets: number;
}

/** Models of one kind by what they were opened with. */
export class SharedModels<Model extends Closable> {
  readonly #entries = new Map<string, Entry<Model>>();

  /**
   * The model of `key`, opened if no set has it. One that has failed is opened anew: what was in its way may be gone.
   *
   * @param key Everything that makes a difference to the model; the same key means that its answers are the same.
   */
  take(key: string, open: () => Model): Share<Model> {
    let entry = this.#entries.get(key);
    if (entry === undefined || entry.model.state === 'failed') {
      entry = { model: open(), sets: 0 };
      this.#entries.set(key, entry);
    }
    const taken = entry;
    taken.sets += 1;
    let given: Promise<void> | undefined;
    const giveBack = async (): Promise<void> => {
      taken.sets -= 1;
      if (taken.sets > 0) return;
      if (this.#entries.get(key) === taken) this.#entries.delete(key);
      await taken.model.close();
    };
    return {
      model: taken.model,
      giveBack: () => {
        given ??= giveBack();
        return given;
      },
    };
  }
}

/** All open models of a process that may have several sets of them. */
export class OpenedModels {
  readonly embedded = new SharedModels<EmbeddedEncoder>();
  readonly texts = new SharedModels<PublishedText>();
  /** The embedded graph for pairs, too. */
  readonly pairs = new SharedModels<PairRunner>();
}
