/**
 * Whether the router can do its work, and with which models.
 *
 * @module
 */
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
  // `idle`: whoever has opened them is about to load them.
  if (state === 'loading' || state === 'idle')
    return report('loading_models', 'The models are being loaded.');
  return report('failed', 'The models that the configuration needs cannot be loaded; see the log.');
}
