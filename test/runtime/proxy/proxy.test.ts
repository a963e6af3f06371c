import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, createServer } from 'node:net';
import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import type { RouterConfig } from '../../../src/runtime/config/types.js';
import { fastResponse } from '../../../src/runtime/plugins/fast-response.js';
import { headerMutation } from '../../../src/runtime/plugins/header-mutation.js';
import { systemPrompt } from '../../../src/runtime/plugins/system-prompt.js';
import type { BackendRef, UpstreamModel } from '../../../src/runtime/providers/types.js';
import type { Plan } from '../../../src/runtime/selection/types.js';
import {
  backend,
  chunk,
  completion,
  config,
  decision,
  evaluation,
  fakeRouter,
  model,
  type Opened,
  proxy,
  type Running,
  upstream,
} from './support.js';

const opened: Opened[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

type Upstream = Parameters<typeof upstream>[0];

interface Setup {
  readonly running: Running;
  readonly client: OpenAI;
}

async function setup(
  handler: Upstream,
  options: {
    plan?: Partial<Plan>;
    config?: Partial<RouterConfig>;
    backend?: Partial<BackendRef>;
    model?: Partial<UpstreamModel>;
  } = {},
): Promise<Setup> {
  const server = await upstream(handler);
  const running = await proxy(
    fakeRouter(
      config([model('m', [backend(server.port, options.backend)], options.model)], options.config),
      options.plan,
    ),
  );
  opened.push(running, server);
  return { running, client: clientOf(running) };
}

function clientOf({ url }: Running): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'client-secret', maxRetries: 0 });
}

const hello = [{ role: 'user' as const, content: 'hi' }];
const ask = { model: 'auto', messages: hello };

const answer: Upstream = (_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(completion));
};

