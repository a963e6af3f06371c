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

/** Clients that keep connecting could hold up the stop for ever; this many rounds are enough for a burst. */
const maxTurns = 50;

/**
 * Takes in the connections that wait in the kernel's queue, which closing the port would reset. More may
 * arrive while one is being taken in, so it goes on until a whole turn brought none.
 */
async function takeInWaiting(servers: readonly Server[]): Promise<void> {
  let arrived = false;
  const onConnection = (): void => {
    arrived = true;
  };
  for (const server of servers) server.on('connection', onConnection);
  await turn();
  for (let turns = 0; turns < maxTurns; turns++) {
    arrived = false;
    await turn();
    if (!arrived) break;
  }
  for (const server of servers) server.off('connection', onConnection);
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
  await takeInWaiting(servers);
  const closed = Promise.all(servers.map(stopAccepting));
  const closeIdle = (): void => {
    for (const server of servers) server.closeIdleConnections();
  };
  // A client whose answer began before the stop was told to keep its connection, so it may send the next
  // request the moment that answer ends: every end starts the grace anew.
  const grace = setTimeout(closeIdle, graceMs);
  activity.onIdle = () => {
    grace.refresh();
  };
  const limit = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, timeoutMs);
  // A connection that never sent a request is not always counted as idle; look again now and then.
  const sweep = setInterval(() => {
    if (activity.active === 0) grace.refresh();
  }, graceMs * 2);
  await closed;
  clearTimeout(grace);
  clearTimeout(limit);
  clearInterval(sweep);
  activity.onIdle = undefined;
}
