/**
 * Opens the way to an MCP server: a child process, or HTTP.
 *
 * @module
 */
import { StringDecoder } from 'node:string_decoder';
import type { Transport } from '@modelcontextprotocol/client';
import { fetchVia } from '../fetch-via.js';
import type { McpServerSettings } from './settings.js';

export interface OpenedTransport {
  readonly transport: Transport;
  /** The last a child process has said on stderr, on one line; '' if nothing. */
  lastWords(): string;
  /** Ends what the transport leaves open. */
  dispose(): Promise<void>;
}

const keptCharacters = 500;

/** Loads the SDK with the first use: most configurations never need it. */
export async function openTransport(settings: McpServerSettings): Promise<OpenedTransport> {
  return settings.transport === 'stdio' ? openProcess(settings) : openHttp(settings);
}

async function openProcess(
  settings: Extract<McpServerSettings, { readonly transport: 'stdio' }>,
): Promise<OpenedTransport> {
  const { StdioClientTransport, getDefaultEnvironment } = await import('@modelcontextprotocol/client/stdio');
  const transport = new StdioClientTransport({
    command: settings.command,
    args: [...settings.args],
    // Not the whole environment of the router, which holds the keys of models.
    env: { ...getDefaultEnvironment(), ...settings.env },
    stderr: 'pipe',
    ...(settings.cwd === undefined ? {} : { cwd: settings.cwd }),
  });
  let said = '';
  const decoder = new StringDecoder('utf8');
  // Read in any case: a process whose stderr nobody reads stops once the pipe is full.
  transport.stderr?.on('data', (chunk: unknown) => {
    if (Buffer.isBuffer(chunk)) said = (said + decoder.write(chunk)).slice(-keptCharacters);
  });
  return {
    transport,
    lastWords: () => said.replace(/\s+/g, ' ').trim(),
    dispose: async () => undefined,
  };
}

async function openHttp(
  settings: Extract<McpServerSettings, { readonly transport: 'streamable-http' }>,
): Promise<OpenedTransport> {
  const [{ StreamableHTTPClientTransport }, { Agent }] = await Promise.all([
    import('@modelcontextprotocol/client'),
    import('undici'),
  ]);
  const agent = new Agent({
    connections: 16,
    connectTimeout: Math.min(settings.timeoutMs, 10_000),
    // The client limits its calls; a stream of notifications may be silent for long.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const transport = new StreamableHTTPClientTransport(new URL(settings.url), {
    requestInit: { headers: { ...settings.headers } },
    fetch: fetchVia(agent),
    // A connection that breaks is made anew with the next question.
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
  return { transport, lastWords: () => '', dispose: () => agent.destroy() };
}
