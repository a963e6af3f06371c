/**
 * The encoder as the classification tasks see it, with the readings that the signals of a request share.
 *
 * @module
 */
import type { ClassifierModels } from '../classify/models.js';
import type {
  EncodeOptions,
  EncodeResult,
  Encoder,
  EncoderState,
  ScanOptions,
  ScanResult,
  TokenHead,
} from '../inference/types.js';
import type { SignalRequest } from './types.js';

class RequestEncoder implements Encoder {
  constructor(
    private readonly request: SignalRequest,
    private readonly encoder: Encoder,
  ) {}

  get state(): EncoderState {
    return this.encoder.state;
  }

  get heads(): readonly string[] {
    return this.encoder.heads;
  }

  get tokenHeads(): ReadonlyMap<string, TokenHead> {
    return this.encoder.tokenHeads;
  }

  get bundleHash(): string {
    return this.encoder.bundleHash;
  }

  ready(options?: EncodeOptions): Promise<void> {
    return this.encoder.ready(options);
  }

  encode(text: string, options?: EncodeOptions): Promise<EncodeResult> {
    return this.request.encodeText(text, options?.wants);
  }

  scan(text: string, options?: ScanOptions): Promise<ScanResult> {
    return this.request.scan(text, options);
  }

  /** The encoder is not the request's to close. */
  async close(): Promise<void> {}
}

/** Models for the functions of `classify/`, whose readings then count for the request. */
export function modelsForRequest(request: SignalRequest, encoder: Encoder | undefined): ClassifierModels {
  return {
    encoder: encoder === undefined ? undefined : new RequestEncoder(request, encoder),
    pair: undefined,
    problem: 'no model is loaded',
  };
}
