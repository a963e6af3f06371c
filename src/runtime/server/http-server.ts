/**
 * What every HTTP listener of the process has in common: opening with a clear error, and closing
 * without losing a request.
 *
 * @module
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorEnvelope } from '../apis/errors.js';
import { VsrError } from '../errors.js';

/** Longer than the idle time of common load balancers (60 s), so that they close first. */
const keepAliveMs = 75_000;

export interface OpenedServer {
  readonly server: Server;
  readonly address: string;
  readonly port: number;
}

/** How long the sender of a malformed request may take to read so and to close its side. */
const lingerMs = 3_000;

/** Whether an answer is on its way that anything else on the connection would be taken for a part of. */
function isUnderWay(response: ServerResponse | undefined): boolean {
  if (response === undefined || response.writableFinished) return false;
  // An answer without the socket waits behind another one.
  return response.headersSent || response.socket === null;
}

/** Creates a server that answers malformed requests with a JSON error instead of an empty 400. */
export function createHttpServer(handler: RequestListener): Server {
  const server = createServer({ keepAliveTimeout: keepAliveMs }, handler);
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => latest.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isUnderWay(latest.get(socket))) {
      socket.destroy();
      return;
    }
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    const body = errorEnvelope(
      new VsrError('VSR_REQUEST_INVALID', `The HTTP request is malformed: ${status}.`),
    );
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once('close', () => clearTimeout(timer));
  });
  return server;
}

/**
 * Opens the port. Rejects with `VSR_PORT_IN_USE` or `VSR_PORT_FORBIDDEN`; `fix` says how to choose
 * another one.
 */
export function listen(server: Server, port: number, address: string, fix: string): Promise<OpenedServer> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(describe(error, port, address, fix));
    server.once('error', onError);
    server.listen({ port, host: address }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve({ server, address, port: typeof bound === 'object' && bound !== null ? bound.port : port });
    });
  });
}

function describe(error: NodeJS.ErrnoException, port: number, address: string, fix: string): VsrError {
  const where = `${address}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new VsrError('VSR_PORT_IN_USE', `Port ${port} on ${address} is already in use.`, {
      hint: `Stop the other process, or choose another port: ${fix}.`,
      cause: error,
    });
  }
  if (error.code === 'EACCES') {
    return new VsrError('VSR_PORT_FORBIDDEN', `This user may not listen on ${where}.`, {
      hint: `Choose a port of 1024 or above: ${fix}.`,
      cause: error,
    });
  }
  return new VsrError('VSR_PORT_FORBIDDEN', `Cannot listen on ${where}: ${error.message}.`, {
    hint: `Check the address, or choose another one: ${fix}.`,
    cause: error,
  });
}

/**
 * Stops accepting connections but leaves the open ones alone, idle ones too: a request may already be on
 * its way on them. (`http.Server.close` would cut them.) Resolves when the last connection is gone.
 */
export function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
}
