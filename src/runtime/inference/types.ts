/**
 * What the rest of the router knows of model inference.
 *
 * All offsets are UTF-16 units of the text that was given, so `text.slice(start, end)` is the stretch.
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

/** One labelled stretch of the text that a token head found. */
export interface TokenSpan {
  /** Without the `B-` and `I-` of the head's labels, e.g. `PERSON`. */
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** Calibrated probability in [0, 1]. */
  readonly confidence: number;
}

/** What a caller needs to judge the spans of a token head. */
export interface TokenHead {
  /** Registry name, e.g. `mom-pii-classifier`. */
  readonly model: string;
  /** Labels that its spans can have. */
  readonly labels: readonly string[];
  /** Recommended confidence from which a span counts, for labels that `thresholds` does not name. */
  readonly threshold: number;
  /** The same for single labels. */
  readonly thresholds: Readonly<Record<string, number>>;
}

/**
 * What of a text went through the model: all of it, or its first, middle and last third of what one run
 * holds.
 */
export type TextView = 'whole' | 'head-middle-tail';

/** What the models say of one text: all that was wanted, and what came with it. */
export interface Encoded {
  /**
   * L2-normalised sentence embedding; its length is the model's own. Empty if the caller's `wants` did not
   * name the embedding and it did not come with what they name.
   */
  readonly embedding: Float32Array;
  /** Of the sequence heads, by registry name. */
  readonly heads: ReadonlyMap<string, HeadOutput>;
  /**
   * Of the token heads, by registry name; in the order of the text, without overlaps. Spans of low
   * confidence (from 0.05) are among them: thresholds are up to the caller.
   */
  readonly spans: ReadonlyMap<string, readonly TokenSpan[]>;
  /** Tokens of the text including the special ones, before truncation; estimated for very long texts. */
  readonly tokens: number;
  /** True if the text has tokens that the model did not see. */
  readonly truncated: boolean;
  readonly view: TextView;
}

export interface EncodeOptions {
  /**
   * Registry names of the outputs that the caller reads: heads, token heads, or the embedding model's name.
   * Models that give none of them are not run. Default: every model of the family; models of the
   * configuration that replace none of the family are run only for those who name them.
   */
  readonly wants?: readonly string[] | undefined;
}

export interface EncodeResult {
  readonly encoded: Encoded;
  /** Model runs of this call, one per model that had to; 0 if the answer came from memory. */
  readonly passes: number;
}

/** A part of a text, and what the encoder says of it as if it were a text of its own. */
export interface ScanWindow {
  readonly start: number;
  readonly end: number;
  /** Offsets of its spans count from `start`; see `mergedSpans`. */
  readonly encoded: Encoded;
}

export interface ScanResult {
  /**
   * Per model in the order of the text; those of one model together cover all of it, and neighbours
   * overlap. At least one. Models cut where they have to, so each window has the outputs of one model.
   */
  readonly windows: readonly ScanWindow[];
  /** Model runs of this call; windows that came from memory cost none. */
  readonly passes: number;
}

export interface ScanOptions extends EncodeOptions {
  /** Stops the scan: no further window is begun, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** `idle`: nobody has asked for it yet, so nothing is loaded. */
export type EncoderState = 'idle' | 'loading' | 'ready' | 'failed' | 'closed';

/** The models that read one text, as one. They run off the main thread. */
export interface Encoder {
  readonly state: EncoderState;
  /** Names of the heads, in manifest order; then those of the configuration's own models. */
  readonly heads: readonly string[];
  /** Those of them whose results are spans, by name. */
  readonly tokenHeads: ReadonlyMap<string, TokenHead>;
  /** SHA-256 (hex) that identifies the models in traces: of the graph file, as long as nothing replaces it. */
  readonly bundleHash: string;
  /** Identifies what the sentence embedding comes from, if that is not all of the bundle. Default: `bundleHash`. */
  readonly embeddingHash?: string;
  /**
   * Resolves when the models of `wants` are loaded; rejects with `VSR_INFERENCE_UNAVAILABLE` if one cannot
   * be.
   */
  ready(options?: EncodeOptions): Promise<void>;
  /**
   * Embedding and head outputs of `text`, in one run per model however long it is (see `Encoded.view`).
   * Waits for loading; identical texts share one pass. Rejects with `VSR_INFERENCE_UNAVAILABLE` if a model
   * cannot run.
   */
  encode(text: string, options?: EncodeOptions): Promise<EncodeResult>;
  /**
   * Reads all of `text`. If one run holds it, this is `encode(text)`; else overlapping windows of it are
   * encoded, a few at a time so that other texts get their turn. Rejects like `encode`.
   */
  scan(text: string, options?: ScanOptions): Promise<ScanResult>;
  close(): Promise<void>;
}

/** What a natural language inference head says of two texts. */
export interface NliResult {
  /** The most probable of `labels`, e.g. `contradiction`. */
  readonly label: string;
  /** In manifest order. */
  readonly labels: readonly string[];
  /** Calibrated, same length as `labels`, summing to 1. */
  readonly probabilities: readonly number[];
  /** Recommended threshold of the bundle. */
  readonly threshold: number;
  /** Windows the premise was read in. */
  readonly windows: number;
  /** True if only the beginning of the hypothesis was read. */
  readonly truncated: boolean;
  /** Runs of the pair graph. */
  readonly passes: number;
}

/** One word of a judged text. */
export interface WordProbability {
  readonly start: number;
  readonly end: number;
  /** Calibrated probability in [0, 1] that the word is what the head reports, e.g. unsupported. */
  readonly probability: number;
}

/** What a token head over two texts says of the second one. */
export interface PairTokens {
  /** Every word of the second text (punctuation counts as words), in its order. */
  readonly tokens: readonly WordProbability[];
  /** Recommended probability from which a word counts. */
  readonly threshold: number;
  /** Windows the first text was read in, summed over the segments of the second. */
  readonly windows: number;
  /** True if only the beginning of the question was read. */
  readonly truncated: boolean;
  /** Runs of the pair graph. */
  readonly passes: number;
}

export interface PairOptions {
  /** Stops the reading: no further window is begun, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The graph that reads two texts together. Loaded when first asked for; runs off the main thread. All
 * methods reject with `VSR_INFERENCE_UNAVAILABLE` if it cannot run or the bundle has no such head, and
 * with `VSR_INPUT_INVALID` if the texts would take more runs than one question may.
 */
export interface PairEncoder {
  readonly state: EncoderState;
  /** Names of the heads, in manifest order. */
  readonly heads: readonly string[];
  /** SHA-256 (hex) of the graph file. */
  readonly bundleHash: string;
  ready(): Promise<void>;
  /**
   * How `hypothesis` relates to `premise`. A long premise is read in windows, and the one that has most
   * to say about it (lowest probability of `neutral`) decides.
   */
  nli(premise: string, hypothesis: string, options?: PairOptions): Promise<NliResult>;
  /**
   * Words of `answer` that neither `context` nor the beginning of `question` support; offsets in
   * `answer`.
   */
  detect(context: string, question: string, answer: string, options?: PairOptions): Promise<PairTokens>;
  /** Parts of a tool call (`call` is its JSON text) that `intent` doesn't support; offsets in `call`. */
  verify(intent: string, call: string, options?: PairOptions): Promise<PairTokens>;
  close(): Promise<void>;
}
