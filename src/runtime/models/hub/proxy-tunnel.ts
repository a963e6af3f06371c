/**
 * Asking a proxy for a tunnel.
 *
 * undici asks again at once, without end, if a proxy hangs up instead of answering, and waits for ever if it says
 * nothing. Node's own client reports both.
 *
 * @module
 */
import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Dispatcher } from 'undici';

/** What undici's proxy agent asks for tunnels. It carries nothing else. */
export class TunnelClient extends Dispatcher {
  readonly #proxy: URL;
  readonly #silenceMs: number;
  readonly #asking = new Set<ClientRequest>();

  /** @param silenceMs Longest wait for the proxy's answer. */
  constructor(proxy: URL, silenceMs: number) {
    super();
    this.#proxy = proxy;
    this.#silenceMs = silenceMs;
  }

  override dispatch(
    { path, headers }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const { protocol, hostname, port, host } = this.#proxy;
    const ask = protocol === 'https:' ? httpsRequest : httpRequest;
    const asking = ask({
      method: 'CONNECT',
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      path,
      headers: plainHeaders(headers),
      agent: false,
      timeout: this.#silenceMs,
    });
    this.#asking.add(asking);
    const end = (): void => {
      this.#asking.delete(asking);
    };
    const fail = (what: string): void => {
      end();
      handler.onError?.(new Error(`the proxy ${host} ${what} when it was asked for a tunnel to ${path}`));
    };
    let aborted: Error | undefined;
    handler.onConnect?.((reason = new Error('aborted')) => {
      aborted = reason;
      asking.destroy(reason);
    });
    asking.on('connect', ({ statusCode = 0 }, socket, head) => {
      end();
      // The wait is over; from now on silence is the business of whoever uses the tunnel.
      socket.setTimeout(0);
      if (head.length > 0) socket.unshift(head);
      handler.onUpgrade?.(statusCode, null, socket);
    });
    asking.on('response', (response) => {
      response.destroy();
      fail(`answered ${response.statusCode}`);
    });
    asking.on('timeout', () => {
      asking.destroy(new Error('silence'));
    });
    asking.on('error', (error) => {
      if (aborted !== undefined) {
        end();
        handler.onError?.(aborted);
      } else if (error.message === 'silence') fail('said nothing');
      else if ('code' in error && error.code === 'ECONNRESET') fail('closed the connection');
      else fail(`failed (${error.message})`);
    });
    asking.end();
    return true;
  }

  override async close(): Promise<void> {
    await this.destroy();
  }

  override async destroy(): Promise<void> {
    for (const asking of this.#asking) asking.destroy();
  }
}

function plainHeaders(headers: Dispatcher.DispatchOptions['headers']): Record<string, string | string[]> {
  const plain: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string') plain[name] = value;
    else if (Array.isArray(value)) plain[name] = value.map(String);
  }
  return plain;
}