function post(
  running: Running,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${running.url}/v1/chat/completions`, { method: 'POST', body, headers });
}

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error }: { error: Record<string, unknown> } = JSON.parse(await response.text());
  return error;
}

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const matched = evaluation({
  decision: decision('maths, hard'),
  confidence: 0.87654,
  matchedRules: ['domain:math'],
  signals: [
    { type: 'keyword', name: 'a,b', cost: 'free', outcome: { status: 'matched' }, milliseconds: 0.1 },
    {
      type: 'keyword',
      name: 'ü',
      cost: 'free',
      outcome: { status: 'matched', score: 0.5 },
      milliseconds: 0.1,
    },
    {
      type: 'domain',
      name: 'law',
      cost: 'encoder',
      outcome: { status: 'not_matched', score: 0.25 },
      milliseconds: 1,
    },
    {
      type: 'context',
      name: 'long',
      cost: 'free',
      outcome: { status: 'matched', value: 42 },
      milliseconds: 0,
    },
    {
      type: 'embedding',
      name: 'e',
      cost: 'encoder',
      outcome: { status: 'unavailable', reason: 'no model' },
      milliseconds: 0,
    },
  ],
});

function vsrHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('x-vsr') && name !== 'x-vsr-timing'),
  );
}

describe('answers', () => {
  test('JSON comes back as it is, with the decision in its headers', async () => {
    const { client, running } = await setup(answer, {
      plan: { evaluation: matched, reasoning: { enabled: true, effort: 'high' } },
    });
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    expect(data).toEqual(completion);
    expect(vsrHeaders(response.headers)).toEqual({
      'x-vsr-schema-version': '2',
      'x-vsr-response-path': 'upstream',
      'x-vsr-selected-model': 'm',
      'x-vsr-selected-decision': 'maths, hard',
      'x-vsr-selected-confidence': '0.8765',
      'x-vsr-selected-category': 'math',
      'x-vsr-selected-reasoning': 'on',
    });
    await expect
      .poll(() => running.records[0])
      .toMatchObject({
        status: 200,
        path: 'upstream',
        usage: { promptTokens: 3, completionTokens: 5 },
        errorReason: undefined,
      });
  });

  test('debug adds what matched, encoded', async () => {
    const { client } = await setup(answer, { plan: { evaluation: matched } });
    const { response } = await client.chat.completions
      .create(ask, { headers: { 'x-vsr-debug': 'true' } })
      .withResponse();
    expect(vsrHeaders(response.headers)).toMatchObject({
      'x-vsr-matched-keywords': 'a%2Cb,%C3%BC',
      'x-vsr-matched-context': 'long',
      'x-vsr-unavailable-signals': 'embedding:e',
      'x-vsr-signal-confidences': 'keyword:%C3%BC=0.5000,domain:law=0.2500',
      'x-vsr-encoder-passes': '0',
      'x-vsr-context-token-count': '42',
    });
    expect(response.headers.get('x-vsr-matched-domains')).toBeNull();
    expect(response.headers.get('x-vsr-timing')).toMatch(
      /^signals;dur=[\d.]+, routing;dur=[\d.]+, upstream-ttfb;dur=[\d.]+$/,
    );
  });

  test('debug headers stay small however much matched', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `rule-${index}`);
    const signals = names.map((name) => ({
      type: 'keyword',
      name,
      cost: 'free' as const,
      outcome: { status: 'matched' as const, score: 1 },
      milliseconds: 0,
    }));
    const { running } = await setup(answer, { plan: { evaluation: evaluation({ signals }) } });
    const response = await post(running, JSON.stringify(ask), { 'x-vsr-debug': 'true' });
    expect(response.headers.get('x-vsr-matched-keywords')).toMatch(/^rule-0,.*,\.\.\.\+\d+$/);
    expect([...response.headers].join().length).toBeLessThan(8_000);
  });

  test('a stream comes back chunk by chunk', async () => {
    let finish = (): void => undefined;
    const { client } = await setup((_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write(chunk('one '));
      finish = () => response.end(`${chunk('two')}data: [DONE]\n\n`);
    });
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    const words: (string | null | undefined)[] = [];
    for await (const part of stream) {
      words.push(part.choices[0]?.delta.content);
      // The second chunk is sent only after the first one has arrived here.
      if (words.length === 1) finish();
    }
    expect(words).toEqual(['one ', 'two']);
  });

  test('a chunk cut inside a character arrives whole', async () => {
    const bytes = Buffer.from(`${chunk('größe 🎉')}data: [DONE]\n\n`);
    const { client } = await setup((_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      let at = 0;
      const next = (): void => {
        if (at >= bytes.length) response.end();
        else response.write(bytes.subarray(at, ++at), next);
      };
      next();
    });
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    let text = '';
    for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
    expect(text).toBe('größe 🎉');
  });

  test('usage is read from the end of a stream that the client asked for with usage', async () => {
    const { client, running } = await setup((_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.end(
        `${chunk('\\"usage\\":1')}data: ${JSON.stringify({ ...completion, choices: [] })}\n\ndata: [DONE]\n\n`,
      );
    });
    for await (const _part of await client.chat.completions.create({ ...ask, stream: true })) void _part;
    await expect.poll(() => running.records[0]?.usage).toEqual({ promptTokens: 3, completionTokens: 5 });
  });
});

describe('what goes upstream', () => {
  async function sent(
    body: string,
    options: Parameters<typeof setup>[1] = {},
    headers: Record<string, string> = {},
  ) {
    let seen = { url: '', headers: {} as IncomingHttpHeaders, body: '' };
    const { running } = await setup((request, response, text) => {
      seen = { url: request.url ?? '', headers: request.headers, body: text };
      answer(request, response, text);
    }, options);
    const response = await post(running, body, headers);
    expect(response.status).toBe(200);
    return seen;
  }

  test('only the model changes in the body; big integers and spacing survive', async () => {
    const body =
      '{ "seed": 9007199254740993,\n "model" : " auto ", "messages": [{"role":"user","content":"\\u00e9"}] , "x": 1.0 }';
    expect((await sent(body, { model: { upstreamId: 'org/real' } })).body).toBe(
      body.replace('" auto "', '"org/real"'),
    );
  });

  test('the path is the base path of the endpoint and its chat path', async () => {
    const { url } = await sent(JSON.stringify(ask));
    expect(url).toBe('/v1/chat/completions');
  });

  test('client credentials and internal headers stay here, the provider key goes along', async () => {
    const { headers } = await sent(
      JSON.stringify(ask),
      { backend: { extraHeaders: { 'X-Extra': 'e' } } },
      {
        authorization: 'Bearer client-secret',
        'x-api-key': 'client-secret',
        'api-key': 'client-secret',
        cookie: 'client-secret',
        'proxy-authorization': 'client-secret',
        'x-goog-api-key': 'client-secret',
        'x-user-openai-key': 'client-secret',
        'x-authz-user-id': 'client-secret',
        'x-vsr-debug': 'false',
        'x-extra': 'forged',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-request-id': 'my-id',
        'user-agent': 'test',
        'content-type': 'text/plain',
      },
    );
    expect(JSON.stringify(headers)).not.toContain('client-secret');
    expect(headers).toMatchObject({
      authorization: 'Bearer provider-secret',
      'x-extra': 'e',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'x-request-id': 'my-id',
      'user-agent': 'test',
    });
    expect(headers.traceparent).toBeDefined();
    expect(Object.keys(headers).filter((name) => name.startsWith('x-vsr'))).toEqual([]);
  });

  test('an identity stays here though the settings change while its request is routed', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const server = await upstream((incoming, response, body) => {
      seen.push(incoming.headers);
      answer(incoming, response, body);
    });
    const models = [model('m', [backend(server.port)])];
    const plain = fakeRouter(config(models));
    const named = fakeRouter(
      config(models, { identity: { trustedProxies: [], userHeader: 'x-who', groupsHeader: 'x-teams' } }),
    );
    const running: Running = await proxy({
      ...named,
      async plan(chat) {
        running.context.holder.swap(plain);
        return named.plan(chat);
      },
    });
    opened.push(running, server);
    const sent = { 'x-who': 'ada', 'x-other': 'passes' };
    expect((await post(running, JSON.stringify(ask), sent)).status).toBe(200);
    expect(seen).toMatchObject([{ 'x-other': 'passes' }]);
    expect(seen[0]).not.toHaveProperty('x-who');
    await post(running, JSON.stringify(ask), sent);
    expect(seen[1]).toHaveProperty('x-who');
  });

  test('an endpoint with another auth header gets its key there, and none from the client', async () => {
    const { headers } = await sent(
      JSON.stringify(ask),
      { backend: { authHeader: 'X-Custom', authPrefix: '' } },
      { 'x-custom': 'client-secret' },
    );
    expect(headers['x-custom']).toBe('provider-secret');
    expect(headers.authorization).toBeUndefined();
    expect(
      (
        await sent(
          JSON.stringify(ask),
          { backend: { authHeader: 'X-Custom', apiKey: undefined } },
          { 'x-custom': 'c' },
        )
      ).headers['x-custom'],
    ).toBeUndefined();
  });

  test('plugins change messages and headers', async () => {
    const plugins = [
      systemPrompt.compile({ system_prompt: 'Be brief.' }),
      headerMutation.compile({ add: [{ name: 'X-Team', value: 'a' }], delete: ['user-agent'] }),
    ].filter((plugin) => plugin !== undefined);
    const { headers, body } = await sent(JSON.stringify(ask), { plan: { plugins } });
    expect(JSON.parse(body).messages).toEqual([{ role: 'system', content: 'Be brief.' }, ...hello]);
    expect(headers['x-team']).toBe('a');
    expect(headers['user-agent']).toBeUndefined();
  });

  test('reasoning is said in the words of the family', async () => {
    const { body } = await sent(JSON.stringify(ask), {
      plan: { reasoning: { enabled: false, effort: 'high' } },
      model: { reasoning: { type: 'chat_template_kwargs', parameter: 'enable_thinking' } },
    });
    expect(JSON.parse(body).chat_template_kwargs).toEqual({ enable_thinking: false });
  });

  test('8 MB go through', async () => {
    const content = 'x'.repeat(8 * 1024 * 1024);
    expect((await sent(JSON.stringify({ ...ask, messages: [{ role: 'user', content }] }))).body).toContain(
      content,
    );
  });
});

describe('errors', () => {
  test.each([
    [400, OpenAI.BadRequestError],
    [401, OpenAI.AuthenticationError],
    [404, OpenAI.NotFoundError],
    [429, OpenAI.RateLimitError],
    [500, OpenAI.InternalServerError],
  ])('status %i of the endpoint comes through as it is', async (status, type) => {
    const body = { error: { message: 'from upstream', type: 't', param: null, code: 'c' } };
    const { client } = await setup(
      (_request, response) => {
        response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '17' });
        response.end(JSON.stringify(body));
      },
      { plan: { evaluation: matched } },
    );
    const error = await thrown(client.chat.completions.create(ask));
    if (!(error instanceof OpenAI.APIError)) throw error;
    expect(error).toBeInstanceOf(type);
    expect(error.error).toEqual(body.error);
    expect(error.headers?.get('retry-after')).toBe('17');
    expect(vsrHeaders(error.headers ?? new Headers())).toEqual({
      'x-vsr-schema-version': '2',
      'x-vsr-response-path': 'upstream',
      'x-vsr-selected-model': 'm',
    });
  });

  test('an unknown model is not found', async () => {
    const { client } = await setup(answer);
    const error = await thrown(client.chat.completions.create({ model: 'nope', messages: hello }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: 'model_not_found', type: 'not_found_error', param: 'model' });
  });

  test('no model selected is a bad request', async () => {
    const { client } = await setup(answer, { plan: { target: undefined } });
    const error = await thrown(client.chat.completions.create(ask));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'VSR_NO_MODEL_SELECTED' });
  });

  test.each([
    ['broken JSON', '{"model":'],
    ['nothing', ''],
    ['no messages', '{"model":"auto"}'],
  ])('%s is a bad request with the envelope', async (_name, body) => {
    const { running } = await setup(answer);
    const response = await post(running, body);
    expect(response.status).toBe(400);
    expect(response.headers.get('x-vsr-response-path')).toBe('error');
    expect(await errorOf(response)).toMatchObject({
      type: 'invalid_request_error',
      code: 'VSR_REQUEST_INVALID',
    });
  });

  test('a signal that fails unexpectedly does not take the process down', async () => {
    const { running } = await setup(answer);
    const { router } = running.context.holder;
    void running.context.holder.swap({ ...router, plan: () => Promise.reject(new Error('boom')) });
    expect((await post(running, JSON.stringify(ask))).status).toBe(500);
    void running.context.holder.swap({
      ...router,
      plan: () => {
        throw new Error('boom');
      },
    });
    expect((await post(running, JSON.stringify(ask))).status).toBe(500);
  });

  test('nobody listening is 502 and names model and endpoint, not the key', async () => {
    const gone = await upstream(answer);
    await gone.close();
    const running = await proxy(fakeRouter(config([model('m', [backend(gone.port)])])));
    opened.push(running);
    const response = await post(running, JSON.stringify(ask));
    expect(response.status).toBe(502);
    const error = await errorOf(response);
    expect(error).toMatchObject({ type: 'server_error', code: 'VSR_UPSTREAM_UNREACHABLE' });
    expect(error.message).toContain(`127.0.0.1:${gone.port}`);
    expect(error.message).toContain('`m`');
    expect(JSON.stringify(error)).not.toContain('provider-secret');
  });

  test('a name that does not resolve and a server without TLS are 502', async () => {
    const plain = await upstream(answer);
    const models = [
      model('dns', [backend(1, { url: 'http://no-such-host.invalid/v1' })]),
      model('tls', [backend(1, { url: `https://127.0.0.1:${plain.port}/v1` })]),
    ];
    const running = await proxy(fakeRouter(config(models)));
    opened.push(running, plain);
    for (const { name } of models) {
      const response = await post(running, JSON.stringify({ ...ask, model: name }));
      expect(response.status).toBe(502);
      expect((await errorOf(response)).message).toMatch(name === 'dns' ? /resolved/ : /TLS|http|closed/i);
    }
  });

  test('an endpoint that hangs up before a byte is 502', async () => {
    const { running } = await setup((request) => request.socket.destroy());
    expect((await post(running, JSON.stringify(ask))).status).toBe(502);
  });

  test('an endpoint that dies after its head but before its body is 502', async () => {
    const { running } = await setup((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.flushHeaders();
      setTimeout(() => request.socket.destroy(), 20);
    });
    const response = await post(running, JSON.stringify(ask));
    expect(response.status).toBe(502);
    expect(await errorOf(response)).toMatchObject({ code: 'VSR_UPSTREAM_BROKEN' });
  });

  test('a JSON answer that breaks off never looks whole', async () => {
    const { running } = await setup((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"half":', () => setTimeout(() => request.socket.destroy(), 20));
    });
    const response = await post(running, JSON.stringify(ask));
    await expect(response.text()).rejects.toThrow();
    await expect.poll(() => running.records[0]?.errorReason).toBe('upstream_broken');
  });

  test('a stream that breaks off ends with an error event and without [DONE]', async () => {
    const { running, client } = await setup((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'), () => setTimeout(() => request.socket.destroy(), 20));
    });
    const response = await post(running, JSON.stringify({ ...ask, stream: true }));
    let text = '';
    const reader = response.body?.getReader();
    await expect(
      (async () => {
        for (;;) {
          const part = await reader?.read();
          if (part === undefined || part.done) return;
          text += Buffer.from(part.value).toString();
        }
      })(),
    ).rejects.toThrow();
    expect(text).toContain(`${chunk('one')}data: {"error":`);
    expect(text).not.toContain('[DONE]');
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    const error = await thrown(
      (async () => {
        for await (const _part of stream) void _part;
      })(),
    );
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'VSR_UPSTREAM_BROKEN' });
  });

  test('a stream that breaks inside an event is cut there: no client may take the half for whole', async () => {
    const { running } = await setup((request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"half', () => setTimeout(() => request.socket.destroy(), 20));
    });
    const text = await raw(running, JSON.stringify({ ...ask, stream: true }));
    // Neither an end of the event, nor HTTP's own last chunk.
    expect(text).toMatch(/data: \{"half\r\n$/);
  });

  test.each([
    ['text/event-stream', chunk('one'), false],
    ['text/event-stream', `${chunk('one')}data: [DONE]\n\n`, true],
    ['text/event-stream', `data: {"choices":[{"finish_reason": "stop"}]}\n\n`, true],
    ['application/json', '{"half":', false],
    ['application/json', '{"whole":1}\n', true],
  ])('an answer without a length is whole only if it looks whole: %s %j', async (type, body, whole) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n${body}`),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    const running = await proxy(fakeRouter(config([model('m', [backend(address.port)])])));
    opened.push(running);
    const response = await post(running, JSON.stringify(ask));
    if (whole) expect(await response.text()).toBe(body);
    else await expect(response.text()).rejects.toThrow();
    server.close();
  });

  test('a refused request with a small body keeps its connection', async () => {
    const { running } = await setup(answer);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const path of ['/v1/nope', '/v1/models', '/v1/chat/completions']) {
      await new Promise<void>((resolve, reject) => {
        const sending = request({ port: running.port, agent, path, method: 'POST' }, (response) => {
          ports.add(response.socket.localPort);
          response.resume();
          response.on('end', resolve);
        });
        sending.on('error', reject);
        sending.setHeader('content-length', 9);
        sending.end('{"no":"x"');
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test('an endpoint that never answers is 504', async () => {
    const listeners = [{ name: 'main', address: '127.0.0.1', port: 0, timeoutMs: 50, apiKeys: [] }];
    const { running } = await setup(() => undefined, { config: { listeners } });
    const response = await post(running, JSON.stringify(ask));
    expect(response.status).toBe(504);
    expect(await errorOf(response)).toMatchObject({ code: 'VSR_UPSTREAM_TIMEOUT' });
  });

  test('a stream that never ends is cut with an error event', async () => {
    const listeners = [{ name: 'main', address: '127.0.0.1', port: 0, timeoutMs: 200, apiKeys: [] }];
    const { running } = await setup(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunk('one'));
      },
      { config: { listeners } },
    );
    expect(await raw(running, JSON.stringify({ ...ask, stream: true }))).toContain('VSR_UPSTREAM_TIMEOUT');
  });
});

/** Everything the router sends on one connection, until it closes it. */
function raw(running: Running, body: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(running.port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

describe('clients that leave', () => {
  test('the endpoint sees it', async () => {
    let left: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const { client, running } = await setup((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'));
      response.on('close', () => left?.());
    });
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    for await (const _part of stream) break;
    await gone;
    await expect.poll(() => running.records[0]?.errorReason).toBe('client_closed');
  });

  test('many at once do no harm', async () => {
    const { running } = await setup((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write(chunk('x'.repeat(10_000))), 1);
      response.on('close', () => clearInterval(timer));
    });
    for (let round = 0; round < 5; round++) {
      const body = JSON.stringify({ ...ask, stream: true });
      const sockets = Array.from({ length: 16 }, () => connect(running.port, '127.0.0.1'));
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve) => {
              socket.once('data', () => resolve());
              socket.write(
                `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
              );
            }),
        ),
      );
      for (const socket of sockets) socket.destroy();
    }
    await expect.poll(() => running.context.activity.active).toBe(0);
    expect(running.records).toHaveLength(80);
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
  });

  test('during their upload they leave nothing behind', async () => {
    const { running } = await setup(answer);
    for (let round = 0; round < 20; round++) {
      await new Promise<void>((resolve) => {
        const socket = connect(running.port, '127.0.0.1', () => {
          socket.write(
            'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"model"',
            () => socket.destroy(),
          );
        });
        socket.on('close', () => resolve());
      });
    }
    await expect.poll(() => running.context.activity.active).toBe(0);
    expect((await post(running, JSON.stringify(ask))).status).toBe(200);
  });

  test('a slow reader holds the endpoint back instead of filling memory', async () => {
    let written = 0;
    const total = 64 * 1024 * 1024;
    const block = Buffer.alloc(256 * 1024, 'x');
    const { running } = await setup((_request, response) => {
      const push = (): void => {
        while (written < total) {
          written += block.length;
          if (!response.write(block)) {
            response.once('drain', push);
            return;
          }
        }
        response.end();
      };
      push();
    });
    const response = await post(running, JSON.stringify(ask));
    const reader = response.body?.getReader();
    await reader?.read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(total);
    let received = 0;
    for (;;) {
      const part = await reader?.read();
      if (part === undefined || part.done) break;
      received += part.value.length;
    }
    expect(received).toBeGreaterThan(total - 8 * 1024 * 1024);
    expect(written).toBe(total);
  });
});

