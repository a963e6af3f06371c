import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  backend,
  completion,
  config,
  fakeRouter,
  model,
  type Opened,
  proxy,
  type Running,
} from './support.js';

const opened: Opened[] = [];
const servers: (() => void)[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  for (const close of servers.splice(0)) close();
});

interface Setup {
  readonly running: Running;
  /** Requests as they came. */
  readonly received: string[];
}

/** A router before an endpoint that answers each request with whatever `answer` writes on the socket. */
async function setup(answer: (socket: Socket) => void, timeoutMs = 10_000): Promise<Setup> {
  const received: string[] = [];
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      received.push(text);
      text = '';
      answer(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const settings = config([model('m', [backend(port)])], {
    listeners: [{ name: 'main', address: '127.0.0.1', port: 0, timeoutMs, apiKeys: [] }],
  });
  const running = await proxy(fakeRouter(settings));
  opened.push(running);
  return { running, received };
}

const ask = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] });
const json = JSON.stringify(completion);
const whole = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`;

function post(running: Running, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    body: ask,
    headers,
    redirect: 'manual',
  });
}

async function errorOf(response: Response): Promise<unknown> {
  const { error }: { error: unknown } = JSON.parse(await response.text());
  return error;
}

/** What comes back on a connection on which `text` is sent, until it is closed. */
function rawly(running: Running, send: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    let all = '';
    const socket = connect({ port: running.port, host: '127.0.0.1' }, () => send(socket));
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      all += data.toString('latin1');
    });
    socket.on('close', () => resolve(all));
  });
}

describe('endpoints', () => {
  test('a reason phrase beyond Latin-1 is left out', async () => {
    const { running } = await setup((socket) =>
      socket.write(Buffer.from('HTTP/1.1 503 過負荷\r\ncontent-length: 2\r\n\r\n{}')),
    );
    const response = await post(running);
    expect(response.status).toBe(503);
    expect(response.statusText).toBe('Service Unavailable');
  });

  test('a compressed answer that nobody asked for and that the connection ends arrives whole', async () => {
    const { running } = await setup((socket) => {
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n',
      );
      socket.end(gzipSync(json));
    });
    expect(await (await post(running)).json()).toEqual(completion);
  });

  test('a redirect is not followed and not passed on', async () => {
    const { running } = await setup((socket) =>
      socket.write(
        'HTTP/1.1 307 Temporary Redirect\r\nlocation: http://10.1.2.3/v1\r\ncontent-length: 4\r\n\r\nbody',
      ),
    );
    const response = await post(running);
    expect(response.status).toBe(502);
    expect(response.headers.get('location')).toBeNull();
    expect(await errorOf(response)).toMatchObject({
      code: 'VSR_UPSTREAM_BROKEN',
      message: expect.stringContaining('redirect'),
    });
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'not valid HTTP'],
    ['endless headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 'headers are too large'],
  ])('what is wrong with an answer is said: %s', async (_name, text, words) => {
    const { running } = await setup((socket) => socket.write(text));
    const response = await post(running);
    expect(response.status).toBe(502);
    expect(await errorOf(response)).toMatchObject({ message: expect.stringContaining(words) });
  });

  test('what they say of their host and the operator’s account stays here', async () => {
    const { running } = await setup((socket) =>
      socket.write(
        whole.replace(
          'content-type',
          [
            'set-cookie: session=1',
            'strict-transport-security: max-age=9',
            'alt-svc: h3=":443"',
            'access-control-allow-origin: *',
            'openai-organization: org-1',
            'x-ratelimit-remaining-requests: 7',
            'content-type',
          ].join('\r\n'),
        ),
      ),
    );
    const { headers } = await post(running);
    for (const name of [
      'set-cookie',
      'strict-transport-security',
      'alt-svc',
      'access-control-allow-origin',
      'openai-organization',
    ]) {
      expect(headers.get(name), name).toBeNull();
    }
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('7');
  });

  test('secrets under other names than the usual ones do not reach them', async () => {
    const { running, received } = await setup((socket) => socket.write(whole));
    const secrets = {
      'helicone-auth': 'Bearer client-secret',
      'cf-access-client-secret': 'client-secret',
      'cf-aig-authorization': 'client-secret',
      'x-litellm-api-key': 'client-secret',
      'x-goog-iap-jwt-assertion': 'client-secret',
      'x-auth-request-access-token': 'client-secret',
    };
    await post(running, { ...secrets, 'idempotency-key': 'kept', 'x-max-tokens': 'kept too' });
    expect(received[0]).not.toContain('client-secret');
    expect(received[0]).toContain('idempotency-key: kept');
    expect(received[0]).toContain('x-max-tokens: kept too');
  });
});

describe('clients', () => {
  test('a request target in absolute form is accepted', async () => {
    const { running } = await setup((socket) => socket.write(whole));
    const text = await rawly(running, (socket) =>
      socket.write(
        `POST http://router.example/v1/chat/completions?x=1 HTTP/1.1\r\nhost: router.example\r\nconnection: close\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`,
      ),
    );
    expect(text).toContain('HTTP/1.1 200 OK');
    const health = await rawly(running, (socket) =>
      socket.write('GET HTTP://x/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    );
    expect(health).toContain('"healthy"');
  });

  test('what is malformed after a request is no part of its answer', async () => {
    const { running } = await setup((socket) =>
      socket.write(
        'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\na\r\ndata: {}\n\n\r\n',
      ),
    );
    const text = await rawly(running, (socket) => {
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`,
      );
      socket.once('data', () => socket.write('GARBAGE\r\n\r\n'));
    });
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(text).not.toContain('400 Bad Request');
  });

  test('who sends no HTTP and does not close keeps no connection', async () => {
    const { running } = await setup(() => undefined);
    const connections = () =>
      new Promise<number>((resolve) => running.server.getConnections((_error, count) => resolve(count)));
    const socket = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      socket.write('GARBAGE\r\n\r\n'),
    );
    socket.on('error', () => undefined);
    servers.push(() => socket.destroy());
    const [data]: Buffer[] = await once(socket, 'data');
    expect(data?.toString()).toContain('400 Bad Request');
    await expect.poll(connections, { timeout: 15_000 }).toBe(0);
  });

  test('who does not read an answer that is complete is cut, and the endpoint has not failed', async () => {
    const { running } = await setup((socket) => socket.write(whole), 300);
    // What is written stays here, as if the client did not read.
    running.server.on('connection', (socket: Socket) => {
      vi.spyOn(socket, '_write').mockImplementation(() => undefined);
      vi.spyOn(socket, '_writev').mockImplementation(() => undefined);
    });
    await rawly(running, (socket) =>
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`,
      ),
    );
    await expect.poll(() => running.records[0]?.errorReason).toBe('client_closed');
  });
});
