/**
 * Requests to a hub: redirects, the token, proxies, and what is tried again.
 *
 * undici instead of the hub library's own requests, because those attach the token to whatever address they are
 * given, do not resume, do not wait as told, and know no proxy on Node 20.
 *
 * @module
 */
import { type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import { VsrError } from '../../errors.js';
import { packageVersion } from '../../package-root.js';
import { type Body, readBody, unpacked } from './body.js';
import {
  connectionError,
  invalidAnswer,
  isSilence,
  type Refusal,
  refusalError,
  type Subject,
} from './failures.js';
import { TunnelClient } from './proxy-tunnel.js';
import { askedPause, defaultRetryPolicy, pauseAfter, type RetryPolicy } from './retry.js';
import { type HubSettings, withoutSecrets } from './settings.js';

export type Headers = Readonly<Record<string, string | undefined>>;

export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Headers of the endpoint's own last answer, which tell about the file when content comes from elsewhere. */
  readonly endpointHeaders: Headers;
  readonly body: Body;
  readonly address: URL;
}

export interface HubRequest {
  readonly subject: Subject;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Further statuses that the caller deals with; others than 2xx are errors. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait, so that a progress line can say why nothing moves. */
  readonly onWait?: ((ms: number, why: string) => void) | undefined;
}

export interface HubClient {
  readonly settings: HubSettings;
  readonly policy: RetryPolicy;
  /**
   * Sends a request, follows redirects and tries again what may go better next time. The caller must read or
   * destroy the body.
   *
   * @throws VsrError with a `VSR_HUB_…` code.
   */
  open(address: URL, options: HubRequest): Promise<HubAnswer>;
  /** As {@link open}, with the whole body as text; a cut answer is asked for again. */
  read(address: URL, options: HubRequest): Promise<{ readonly text: string; readonly headers: Headers }>;
  close(): Promise<void>;
}

const mostRedirects = 10;
/** The listing of a repository with tens of thousands of files fits; a wrong address that streams does not. */
const mostBytesRead = 64 * 1024 * 1024;
const retriedStatuses = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

/** A client for one hub. Close it, or its connections keep the process alive. */
export function createHubClient(settings: HubSettings, policy: RetryPolicy = defaultRetryPolicy): HubClient {
  const { http, https, exceptions } = settings.proxies;
  const dispatcher = new EnvHttpProxyAgent({
    // Empty strings, not undefined: the process's own environment is not what we were told to use.
    httpProxy: http,
    httpsProxy: https,
    noProxy: exceptions,
    // Plain addresses go to the proxy as they are; most refuse to tunnel to anything but port 443.
    proxyTunnel: false,
    clientFactory: (origin) => new TunnelClient(origin, settings.silenceMs),
    requestTls: { timeout: settings.silenceMs },
    // Said here, since an agent does not hand its own limits on to the requests that go by way of a proxy.
    factory: (origin, options) =>
      new Pool(origin, {
        ...options,
        headersTimeout: settings.silenceMs,
        bodyTimeout: settings.silenceMs,
      }),
    connectTimeout: settings.silenceMs,
  });
  const endpoint = new URL(settings.endpoint);
  const isProxied = ({ protocol }: URL): boolean => (protocol === 'https:' ? https || http : http) !== '';

  const once = async (start: URL, options: HubRequest, trace: { address: URL }): Promise<HubAnswer> => {
    let address = start;
    let endpointHeaders: Headers = {};
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const ours = address.origin === endpoint.origin;
      trace.address = address;
      const answer = await request(address, {
        dispatcher,
        method: options.method ?? 'GET',
        headers: {
          'user-agent': `vllm-sr/${packageVersion()}`,
          // Ranges count bytes of the file itself, and so do sizes and checksums.
          'accept-encoding': 'identity',
          ...options.headers,
          ...(ours && settings.token !== undefined && { authorization: `Bearer ${settings.token}` }),
        },
        ...(options.signal !== undefined && { signal: options.signal }),
      });
      const headers = flat(answer.headers);
      if (ours) endpointHeaders = { ...endpointHeaders, ...headers };
      const { location } = headers;
      const { statusCode: status, body } = answer;
      if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
        return { status, headers, endpointHeaders, body: readBody(body), address };
      }
      await discard(body);
      address = nextAddress(address, location, options.subject);
    }
    throw invalidAnswer(options.subject, `more than ${mostRedirects} redirects`);
  };

  const open = async (address: URL, options: HubRequest): Promise<HubAnswer> => {
    const { subject, signal } = options;
    if (settings.offline) throw offlineError(subject);
    for (let failures = 1; ; failures += 1) {
      let pause = pauseAfter(failures, policy);
      let why: string;
      // Where it failed may be a host that the endpoint sent us to.
      const trace = { address };
      try {
        const answer = await once(address, options, trace);
        const { status } = answer;
        if ((status >= 200 && status < 300) || options.accept?.includes(status) === true) return answer;
        const refusal = await refusalOf(answer);
        const elsewhere = answer.address.origin !== endpoint.origin;
        const asked = askedPause(answer.headers, Date.now());
        // A signed address of a content server runs out; the endpoint hands out a new one.
        const again = retriedStatuses.has(status) || (elsewhere && (status === 401 || status === 403));
        if (!again || failures >= policy.attempts) throw finalError(refusal, subject, elsewhere);
        if (asked !== undefined && asked > policy.longestAskedMs) throw tooLongError(refusal, asked, subject);
        if (asked !== undefined) pause = asked;
        why = `${refusal.host} answered ${status}`;
      } catch (error) {
        signal?.throwIfAborted();
        const failure = connectionError(error, subject, trace.address, isProxied(trace.address));
        const hopeless = error instanceof VsrError || failure.code === 'VSR_HUB_TLS';
        if (hopeless || failures >= policy.attempts) throw failure;
        why = `no ${isSilence(error) ? 'answer from' : 'connection to'} ${trace.address.host}`;
      }
      options.onWait?.(pause, why);
      await policy.sleep(pause, signal);
    }
  };

  const read: HubClient['read'] = async (address, options) => {
    for (let failures = 1; ; failures += 1) {
      const answer = await open(address, options);
      try {
        return { text: await textOf(answer, options.subject), headers: answer.headers };
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof VsrError || failures >= policy.attempts) {
          throw connectionError(error, options.subject, answer.address, isProxied(answer.address));
        }
        const pause = pauseAfter(failures, policy);
        options.onWait?.(pause, `the connection to ${answer.address.host} broke`);
        await policy.sleep(pause, options.signal);
      }
    }
  };

  // Destroyed, not closed: what is still on its way is of no interest to anybody by then.
  return { settings, policy, open, read, close: () => dispatcher.destroy() };
}

