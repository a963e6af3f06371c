/**
 * The management API: health, metrics, and the evaluation of texts without a model being asked.
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { parseJsonBody } from '../apis/chat.js';
import { toVsrError } from '../apis/errors.js';
import { VsrError } from '../errors.js';
import { encodedBody, endAfterUpload, readBody } from '../proxy/body.js';
import type { Activity, RouterHolder } from '../proxy/context.js';
import { pathOf } from '../proxy/proxy.js';
import { requestIdOf } from '../proxy/request-id.js';
import { classifyBatch, classifyIntent, evaluateText } from './classify-routes.js';
import { createHttpServer } from './http-server.js';
import { modelsInfo, readinessOf } from './readiness.js';

const maxBodyBytes = 10 * 1024 * 1024;

export interface ManagementContext {
  readonly holder: RouterHolder;
  readonly activity: Activity;
  readonly version: string;
  /** All metrics in the Prometheus text format. */
  metrics(): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

type Fields = Readonly<Record<string, unknown>>;

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly description: string;
  answer(context: ManagementContext, query: URLSearchParams, fields: Fields): Answer | Promise<Answer>;
}

function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value), contentType: 'application/json' };
}

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    description: 'Whether the process answers.',
    answer: () => json({ status: 'healthy', service: 'vllm-sr' }),
  },
  {
    method: 'GET',
    path: '/ready',
    description: '200 once the models are loaded that the configuration needs, else 503.',
    answer: ({ holder, activity }) => {
      const readiness = readinessOf(holder.router, activity.draining);
      return json(readiness, readiness.ready ? 200 : 503);
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    description: 'Metrics in the Prometheus text format.',
    answer: async (context) => ({
      status: 200,
      body: await context.metrics(),
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    }),
  },
  {
    method: 'GET',
    path: '/info/models',
    description: 'Models of the router and their state.',
    answer: ({ holder, activity }) => json(modelsInfo(holder.router, activity.draining)),
  },
  {
    method: 'GET',
    path: '/api/v1',
    description: 'This overview.',
    answer: ({ version }) =>
      json({
        service: 'vllm-sr',
        version,
        endpoints: routes.map(({ method, path, description }) => ({ path, method, description })),
        task_types: [{ name: 'intent', description: 'Field of knowledge the text is about.' }],
        links: { health: '/health', ready: '/ready', metrics: '/metrics' },
      }),
  },
  {
    method: 'POST',
    path: '/api/v1/eval',
    description: 'All signals, the decision and the model for {text} or {messages}; ?trace=true explains it.',
    answer: async ({ holder }, query, fields) =>
      json(await evaluateText(holder.router, fields, query.get('trace') === 'true')),
  },
  {
    method: 'POST',
    path: '/api/v1/classify/intent',
    description: 'Category of {text} or {messages} and the decision it leads to.',
    answer: async ({ holder }, _query, fields) => json(await classifyIntent(holder.router, fields)),
  },
  {
    method: 'POST',
    path: '/api/v1/classify/batch',
    description: 'Categories of {texts}.',
    answer: async ({ holder }, _query, fields) => json(await classifyBatch(holder.router, fields)),
  },
];

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
};

function errorCodeOf(error: VsrError): string {
  if (error.param === 'task_type') return 'INVALID_TASK_TYPE';
  return errorCodes[error.code] ?? 'CLASSIFICATION_ERROR';
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
      code: errorCodeOf(error),
      message: error.advice,
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
  const run = (fields: Fields): void => {
    Promise.resolve()
      .then(() => route.answer(context, query, fields))
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
