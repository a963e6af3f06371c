/**
 * The HTTP side of the management API: finds the route, reads the body, sends answers and errors.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { parseJsonBody } from '../apis/chat.js';
import { toVsrError } from '../apis/errors.js';
import { VsrError } from '../errors.js';
import { encodedBody, endAfterUpload, readBody } from '../proxy/body.js';
import { pathOf } from '../proxy/proxy.js';
import { requestIdOf } from '../proxy/request-id.js';
import { routes } from './api/index.js';
import { type Answer, type Fields, json, type ManagementContext, type Route } from './api/route.js';
import { createHttpServer } from './http-server.js';

const maxBodyBytes = 10 * 1024 * 1024;

const routesByPath = new Map<string, readonly Route[]>();
for (const route of routes) routesByPath.set(route.path, [...(routesByPath.get(route.path) ?? []), route]);

/** Error codes that clients of the original API know. */
const errorCodes: Readonly<Record<string, string>> = {
  VSR_INPUT_INVALID: 'INVALID_INPUT',
  VSR_REQUEST_INVALID: 'INVALID_INPUT',
  VSR_REQUEST_TOO_LARGE: 'REQUEST_BODY_TOO_LARGE',
  VSR_ROUTE_NOT_FOUND: 'NOT_FOUND',
  VSR_METHOD_NOT_ALLOWED: 'METHOD_NOT_ALLOWED',
  VSR_INFERENCE_UNAVAILABLE: 'MODEL_NOT_READY',
  VSR_MODEL_BUNDLE_INVALID: 'MODEL_NOT_READY',
};

/** And those they know for single fields. */
const fieldCodes: Readonly<Record<string, string>> = {
  task_type: 'INVALID_TASK_TYPE',
  dimension: 'INVALID_DIMENSION',
  target_layer: 'INVALID_LAYER',
  images: 'INVALID_IMAGE',
  top_k: 'INVALID_PARAMETER',
  model: 'INVALID_PARAMETER',
};

/** And for models that cannot run, by path. */
const notReadyCodes: Readonly<Record<string, string>> = {
  '/api/v1/nli': 'NLI_MODEL_NOT_READY',
  '/api/v1/classify/batch': 'UNIFIED_CLASSIFIER_UNAVAILABLE',
};

function errorCodeOf(error: VsrError, path: string): string {
  const ofField = error.code === 'VSR_INPUT_INVALID' ? fieldCodes[error.param ?? ''] : undefined;
  if (ofField !== undefined) return ofField;
  const code = errorCodes[error.code] ?? 'CLASSIFICATION_ERROR';
  return code === 'MODEL_NOT_READY' ? (notReadyCodes[path] ?? code) : code;
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  answer: Answer,
  allow?: string,
): void {
  if (response.destroyed || response.headersSent) return;
  const headers = ['x-request-id', id, 'content-type', answer.contentType];
  headers.push('content-length', String(Buffer.byteLength(answer.body)));
  if (allow !== undefined) headers.push('allow', allow);
  const unread = request.method === 'POST' && !request.complete;
  if (unread) response.shouldKeepAlive = false;
  response.writeHead(answer.status, headers);
  if (request.method === 'HEAD') response.end();
  else if (unread) endAfterUpload(request, response, answer.body);
  else response.end(answer.body);
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  thrown: unknown,
  allow?: string,
): void {
  const error = toVsrError(thrown);
  const body = {
    error: {
      code: errorCodeOf(error, pathOf(request.url ?? '/')),
      message: error.advice,
      ...(error.param === undefined ? {} : { field: error.param }),
      timestamp: new Date().toISOString(),
      request_id: id,
    },
  };
  send(request, response, id, json(body, error.httpStatus), allow);
}

function handle(context: ManagementContext, request: IncomingMessage, response: ServerResponse): void {
  const id = requestIdOf(request);
  // A write to a client that has just left is an `error` event, which nobody needs to know of.
  response.on('error', () => undefined);
  const target = request.url ?? '/';
  const path = pathOf(target);
  if (context.activity.draining) response.shouldKeepAlive = false;
  const candidates = routesByPath.get(path);
  if (candidates === undefined) {
    const error = new VsrError('VSR_ROUTE_NOT_FOUND', `endpoint not found: ${path.slice(0, 200)}`, {
      hint: 'GET /api/v1 lists the endpoints.',
    });
    sendError(request, response, id, error);
    return;
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const route = candidates.find((candidate) => candidate.method === method);
  if (route === undefined) {
    const allow = candidates.map((candidate) => candidate.method).join(', ');
    const error = new VsrError('VSR_METHOD_NOT_ALLOWED', `method not allowed: ${request.method ?? ''}`);
    sendError(request, response, id, error, allow);
    return;
  }
  const query = new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?') + 1) : '');
  const gone = new AbortController();
  // As many as the texts of a batch that are read at a time; that is no leak to warn of.
  setMaxListeners(0, gone.signal);
  const run = (fields: Fields): void => {
    response.on('close', () => gone.abort());
    Promise.resolve()
      .then(() => route.answer({ context, query, fields, headers: request.headers, signal: gone.signal }))
      .then(
        (answer) => send(request, response, id, answer),
        (error: unknown) => sendError(request, response, id, error),
      );
  };
  if (route.method === 'GET') {
    run({});
    return;
  }
  const encoded = encodedBody(request);
  if (encoded !== undefined) {
    sendError(request, response, id, encoded);
    return;
  }
  readBody(request, maxBodyBytes, (body, error) => {
    if (body === undefined) {
      sendError(request, response, id, error);
      return;
    }
    try {
      run(parseJsonBody(body).fields);
    } catch (problem) {
      sendError(request, response, id, problem);
    }
  });
}

/** Creates the management server; the caller opens it. */
export function createManagement(context: ManagementContext): Server {
  return createHttpServer((request, response) => handle(context, request, response));
}
