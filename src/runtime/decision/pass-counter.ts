/**
 * Counts the encoder passes of one request.
 *
 * @module
 */
import type { Encoded, EncodeResult, Encoder, EncoderState } from '../inference/types.js';

/** An encoder seen through one request: same answers, and a record of what they took. */
export class PassCounter implements Encoder {
  /** Passes that ran for this request; answers from memory do not count. */
  passes = 0;
  /** Output of the latest call. */
  last: Encoded | undefined;
  readonly #encoder: Encoder;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get state(): EncoderState {
    return this.#encoder.state;
  }

  get heads(): readonly string[] {
    return this.#encoder.heads;
  }

  get bundleHash(): string {
    return this.#encoder.bundleHash;
  }

  ready(): Promise<void> {
    return this.#encoder.ready();
  }

  async encode(text: string): Promise<EncodeResult> {
    const result = await this.#encoder.encode(text);
    this.passes += result.passes;
    this.last = result.encoded;
    return result;
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}
