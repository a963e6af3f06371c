/**
 * The HTTP side of the management API: finds the route, reads the body, sends answers and errors.
 *
 * @module
 */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { parseJsonBody } from '../apis/chat.js';
import { toVsrError } from '../apis/errors.js';
import { ConfigError } from '../config/diagnostics.js';
import { VsrError } from '../errors.js';
import { encodedBody, endAfterUpload, readBody } from '../proxy/body.js';
import { pathOf } from '../proxy/proxy.js';
import { requestIdOf } from '../proxy/request-id.js';
import { infoRoutes } from './api/info.js';
import { type Answer, type Fields, json, type ManagementContext, type Route } from './api/route.js';
import { requireRole } from './config-api/access.js';
import { createHttpServer } from './http-server.js';

const maxBodyBytes = 10 * 1024 * 1024;

type Routes = ReadonlyMap<string, readonly Route[]>;

function byPath(routes: readonly Route[]): Routes {
  const paths = new Map<string, readonly Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

/** What is asked of every router. The rest loads with the first request for it. */
const infoPaths = byPath(infoRoutes);
let allPaths: Promise<Routes> | undefined;

function loadRoutes(): Promise<Routes> {
  allPaths ??= import('./api/index.js').then(({ routes }) => byPath(routes));
  return allPaths;
}

/** Error codes that clients of the original API know. */
const errorCodes: Readonly<Record<string, string>> = {
  VSR_INPUT_INVALID: 'INVALID_INPUT',
  VSR_REQUEST_INVALID: 'INVALID_INPUT',
  VSR_REQUEST_TOO_LARGE: 'REQUEST_BODY_TOO_LARGE',
  VSR_ROUTE_NOT_FOUND: 'NOT_FOUND',
  VSR_METHOD_NOT_ALLOWED: 'METHOD_NOT_ALLOWED',
  VSR_UNAUTHORIZED: 'UNAUTHORIZED',
  VSR_FORBIDDEN: 'FORBIDDEN',
  VSR_CONFIG_INVALID: 'CONFIG_VALIDATION_ERROR',
  VSR_CONFIG_BROKEN: 'CONFIG_BROKEN',
  VSR_CONFIG_CHANGED: 'CONFIG_CHANGED',
  VSR_PRECONDITION_REQUIRED: 'PRECONDITION_REQUIRED',
  VSR_RESTART_REQUIRED: 'RESTART_REQUIRED',
  VSR_CONFIG_NOT_WRITABLE: 'CONFIG_NOT_WRITABLE',
  VSR_CONFIG_VERSION_NOT_FOUND: 'VERSION_NOT_FOUND',
  VSR_CONFIG_NOT_FOUND: 'CONFIG_UNREADABLE',
  VSR_CONFIG_UNREADABLE: 'CONFIG_UNREADABLE',
  VSR_FILE_UNWRITABLE: 'CONFIG_NOT_WRITABLE',
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
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers.push(name, value);
  const unread = request.method !== 'GET' && request.method !== 'HEAD' && !request.complete;
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
      ...(error instanceof ConfigError ? { diagnostics: error.diagnostics } : {}),
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
  if (infoPaths.has(path)) {
    dispatch(infoPaths, { context, request, response, id, target, path });
    return;
  }
  loadRoutes().then(
    (routes) => dispatch(routes, { context, request, response, id, target, path }),
    (error: unknown) => sendError(request, response, id, error),
  );
}

interface Received {
  readonly context: ManagementContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
  /** Path with the query. */
  readonly target: string;
  readonly path: string;
}

function dispatch(routes: Routes, { context, request, response, id, target, path }: Received): void {
  const candidates = routes.get(path);
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
  const { tokens = [] } = context.holder.router.loaded.config.management;
  if (tokens.length > 0 && !openPaths.has(path)) {
    try {
      requireRole('viewer', tokens, { headers: request.headers, boundTo: context.boundTo });
    } catch (error) {
      sendError(request, response, id, error);
      return;
    }
  }
  const query = new URLSearchParams(target.includes('?') ? target.slice(target.indexOf('?') + 1) : '');
  const gone = new AbortController();
  // As many as the texts of a batch that are read at a time; that is no leak to warn of.
  setMaxListeners(0, gone.signal);
  const run = (fields: Fields): void => {
    response.on('close', () => gone.abort());
    const endOfUse = context.holder.use();
    Promise.resolve()
      .then(() => route.answer({ context, query, fields, headers: request.headers, signal: gone.signal }))
      .finally(endOfUse)
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
      run(fieldsOf(body, route, request));
    } catch (problem) {
      sendError(request, response, id, problem);
    }
  });
}

/** What load balancers and orchestrators ask, which have no token. */
const openPaths: ReadonlySet<string> = new Set(['/health', '/ready']);

function fieldsOf(body: Buffer, route: Route, request: IncomingMessage): Fields {
  if (route.body === 'optional' && body.length === 0) return {};
  const isYaml = /^(?:application|text)\/(?:x-)?yaml\b/i.test(request.headers['content-type'] ?? '');
  return route.body === 'yaml' && isYaml ? { yaml: body.toString('utf8') } : parseJsonBody(body).fields;
}

/** Creates the management server; the caller opens it. */
export function createManagement(context: ManagementContext): Server {
  return createHttpServer((request, response) => handle(context, request, response));
}
