/**
 * A learned head, ready to run: from a sentence embedding to calibrated probabilities.
 *
 * @module
 */
import { VsrError } from '../../errors.js';
import type { Encoder, HeadOutput } from '../../inference/types.js';
import { softmax } from '../../math/probabilities.js';
import type { HeadFile } from './format.js';

/** What running a head takes; {@link LearnedHead} has it, and so have the heads of a cross-validation. */
export interface LinearHead {
  readonly labels: readonly string[];
  /** Row after row, one per label. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** Length of the embedding. */
  readonly dimension: number;
  readonly temperature: number;
}

export interface LearnedHead extends LinearHead {
  readonly name: string;
  /** Folder it was read from, absolute. */
  readonly dir: string;
  readonly encoder: HeadFile['encoder'];
  /** Recommended probability from which the top label counts. */
  readonly threshold: number;
  /** Recommended probability of single labels. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** Everything the file says; for cards. */
  readonly file: HeadFile;
}

/** The runnable form of a file. */
export function headOf(file: HeadFile, dir: string): LearnedHead {
  return {
    name: file.name,
    dir,
    encoder: file.encoder,
    labels: file.labels,
    weights: Float64Array.from(file.weights.flat()),
    bias: Float64Array.from(file.bias),
    dimension: file.encoder.dimension,
    temperature: file.temperature,
    threshold: file.threshold,
    thresholds: file.thresholds,
    file,
  };
}

/** `weights · embedding + bias`, one number per label. */
export function logitsOf({ labels, weights, bias, dimension }: LinearHead, embedding: Float32Array) {
  return Float32Array.from(labels, (_, label) => {
    let sum = bias[label] ?? 0;
    const row = label * dimension;
    for (let at = 0; at < dimension; at++) sum += (weights[row + at] ?? 0) * (embedding[at] ?? 0);
    return sum;
  });
}

/**
 * Calibrated probabilities in the order of the head's labels, summing to 1.
 *
 * @param embedding Unit vector of the encoder the head belongs to, see {@link requireEncoder}.
 */
export function applyHead(head: LinearHead, embedding: Float32Array): number[] {
  return softmax(logitsOf(head, embedding), head.temperature);
}

/** What a head says, in the form of the bundle's own heads. */
export function headOutput(head: LearnedHead, embedding: Float32Array): HeadOutput {
  const { name: model, labels, threshold } = head;
  return { model, labels, probabilities: applyHead(head, embedding), threshold };
}

/** Why a head cannot run on an encoder, and the fix; undefined if it can. */
export function encoderMismatch(head: LearnedHead, bundleHash: string): VsrError | undefined {
  if (head.encoder.sha256 === bundleHash) return undefined;
  return new VsrError(
    'VSR_HEAD_OUTDATED',
    `The head \`${head.name}\` was trained on another encoder (${head.encoder.name} ${head.encoder.sha256.slice(0, 12)}; this one is ${bundleHash.slice(0, 12)}), so its answers would be wrong.`,
    { hint: `Train it again on the same data: vllm-sr learn ${head.name} --data FILE --force` },
  );
}

/**
 * Call before the first {@link applyHead} with the encoder whose embeddings it will read.
 *
 * @throws VsrError `VSR_HEAD_OUTDATED` if the head was fitted on another encoder.
 */
export function requireEncoder(
  head: LearnedHead,
  { bundleHash, embeddingHash = bundleHash }: Pick<Encoder, 'bundleHash' | 'embeddingHash'>,
): void {
  const mismatch = encoderMismatch(head, embeddingHash);
  if (mismatch !== undefined) throw mismatch;
}
