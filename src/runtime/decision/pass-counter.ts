/**
 * Counts the encoder passes of one request.
 *
 * @module
 */
import type {
  Encoded,
  EncodeOptions,
  EncodeResult,
  Encoder,
  EncoderState,
  ScanOptions,
  ScanResult,
  TokenHead,
} from '../inference/types.js';
import { joinReadings } from '../signals/readings.js';

/** An encoder seen through one request: same answers, and a record of what they took. */
export class PassCounter implements Encoder {
  /** Passes that ran for this request; answers from memory do not count. */
  passes = 0;
  readonly #encoder: Encoder;
  readonly #encoded = new Map<string, Encoded>();

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  /** Output of `encode` for a text; undefined if nobody has asked for it, or not yet. */
  encodedOf(text: string): Encoded | undefined {
    return this.#encoded.get(text);
  }

  get state(): EncoderState {
    return this.#encoder.state;
  }

  get heads(): readonly string[] {
    return this.#encoder.heads;
  }

  get tokenHeads(): ReadonlyMap<string, TokenHead> {
    return this.#encoder.tokenHeads;
  }

  get bundleHash(): string {
    return this.#encoder.bundleHash;
  }

  ready(options?: EncodeOptions): Promise<void> {
    return this.#encoder.ready(options);
  }

  async encode(text: string, options?: EncodeOptions): Promise<EncodeResult> {
    const result = await this.#encoder.encode(text, options);
    this.passes += result.passes;
    const known = this.#encoded.get(text);
    this.#encoded.set(text, known === undefined ? result.encoded : joinReadings(known, result.encoded));
    return result;
  }

  async scan(text: string, options?: ScanOptions): Promise<ScanResult> {
    const result = await this.#encoder.scan(text, options);
    this.passes += result.passes;
    return result;
  }

  close(): Promise<void> {
    return this.#encoder.close();
  }
}
