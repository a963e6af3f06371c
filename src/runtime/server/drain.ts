/**
 * Lets the requests under way finish before the process ends.
 *
 * @module
 */
import type { Server } from 'node:http';
import type { Activity } from '../proxy/context.js';
import { stopAccepting } from './http-server.js';

/** A request that was already on its way on an idle connection gets this long to arrive (and a 503). */
const graceMs = 250;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Drains: no new connections, late requests are refused, those under way finish within `timeoutMs`, then
 * idle connections are closed. Resolves when all connections are gone.
 */
export async function drain(
  servers: readonly Server[],
  activity: Activity,
  timeoutMs: number,
): Promise<void> {
  activity.draining = true;
  // Connections that the kernel has accepted would be reset: take them in first.
  await turn();
  await turn();
  const closed = Promise.all(servers.map(stopAccepting));
  const closeIdle = (): void => {
    for (const server of servers) server.closeIdleConnections();
  };
  const grace = setTimeout(() => {
    closeIdle();
    activity.onIdle = () => setImmediate(closeIdle);
  }, graceMs);
  const limit = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, timeoutMs);
  // A connection that never sent a request is not always counted as idle; look again now and then.
  const sweep = setInterval(() => {
    if (activity.active === 0) closeIdle();
  }, graceMs * 2);
  await closed;
  clearTimeout(grace);
  clearTimeout(limit);
  clearInterval(sweep);
  activity.onIdle = undefined;
}
