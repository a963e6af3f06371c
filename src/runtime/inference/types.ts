/**
 * What the rest of the router knows of model inference.
 *
 * @module
 */

/** Probabilities of one sequence head for one text, in the order of the head's labels. */
export interface HeadOutput {
  /** Registry name of the head, e.g. `mom-domain-classifier`. */
  readonly model: string;
  readonly labels: readonly string[];
  /** Calibrated probabilities, same length as `labels`, summing to 1. */
  readonly probabilities: readonly number[];
  /** Recommended threshold of the bundle for "the top label fires". */
  readonly threshold: number;
}

/** All outputs of one encoder pass over one text. */
export interface Encoded {
  /** L2-normalised sentence embedding, `dimension` floats. */
  readonly embedding: Float32Array;
  readonly heads: ReadonlyMap<string, HeadOutput>;
  /** Tokens of the text including the special ones, before truncation. */
  readonly tokens: number;
  readonly truncated: boolean;
}

export interface EncodeResult {
  readonly encoded: Encoded;
  /** 1 if this call ran the encoder, 0 if the answer came from memory. */
  readonly passes: 0 | 1;
}

/** `idle`: nobody has asked for it yet, so nothing is loaded. */
export type EncoderState = 'idle' | 'loading' | 'ready' | 'failed' | 'closed';

/** One encoder with all its heads. Runs off the main thread. */
export interface Encoder {
  readonly state: EncoderState;
  /** Names of the heads, in manifest order. */
  readonly heads: readonly string[];
  /** SHA-256 (hex) of the graph file: identifies the model bundle in traces. */
  readonly bundleHash: string;
  /** Resolves when sessions are loaded; rejects with `VSR_INFERENCE_UNAVAILABLE` if they cannot be. */
  ready(): Promise<void>;
  /**
   * Embedding and head outputs of `text`. Waits for loading; identical texts share one pass.
   * Rejects with `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
   */
  encode(text: string): Promise<EncodeResult>;
  close(): Promise<void>;
}
