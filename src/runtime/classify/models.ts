/**
 * The models that the classifiers of this folder read, and what is said when one of them is missing.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import type { Encoded, Encoder, HeadOutput, PairEncoder } from '../inference/types.js';
import type { ModelThresholds } from '../models/thresholds.js';

/** Registry names of the heads, by task. The domain head is named where it is read. */
export const modelNames = {
  embedding: 'mom-embedding-light',
  jailbreak: 'mom-jailbreak-classifier',
  pii: 'mom-pii-classifier',
  factCheck: 'mom-halugate-sentinel',
  feedback: 'mom-feedback-detector',
  toolCall: 'mom-toolcall-sentinel',
  toolCallVerifier: 'mom-toolcall-verifier',
  hallucination: 'mom-halugate-detector',
  nli: 'mom-halugate-explainer',
} as const;

/** The graphs of the model family. Undefined ones could not be opened; whoever needs them says so. */
export interface ClassifierModels {
  readonly encoder: Encoder | undefined;
  readonly pair: PairEncoder | undefined;
  /** Why they could not be opened, if that is known. */
  readonly problem?: string | undefined;
  /** Of the configuration; they hold where the caller names none. Left out: the models' own hold. */
  readonly thresholds?: ModelThresholds;
}

/** What every classifier takes beside its own options. */
export interface ClassifyOptions {
  /** Stops the reading between two windows or texts; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The error for a model that is not there; `model` is its registry name. */
export function modelMissing(model: string, why: string): VsrError {
  return new VsrError(
    'VSR_INFERENCE_UNAVAILABLE',
    `The model ${model} is not available: ${why.replace(/\.$/, '')}.`,
    {
      hint: 'See `vllm-sr models list` for the models of this installation.',
    },
  );
}

/** The encoder; `model` is what it is needed for. Throws `VSR_INFERENCE_UNAVAILABLE`. */
export function encoderFor(models: ClassifierModels, model: string): Encoder {
  if (models.encoder === undefined) {
    throw modelMissing(model, models.problem ?? 'the embedded models could not be opened');
  }
  return models.encoder;
}

/** The graph that reads two texts; `model` is what it is needed for. Throws `VSR_INFERENCE_UNAVAILABLE`. */
export function pairFor(models: ClassifierModels, model: string): PairEncoder {
  const { pair } = models;
  if (pair === undefined) {
    throw modelMissing(model, models.problem ?? 'the bundle has no graph that reads pairs of texts');
  }
  if (!pair.heads.includes(model)) throw modelMissing(model, 'the bundle has no such head');
  return pair;
}

/** The output of a sequence head. Throws `VSR_INFERENCE_UNAVAILABLE` if the encoder has none of that name. */
export function headOf(encoded: Encoded, model: string): HeadOutput {
  const head = encoded.heads.get(model);
  if (head === undefined) throw modelMissing(model, 'the bundle has no such head');
  return head;
}
