/**
 * The body of `GET /info/models`.
 *
 * @module
 */
import type { EncoderState } from '../inference/types.js';
import { embeddedModels, type RegistryEntry } from '../models/registry.js';
import type { ManagementContext } from './api/route.js';
import { readinessOf } from './readiness.js';

/** Every model with its state. Those that read pairs of texts are not loaded until one of them is used. */
export function modelsInfo({ holder, activity, pair, modelProblem }: ManagementContext): object {
  const { encoder } = holder.router;
  const readiness = readinessOf(holder.router, activity.draining);
  const stateOf = ({ input }: RegistryEntry): EncoderState | undefined =>
    (input === 'pair' ? pair : encoder)?.state;
  const models = encoder === undefined ? [] : embeddedModels().map((entry) => infoOf(entry, stateOf(entry)));
  return {
    models,
    summary: {
      ready: readiness.ready,
      phase: readiness.phase,
      message: readiness.message,
      loaded_models: models.filter(({ loaded }) => loaded).length,
      total_models: models.length,
      model_bundle_hash: encoder?.bundleHash ?? null,
      ...(modelProblem === undefined ? {} : { problem: modelProblem }),
    },
    system: {
      node_version: process.version,
      architecture: process.arch,
      os: process.platform,
      memory_usage: `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`,
      gpu_available: false,
    },
  };
}

function infoOf(entry: RegistryEntry, state: EncoderState | undefined) {
  const { name, task, input, labels, threshold, thresholds, dimension, base, bundle, sizeBytes } = entry;
  return {
    name,
    type: task === 'embedding' ? 'embedding' : 'classifier',
    task,
    input,
    loaded: state === 'ready',
    /** `idle`: nobody has used it yet, so it takes no memory. */
    state: state ?? 'unavailable',
    ...(labels.length === 0 ? {} : { categories: labels }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(Object.keys(thresholds).length === 0 ? {} : { thresholds }),
    ...(dimension === undefined ? {} : { dimension }),
    size_bytes: sizeBytes,
    max_tokens: entry.maxTokens,
    metadata: {
      source: entry.source,
      base,
      precision: entry.precision,
      license: entry.license,
      bundle: `${bundle.name} ${bundle.version}`,
      sha256: bundle.sha256,
    },
  };
}
