/**
 * Whether the router can do its work, and with which models.
 *
 * @module
 */
import { embeddedModels } from '../models/registry.js';
import type { Router } from '../selection/types.js';

export interface Readiness {
  readonly status: 'ready' | 'starting';
  readonly service: 'vllm-sr';
  readonly ready: boolean;
  /** `ready`, `loading_models`, `failed` or `draining`. */
  readonly phase: string;
  readonly message: string;
  readonly ready_models: number;
  readonly total_models: number;
}

/** Ready as soon as the models are loaded that the configuration needs; never while draining. */
export function readinessOf(router: Router, draining: boolean): Readiness {
  const { encoder, needsEncoder } = router;
  const state = encoder?.state;
  const total = encoder === undefined ? (needsEncoder ? 1 : 0) : 1;
  const counts = { ready_models: state === 'ready' ? 1 : 0, total_models: total };
  const report = (phase: string, message: string): Readiness => {
    const ready = phase === 'ready';
    return { status: ready ? 'ready' : 'starting', service: 'vllm-sr', ready, phase, message, ...counts };
  };
  if (draining) return report('draining', 'The router is shutting down.');
  if (!needsEncoder) return report('ready', 'The configuration needs no model.');
  if (state === 'ready') return report('ready', 'The models are loaded.');
  if (state === 'loading') return report('loading_models', 'The models are being loaded.');
  return report('failed', 'The models that the configuration needs cannot be loaded; see the log.');
}

/** Body of `GET /info/models`. */
export function modelsInfo(router: Router, draining: boolean): object {
  const { encoder } = router;
  const readiness = readinessOf(router, draining);
  const loaded = encoder?.state === 'ready';
  const models =
    encoder === undefined
      ? []
      : embeddedModels().map(({ name, task, labels, base, bundle }) => ({
          name,
          type: task === 'embedding' ? 'embedding' : 'classifier',
          loaded,
          state: encoder.state,
          ...(labels.length === 0 ? {} : { categories: labels }),
          metadata: { source: 'embedded', base, bundle: `${bundle.name} ${bundle.version}` },
        }));
  return {
    models,
    summary: {
      ready: readiness.ready,
      phase: readiness.phase,
      message: readiness.message,
      loaded_models: loaded ? models.length : 0,
      total_models: models.length,
      model_bundle_hash: encoder?.bundleHash ?? null,
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
