/**
 * The test classifier over streamable HTTP, and how to start it as a child process.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { McpServerSettings } from '../../src/runtime/external/mcp/settings.js';
import { createMcpClassifier, type McpClassifierOptions } from './mcp-classifier.mjs';

const program = fileURLToPath(new URL('./mcp-classifier.mjs', import.meta.url));

type StdioSettings = Extract<McpServerSettings, { readonly transport: 'stdio' }>;
type HttpSettings = Extract<McpServerSettings, { readonly transport: 'streamable-http' }>;
type Common = Pick<
  StdioSettings,
  keyof StdioSettings & keyof HttpSettings & Exclude<keyof HttpSettings, 'transport'>
>;

const base: Common = {
  name: 'test',
  toolName: undefined,
  threshold: 0.5,
  fallbackCategory: 'other',
  fallback: 'embedded',
  useSuggestions: false,
  timeoutMs: 20_000,
  categoriesTtlMs: 60_000,
  cacheTtlMs: 60_000,
};

/** Settings of a server that runs as a child process. */
export function stdioServer(
  options: McpClassifierOptions = {},
  more: Partial<StdioSettings> = {},
): StdioSettings {
  return {
    ...base,
    transport: 'stdio',
    command: process.execPath,
    args: [program],
    env: { MCP_TEST: JSON.stringify(options) },
    cwd: undefined,
    ...more,
  };
}

/** Settings of a server over HTTP. */
export function httpServer(url: string, more: Partial<HttpSettings> = {}): HttpSettings {
  return { ...base, transport: 'streamable-http', url, headers: {}, ...more };
}

export interface McpHttpServer {
  readonly url: string;
  readonly port: number;
  readonly classifier: ReturnType<typeof createMcpClassifier>;
  /** Headers of every request. */
  readonly seen: IncomingHttpHeaders[];
  /** Forgets every session, as a server that was started anew. */
  forget(): void;
  close(): Promise<void>;
}

/** Answers as JSON, or as a stream of one event where `stream` is set. */
export async function startMcpServer(
  options: McpClassifierOptions & { readonly stream?: boolean; readonly port?: number } = {},
): Promise<McpHttpServer> {
  const classifier = createMcpClassifier(options);
  const sessions = new Set<string>();
  const seen: IncomingHttpHeaders[] = [];
  const answer = (response: ServerResponse, body: unknown, session: string | undefined): void => {
    const text = JSON.stringify(body);
    const streamed = options.stream === true;
    response.writeHead(200, {
      'content-type': streamed ? 'text/event-stream' : 'application/json',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    });
    response.end(streamed ? `event: message\ndata: ${text}\n\n` : text);
  };
  const server = createServer((request, response) => {
    seen.push(request.headers);
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const message: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const isStart =
        typeof message === 'object' &&
        message !== null &&
        'method' in message &&
        message.method === 'initialize';
      const given = request.headers['mcp-session-id'];
      if (!isStart && (typeof given !== 'string' || !sessions.has(given))) {
        response.writeHead(404, { 'content-type': 'application/json' });
        response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}}');
        return;
      }
      const session = isStart ? randomUUID() : undefined;
      if (session !== undefined) sessions.add(session);
      const reply = classifier.handle(message);
      if (reply !== undefined) answer(response, reply, session);
      else if (typeof message === 'object' && message !== null && 'id' in message) {
        // A question that is never answered: the connection stays open.
      } else response.writeHead(202).end();
    });
  });
  await new Promise<void>((done) => {
    server.listen(options.port ?? 0, '127.0.0.1', () => done());
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    port,
    classifier,
    seen,
    forget: () => sessions.clear(),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