describe('several endpoints', () => {
  test('share the traffic by weight', async () => {
    const counts = [0, 0];
    const servers = await Promise.all(
      counts.map((_, index) =>
        upstream((request, response, body) => {
          counts[index] = (counts[index] ?? 0) + 1;
          answer(request, response, body);
        }),
      ),
    );
    const backends = servers.map(({ port }, index) =>
      backend(port, { name: `b${index}`, weight: index === 0 ? 3 : 1 }),
    );
    const running = await proxy(fakeRouter(config([model('m', backends)])));
    opened.push(running, ...servers);
    for (let turn = 0; turn < 16; turn++) await (await post(running, JSON.stringify(ask))).text();
    expect(counts).toEqual([12, 4]);
  });

  test('an endpoint that is down is passed over', async () => {
    const gone = await upstream(answer);
    await gone.close();
    const server = await upstream(answer);
    const running = await proxy(
      fakeRouter(config([model('m', [backend(gone.port, { weight: 9 }), backend(server.port)])])),
    );
    opened.push(running, server);
    for (let turn = 0; turn < 5; turn++) {
      const response = await post(running, JSON.stringify(ask));
      expect(response.status).toBe(200);
      await response.text();
    }
  });

  test('none in rotation is said so', async () => {
    const running = await proxy(fakeRouter(config([model('m', [backend(1, { weight: 0 })])])));
    opened.push(running);
    const response = await post(running, JSON.stringify(ask));
    expect(response.status).toBe(502);
    expect((await errorOf(response)).message).toContain('no endpoint in rotation');
  });
});

