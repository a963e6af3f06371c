/**
 * The listeners that clients send their chat requests to.
 *
 * @module
 */
import type { Server } from 'node:http';
import type { Listener } from '../config/types.js';
import { announcedTooLarge } from '../proxy/body.js';
import type { ProxyContext } from '../proxy/context.js';
import { ListenerProxy } from '../proxy/proxy.js';
import { createHttpServer } from './http-server.js';

/** Creates the server of one listener; the caller opens it. */
export function createDataPlane(context: ProxyContext, listener: Listener): Server {
  const proxy = new ListenerProxy(context, listener);
  const server = createHttpServer(proxy.handle);
  server.on('checkContinue', (request, response) => {
    // A body that is too large is refused before it is sent.
    const { maxBodyBytes } = context.holder.router.loaded.config.router;
    if (announcedTooLarge(request, maxBodyBytes) === undefined) response.writeContinue();
    server.emit('request', request, response);
  });
  return server;
}
