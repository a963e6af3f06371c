/**
 * A connection to an MCP server that is made when it is needed and made anew when it is lost.
 *
 * @module
 */
import type { CallToolResult, Client, Tool } from '@modelcontextprotocol/client';
import { messageOf, VsrError } from '../../errors.js';
import { packageVersion } from '../../package-root.js';
import type { McpServerSettings } from './settings.js';
import { type OpenedTransport, openTransport } from './transport.js';

export interface ConnectionOptions {
  /** Wait after the first failed attempt, milliseconds; it doubles with each further one. */
  readonly firstWaitMs?: number;
  readonly longestWaitMs?: number;
}

interface Opened {
  readonly client: Client;
  readonly opened: OpenedTransport;
  readonly tools: readonly Tool[];
}

/** So many answers in a row that did not come in time mean that the server hangs. */
const mostTimeouts = 3;

export class McpConnection {
  readonly #settings: McpServerSettings;
  readonly #firstWaitMs: number;
  readonly #longestWaitMs: number;
  #connecting: Promise<Opened> | undefined;
  #failures = 0;
  #nextAttempt = 0;
  #problem = '';
  #timeouts = 0;
  /** Aborted by {@link close}. */
  readonly #closing = new AbortController();

  constructor(settings: McpServerSettings, options: ConnectionOptions = {}) {
    this.#settings = settings;
    this.#firstWaitMs = options.firstWaitMs ?? 500;
    this.#longestWaitMs = options.longestWaitMs ?? 30_000;
  }

  /**
   * The tools of the server, as of when the connection was made. Rejects with `VSR_UPSTREAM_UNREACHABLE` if there is
   * none, at once while the wait after a failed attempt lasts.
   */
  async tools(): Promise<readonly Tool[]> {
    return (await this.#open()).tools;
  }

  /**
   * Calls a tool. A connection that turns out to be lost is made anew once. Rejects with `VSR_UPSTREAM_*`, or with the
   * reason of `signal` when it is aborted.
   */
  async call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<CallToolResult> {
    for (let attempt = 0; ; attempt++) {
      const opened = await this.#open();
      try {
        const { timeoutMs } = this.#settings;
        const result = await opened.client.callTool(
          { name: tool, arguments: { ...args } },
          { timeout: timeoutMs, maxTotalTimeout: timeoutMs, ...(signal && { signal }) },
        );
        this.#timeouts = 0;
        return result;
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        const kind = await kindOf(error);
        if (kind === 'timeout') {
          this.#timeouts++;
          if (this.#timeouts >= mostTimeouts) await this.#drop(opened);
          const wait = `${this.#settings.timeoutMs / 1000} s`;
          throw this.#error('VSR_UPSTREAM_TIMEOUT', `did not answer within ${wait}`, error);
        }
        if (kind === 'answer') throw this.#error('VSR_UPSTREAM_BROKEN', messageOf(error), error);
        await this.#drop(opened);
        if (attempt > 0) throw this.#lost(opened, error);
      }
    }
  }

  /** Ends the connection for good, also one that is being made. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('is closed with its configuration'));
    const connecting = this.#connecting;
    this.#connecting = undefined;
    const opened = await connecting?.catch(() => undefined);
    if (opened !== undefined) await this.#end(opened);
  }

  #open(): Promise<Opened> {
    if (this.#closing.signal.aborted) {
      return Promise.reject(this.#error('VSR_UPSTREAM_UNREACHABLE', 'is closed with its configuration'));
    }
    if (this.#connecting !== undefined) return this.#connecting;
    const wait = this.#nextAttempt - performance.now();
    if (wait > 0) {
      const next = `next attempt in ${(wait / 1000).toFixed(1)} s`;
      return Promise.reject(this.#error('VSR_UPSTREAM_UNREACHABLE', `${this.#problem}; ${next}`));
    }
    const connecting = this.#connect().then(
      (opened) => {
        this.#failures = 0;
        this.#timeouts = 0;
        // The server may leave at any time: then the next question opens a connection of its own.
        opened.client.onclose = () => {
          if (this.#connecting === connecting) this.#connecting = undefined;
        };
        return opened;
      },
      (error: unknown) => {
        if (this.#connecting === connecting) this.#connecting = undefined;
        const wait = Math.min(this.#longestWaitMs, this.#firstWaitMs * 2 ** this.#failures);
        this.#failures++;
        this.#nextAttempt = performance.now() + wait;
        this.#problem = messageOf(error);
        throw this.#error('VSR_UPSTREAM_UNREACHABLE', this.#problem, error);
      },
    );
    this.#connecting = connecting;
    return connecting;
  }

  async #connect(): Promise<Opened> {
    const options = { timeout: this.#settings.timeoutMs, signal: this.#closing.signal };
    const [{ Client }, opened] = await Promise.all([
      import('@modelcontextprotocol/client'),
      openTransport(this.#settings),
    ]);
    const client = new Client({ name: 'vllm-sr', version: packageVersion() });
    try {
      await client.connect(opened.transport, options);
      const { tools } = await client.listTools(undefined, options);
      return { client, opened, tools };
    } catch (error) {
      const words = opened.lastWords();
      await client.close().catch(() => undefined);
      await opened.transport.close().catch(() => undefined);
      await opened.dispose();
      throw new Error(
        `cannot be connected: ${messageOf(error)}${words === '' ? '' : ` (it said: ${words})`}`,
        {
          cause: error,
        },
      );
    }
  }

  async #drop(opened: Opened): Promise<void> {
    const current = await this.#connecting?.catch(() => undefined);
    if (current === opened) this.#connecting = undefined;
    this.#timeouts = 0;
    await this.#end(opened);
  }

  async #end({ client, opened }: Opened): Promise<void> {
    await client.close().catch(() => undefined);
    await opened.dispose();
  }

  #lost({ opened }: Opened, error: unknown): VsrError {
    const words = opened.lastWords();
    const message = `the connection is lost: ${messageOf(error)}${words === '' ? '' : ` (it said: ${words})`}`;
    return this.#error('VSR_UPSTREAM_BROKEN', message, error);
  }

  #error(
    code: 'VSR_UPSTREAM_UNREACHABLE' | 'VSR_UPSTREAM_TIMEOUT' | 'VSR_UPSTREAM_BROKEN',
    problem: string,
    cause?: unknown,
  ): VsrError {
    return new VsrError(code, `MCP server \`${this.#settings.name}\` ${problem}`, { cause });
  }
}

/** Whether an answer came that says no, none came in time, or the connection is at fault. */
async function kindOf(error: unknown): Promise<'answer' | 'timeout' | 'connection'> {
  const { ProtocolError, SdkError, SdkErrorCode } = await import('@modelcontextprotocol/client');
  if (error instanceof ProtocolError) return 'answer';
  if (!(error instanceof SdkError)) return 'connection';
  switch (error.code) {
    case SdkErrorCode.RequestTimeout:
      return 'timeout';
    case SdkErrorCode.InvalidResult:
    case SdkErrorCode.UnsupportedResultType:
    case SdkErrorCode.InputRequiredRoundsExceeded:
    case SdkErrorCode.CapabilityNotSupported:
    case SdkErrorCode.MethodNotSupportedByProtocolVersion:
      return 'answer';
    default:
      return 'connection';
  }
}
