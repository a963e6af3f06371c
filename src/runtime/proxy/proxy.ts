/**
 * The requests a listener answers: a small route table in front of the {@link Exchange}.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorEnvelope, toVsrError } from '../apis/errors.js';
import { modelJson, modelListJson } from '../apis/models.js';
import type { Listener } from '../config/types.js';
import { VsrError } from '../errors.js';
import { encodedBody, endAfterUpload } from './body.js';
import { currentListener, type ProxyContext } from './context.js';
import { Exchange } from './exchange.js';
import { authorize, identityHeadersOf } from './identity.js';
import { requestIdOf } from './request-id.js';
import { pushCommonHeaders } from './response-headers.js';

const chatPath = '/v1/chat/completions';
const modelsPath = '/v1/models';

/** Scheme and authority of a request target in absolute form, which every server must accept (RFC 9112 §3.2.2). */
const absolute = /^https?:\/\/[^/?]*/i;

/** Path of a request target, without query and without one trailing slash. */
export function pathOf(target: string): string {
  const local = target.startsWith('/') ? target : target.replace(absolute, '');
  const query = local.indexOf('?');
  const path = query === -1 ? local : local.slice(0, query);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Answers every request of one listener. */
export class ListenerProxy {
  readonly #context: ProxyContext;
  readonly #opened: Listener;

  constructor(context: ProxyContext, listener: Listener) {
    this.#context = context;
    this.#opened = listener;
  }

  /** Handler of an HTTP server's `request` event. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { activity, holder } = this.#context;
    activity.active++;
    response.on('close', this.#onClose);
    response.on('error', ignore);
    try {
      const path = pathOf(request.url ?? '/');
      if (path === '/health') {
        this.#json(request, response, 200, '{"status":"healthy","service":"vllm-sr"}');
        return;
      }
      if (activity.draining) {
        throw new VsrError('VSR_SHUTTING_DOWN', 'The router is shutting down.', {
          hint: 'Send the request again: it was not processed.',
        });
      }
      const listener = currentListener(holder, this.#opened);
      if (!path.startsWith('/v1/') && path !== '/v1') throw notFound(request, path);
      const keyHolder = listener.apiKeys.length > 0 ? authorize(request, listener.apiKeys) : undefined;
      if (path === chatPath) {
        requireMethod(request, postOnly);
        const encoded = encodedBody(request);
        if (encoded !== undefined) throw encoded;
        // A trusted proxy that serves many users with one key knows better than the key who is asking.
        const identity = identityHeadersOf(holder.router.loaded.config.identity).of(request) ?? keyHolder;
        new Exchange(this.#context, listener, request, response, identity).start();
      } else if (path === modelsPath || path.startsWith(`${modelsPath}/`)) {
        requireMethod(request, getOnly);
        this.#json(request, response, 200, this.#models(path));
      } else throw notFound(request, path);
    } catch (error) {
      this.#fail(request, response, toVsrError(error));
    }
  };

  #models(path: string): string {
    const { holder, startedAt } = this.#context;
    const { config } = holder.router.loaded;
    if (path === modelsPath) return modelListJson(config, startedAt);
    return modelJson(config, startedAt, decode(path.slice(modelsPath.length + 1)));
  }

  readonly #onClose = (): void => {
    const { activity } = this.#context;
    activity.active--;
    if (activity.draining) activity.onIdle?.();
  };

  #fail(request: IncomingMessage, response: ServerResponse, error: VsrError): void {
    const allow = error instanceof MethodNotAllowed ? error.allowed : undefined;
    this.#json(request, response, error.httpStatus, errorEnvelope(error), 'error', allow);
  }

  #json(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    body: string,
    path?: 'error',
    allow?: string,
  ): void {
    const headers: string[] = [];
    if (path === 'error') pushCommonHeaders(headers, requestIdOf(request), path);
    else headers.push('x-request-id', requestIdOf(request));
    if (allow !== undefined) headers.push('allow', allow);
    headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
    const unread = !request.complete && hasLargeBody(request);
    if (this.#context.activity.draining || unread) response.shouldKeepAlive = false;
    response.writeHead(status, headers);
    if (request.method === 'HEAD') response.end();
    else if (unread) endAfterUpload(request, response, body);
    else response.end(body);
  }
}

/** A write to a client that has just left is an `error` event, which nobody needs to know of. */
function ignore(): void {}

/** What Node reads and throws away by itself after an answer. */
const discardedBytes = 65_536;

function hasLargeBody({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > discardedBytes
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function notFound(request: IncomingMessage, path: string): VsrError {
  return new VsrError(
    'VSR_ROUTE_NOT_FOUND',
    `endpoint not found: ${request.method ?? ''} ${path.slice(0, 200)}`,
    {
      hint: 'This listener answers POST /v1/chat/completions and GET /v1/models.',
    },
  );
}

const postOnly: readonly string[] = ['POST'];
const getOnly: readonly string[] = ['GET', 'HEAD'];

class MethodNotAllowed extends VsrError {
  readonly allowed: string;

  constructor(method: string, allowed: string) {
    super('VSR_METHOD_NOT_ALLOWED', `method not allowed: ${method}`, { hint: `Use ${allowed}.` });
    this.allowed = allowed;
  }
}

function requireMethod(request: IncomingMessage, allowed: readonly string[]): void {
  if (!allowed.includes(request.method ?? ''))
    throw new MethodNotAllowed(request.method ?? '', allowed.join(', '));
}