function nextAddress(from: URL, location: string, subject: Subject): URL {
  if (!URL.canParse(location, from.href)) throw invalidAnswer(subject, 'a redirect to nowhere');
  const next = new URL(location, from);
  const downgraded = from.protocol === 'https:' && next.protocol !== 'https:';
  if (downgraded || !/^https?:$/.test(next.protocol)) {
    throw invalidAnswer(subject, `a redirect to ${withoutSecrets(next.href)}`);
  }
  return next;
}

async function textOf({ body, headers }: HubAnswer, subject: Subject): Promise<string> {
  const encoding = headers['content-encoding'];
  const content = unpacked(body, encoding);
  if (content === undefined) {
    body.destroy();
    throw invalidAnswer(subject, `${encoding} content`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > mostBytesRead) {
      body.destroy();
      throw invalidAnswer(subject, `more than ${mostBytesRead} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads no more of an error page than its first words need. */
async function refusalOf({ status, headers, body, address }: HubAnswer): Promise<Refusal> {
  let text = headers['x-error-message'] ?? '';
  try {
    let page = '';
    for await (const chunk of body) {
      page += chunk.toString('utf8');
      if (page.length > 16_384) break;
    }
    if (text === '' && headers['content-type']?.includes('json') === true) text = messageIn(page);
    else if (text === '' && headers['content-type']?.includes('html') !== true) text = page;
  } catch {
    // The status alone says enough.
  }
  body.destroy();
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return { status, code: headers['x-error-code'], text: line.slice(0, 300), host: address.host };
}

function messageIn(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null) return '';
    if ('error' in parsed && typeof parsed.error === 'string') return parsed.error;
    return 'message' in parsed && typeof parsed.message === 'string' ? parsed.message : '';
  } catch {
    return '';
  }
}

function finalError(refusal: Refusal, subject: Subject, elsewhere: boolean): VsrError {
  if (!elsewhere || (refusal.status !== 401 && refusal.status !== 403)) return refusalError(refusal, subject);
  return new VsrError(
    'VSR_HUB_ANSWER_INVALID',
    `${refusal.host}, where the hub keeps the content, refuses to hand it out (${refusal.status}).`,
    { hint: 'Check the clock of this machine and the proxy in between, then pull again.' },
  );
}

function tooLongError(refusal: Refusal, asked: number, { hasToken }: Subject): VsrError {
  return new VsrError(
    refusal.status === 429 ? 'VSR_HUB_RATE_LIMITED' : 'VSR_HUB_SERVER_ERROR',
    `${refusal.host} answered ${refusal.status} and asks to wait ${Math.ceil(asked / 1000)} seconds, which is too long to wait here.`,
    {
      hint: `Try again after that time; what is downloaded is kept.${hasToken ? '' : ' With HF_TOKEN the limits are higher.'}`,
    },
  );
}

function offlineError({ repo, path }: Subject): VsrError {
  const what = path === undefined ? repo : `${path} of ${repo}`;
  return new VsrError(
    'VSR_HUB_OFFLINE',
    `${what} is not in the cache, and HF_HUB_OFFLINE forbids to download it.`,
    {
      hint: 'Unset HF_HUB_OFFLINE, or copy the cache of a machine that has the model.',
    },
  );
}

function flat(headers: Dispatcher.ResponseData['headers']): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}

async function discard(body: Dispatcher.ResponseData['body']): Promise<void> {
  body.on('error', () => undefined);
  // Read to the end if it is short, so that the connection can be used again.
  await body.dump({ limit: 65_536 }).catch(() => undefined);
}
