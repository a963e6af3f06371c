/**
 * Everything that can be routed to from here: the entry point of discovery.
 *
 * @module
 */
import { keysInEnvironment } from './cloud.js';
import { findServers, type ProbeTarget, probeTargets } from './local.js';
import type { Discovery } from './types.js';

export interface DiscoverOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Places to ask instead of the well-known ones. */
  readonly targets?: readonly ProbeTarget[];
}

/** Local servers and API keys. Takes at most some 300 ms, sends no key anywhere and never throws. */
export async function discover({
  env,
  signal,
  targets = probeTargets(env),
}: DiscoverOptions): Promise<Discovery> {
  return { servers: await findServers(targets, signal), keys: keysInEnvironment(env) };
}
