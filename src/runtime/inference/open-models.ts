/**
 * All models of a configuration behind two interfaces: the embedded family, and what replaces parts of it.
 *
 * @module
 */
import type { Device, ModelPlan } from '../models/assignment.js';
import { createEncoder } from './encoder.js';
import { createPairEncoder } from './pair-encoder.js';
import type { ModelReport } from './report.js';
import type { Encoder, PairEncoder } from './types.js';

/** How models run; `InferenceSettings` of a configuration fits. */
export interface RuntimeSettings {
  /** Worker threads per model; each holds its own copy of the weights. Default 1. */
  readonly workers?: number;
  /** Threads inside one run. Default 1. */
  readonly threadsPerWorker?: number;
  /** Texts per model whose results are remembered; 0 keeps none. Default 2048. */
  readonly cacheEntries?: number;
  /** Where models run that say nothing themselves. The embedded ones run on the CPU. Default `auto`. */
  readonly device?: Device;
  /**
   * What answers for a model that cannot be loaded: the embedded one of its purpose (default), or nobody, so
   * that what reads it is unavailable.
   */
  readonly fallback?: 'embedded' | 'none';
}

export interface OpenOptions {
  /** When models load: with the first text that needs them (default), or in the background at once. */
  readonly start?: 'now' | 'on-demand';
  /** Called once per model that cannot be loaded, with one sentence for people. */
  readonly onProblem?: (message: string) => void;
}

export interface OpenModels {
  readonly encoder: Encoder;
  readonly pair: PairEncoder;
  /** Every model that is open, and how it fares: the embedded graphs first, then the plan's in its order. */
  report(): readonly ModelReport[];
  /** Ends all worker threads. */
  close(): Promise<void>;
}

/**
 * Opens the models of a plan over the embedded family. Nothing is loaded yet unless `start` says so, and
 * an empty plan costs nothing beside the embedded models.
 *
 * @throws VsrError `VSR_MODEL_BUNDLE_INVALID` if the embedded bundle is damaged. A model of the plan that
 *   cannot be loaded is no error here: it shows in `report()`, in `onProblem` and in what it is asked.
 */
export function openModels(
  _plan: ModelPlan,
  settings: RuntimeSettings = {},
  { start = 'on-demand' }: OpenOptions = {},
): OpenModels {
  const encoder = createEncoder({ ...settings, start });
  const pair = createPairEncoder();
  return {
    encoder,
    pair,
    report: () => [],
    close: async () => {
      await Promise.all([encoder.close(), pair.close()]);
    },
  };
}