describe('answers of our own', () => {
  async function local(plan: Partial<Plan> = {}): Promise<Setup> {
    const echo = backend(1, { provider: 'echo', url: undefined, apiKey: undefined });
    const running = await proxy(fakeRouter(config([model('m', [echo])]), plan));
    opened.push(running);
    return { running, client: clientOf(running) };
  }

  test('the built-in model says what it is, as JSON and as a stream', async () => {
    const { client } = await local();
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    const text = data.choices[0]?.message.content ?? '';
    expect(text).toContain('[built-in echo model]');
    expect(text).toContain('> hi');
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect(data.usage?.total_tokens).toBeGreaterThan(0);
    expect(response.headers.get('x-vsr-response-path')).toBe('echo');
    const stream = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    let streamed = '';
    let chunks = 0;
    let usage: number | undefined;
    for await (const part of stream) {
      chunks++;
      streamed += part.choices[0]?.delta.content ?? '';
      usage = part.usage?.total_tokens ?? usage;
    }
    expect(streamed).toBe(text);
    expect(chunks).toBeGreaterThan(10);
    expect(usage).toBe(data.usage?.total_tokens);
  });

  test('fast_response answers without a model, keeping its line breaks', async () => {
    const message = 'No.\n\n  Not  that.\n';
    const plugin = fastResponse.compile({ message });
    if (plugin === undefined) throw new Error('not compiled');
    const { client, running } = await local({ plugins: [plugin], evaluation: matched });
    const { data, response } = await client.chat.completions.create(ask).withResponse();
    expect(data).toMatchObject({
      model: 'router',
      choices: [{ message: { content: message }, finish_reason: 'stop' }],
    });
    expect(vsrHeaders(response.headers)).toMatchObject({
      'x-vsr-response-path': 'fast_response',
      'x-vsr-fast-response': 'true',
      'x-vsr-selected-decision': 'maths, hard',
    });
    expect(response.headers.has('x-vsr-selected-model')).toBe(false);
    expect(response.headers.has('x-vsr-selected-reasoning')).toBe(false);
    expect(running.records.at(-1)?.plan?.target).toBeUndefined();
    let text = '';
    for await (const part of await client.chat.completions.create({ ...ask, stream: true })) {
      text += part.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe(message);
  });

  test('plugins that this build does not have are named', async () => {
    const { client } = await local({ unavailablePlugins: ['semantic-cache', 'pii'] });
    const { response } = await client.chat.completions.create(ask).withResponse();
    expect(response.headers.get('x-vsr-unavailable-plugins')).toBe('semantic-cache,pii');
  });
});

describe('routes', () => {
  test('a trailing slash and a query are tolerated', async () => {
    const { running } = await setup(answer);
    const response = await fetch(`${running.url}/v1/chat/completions/?api-version=1`, {
      method: 'POST',
      body: JSON.stringify(ask),
    });
    expect(response.status).toBe(200);
  });

  test('wrong methods are told the right one, unknown paths are not found', async () => {
    const { running } = await setup(answer);
    const wrong = await fetch(`${running.url}/v1/chat/completions`);
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    const models = await fetch(`${running.url}/v1/models`, { method: 'POST', body: '{}' });
    expect([models.status, models.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    for (const path of ['/v1/embeddings', '/v1', '/']) {
      const response = await fetch(running.url + path, { method: 'POST', body: 'x'.repeat(100_000) });
      expect(response.status).toBe(404);
      expect(await errorOf(response)).toMatchObject({ type: 'not_found_error', code: 'VSR_ROUTE_NOT_FOUND' });
    }
  });

  test('models: auto names first, configured ones if listed', async () => {
    const router = { autoModelNames: ['auto', 'm'], listConfiguredModels: true, maxBodyBytes: 1000 };
    const { client } = await setup(answer, {
      config: { router, models: [model('m', []), model('org/n', [])] },
    });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['auto', 'm', 'org/n']);
    expect((await client.models.retrieve('org/n')).owned_by).toBe('upstream-endpoint');
    expect(await thrown(client.models.retrieve('nope'))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('health answers without a key, everything else needs one', async () => {
    const listeners = [
      {
        name: 'main',
        address: '127.0.0.1',
        port: 0,
        timeoutMs: 1000,
        apiKeys: [
          { key: 'sk-one', identity: undefined },
          { key: 'sk-two', identity: undefined },
        ],
      },
    ];
    const { running, client } = await setup(answer, { config: { listeners } });
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
    expect((await fetch(`${running.url}/v1/models`)).status).toBe(401);
    const error = await thrown(client.chat.completions.create(ask));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ code: 'invalid_api_key', type: 'authentication_error' });
    const known = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: 'sk-two', maxRetries: 0 });
    expect(await known.chat.completions.create(ask)).toEqual(completion);
  });

  test('request ids are echoed if sane, else made', async () => {
    const { running } = await setup(answer);
    const sane = await post(running, JSON.stringify(ask), { 'x-request-id': 'abc-1' });
    expect(sane.headers.get('x-request-id')).toBe('abc-1');
    const odd = await post(running, JSON.stringify(ask), { 'x-request-id': 'a b'.repeat(100) });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each([
    ['gzip', 400],
    ['identity', 200],
  ])('a body with content-encoding %s is answered with %i', async (encoding, status) => {
    const { running } = await setup(answer);
    const response = await post(running, JSON.stringify(ask), { 'content-encoding': encoding });
    expect(response.status).toBe(status);
    if (status === 400) expect(await response.text()).toContain('content-encoding: gzip');
  });

  test.each(['announced', 'chunked'])('a body over the limit is 413 (%s)', async (kind) => {
    const router = { autoModelNames: ['auto'], listConfiguredModels: false, maxBodyBytes: 1000 };
    const { running } = await setup(answer, { config: { router } });
    const big = Buffer.alloc(3_000_000, 'x');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(
        {
          port: running.port,
          path: '/v1/chat/completions',
          method: 'POST',
          headers: kind === 'announced' ? { 'content-length': big.length } : {},
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sending.on('error', reject);
      sending.end(big);
    });
    expect(status).toBe(413);
  });

  test.each([
    [500, 100],
    [5000, 413],
  ])('expect: 100-continue with %i bytes gets %i first', async (length, first) => {
    const router = { autoModelNames: ['auto'], listConfiguredModels: false, maxBodyBytes: 1000 };
    const { running } = await setup(answer, { config: { router } });
    const seen = await new Promise<number | undefined>((resolve, reject) => {
      const sending = request(
        {
          port: running.port,
          path: '/v1/chat/completions',
          method: 'POST',
          headers: { expect: '100-continue', 'content-length': length },
        },
        (response) => resolve(response.statusCode),
      );
      sending.on('continue', () => {
        resolve(100);
        sending.destroy();
      });
      sending.on('error', reject);
      sending.flushHeaders();
    });
    expect(seen).toBe(first);
  });

  test('pipelined requests are answered in order', async () => {
    const { running } = await setup((incoming, response, body) => {
      const { seed }: { seed: number } = JSON.parse(body);
      setTimeout(() => response.end(`"answer ${seed}"`), seed === 1 ? 50 : 0);
      void incoming;
    });
    const one = (seed: number, last: boolean): string => {
      const body = JSON.stringify({ ...ask, seed });
      return `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n${last ? 'connection: close\r\n' : ''}content-length: ${body.length}\r\n\r\n${body}`;
    };
    const text = await new Promise<string>((resolve) => {
      let all = '';
      const socket = connect(running.port, '127.0.0.1', () => socket.write(one(1, false) + one(2, true)));
      socket.on('data', (data) => {
        all += data.toString();
      });
      socket.on('close', () => resolve(all));
    });
    expect(text.match(/answer \d/g)).toEqual(['answer 1', 'answer 2']);
  });
});
