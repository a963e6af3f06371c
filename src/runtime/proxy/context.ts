/**
 * What all requests share.
 *
 * @module
 */
import type { Listener } from '../config/types.js';
import type { ConnectionPools } from '../providers/pool.js';
import type { ToolLoops } from '../selection/tool-loops.js';
import type { RequestObserver } from '../telemetry/record.js';
import type { RouterHolder } from './router-holder.js';

/** Counts the requests under way, so that a shutdown can wait for them. */
export interface Activity {
  /** True once the process is on its way out: late requests are refused, connections closed. */
  draining: boolean;
  active: number;
  /** Called whenever a request is over while draining. */
  onIdle: (() => void) | undefined;
}

export interface ProxyContext {
  readonly holder: RouterHolder;
  readonly pools: ConnectionPools;
  readonly observer: RequestObserver;
  readonly activity: Activity;
  /** Which model each tool loop stays with. */
  readonly toolLoops: ToolLoops;
  /** Unix seconds; what `/v1/models` gives as creation time. */
  readonly startedAt: number;
}

/**
 * The settings of a listener in the current configuration, else those it was opened with. One that was given another
 * name is known by its place: keys that were withdrawn with the old name must not stay valid.
 */
export function currentListener(holder: RouterHolder, opened: Listener): Listener {
  const { listeners } = holder.router.loaded.config;
  return (
    listeners.find(({ name }) => name === opened.name) ??
    listeners.find(({ address, port }) => address === opened.address && port === opened.port) ??
    opened
  );
}
