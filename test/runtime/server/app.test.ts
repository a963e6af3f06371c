import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { embeddedModels } from '../../../src/runtime/inference/embedded-models.js';
import type { Encoded, Encoder, EncoderState } from '../../../src/runtime/inference/types.js';
import type { Router } from '../../../src/runtime/selection/types.js';
import { type RunningServer, startServer } from '../../../src/runtime/server/app.js';
import { domainModel } from '../../../src/runtime/signals/domain-category.js';
import { silentLogger } from '../../support/silent-logger.js';
import {
  backend,
  completion,
  config,
  decision,
  evaluation,
  fakeRouter,
  model,
  type Opened,
  upstream,
} from '../proxy/support.js';

const running: RunningServer[] = [];
const servers: Opened[] = [];
afterEach(async () => {
  await Promise.all([...running.splice(0), ...servers.splice(0)].map((one) => one.close()));
});

async function start(
  router: Router,
  overrides: { port?: number; apiPort?: number } = {},
): Promise<RunningServer> {
  const server = await startServer({
    loaded: router.loaded,
    router,
    logger: silentLogger,
    version: '1.2.3',
    overrides,
  });
  running.push(server);
  return server;
}

const ask = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] });

function encoder(state: EncoderState, text = 'x'): Encoder {
  void text;
  const encoded: Encoded = {
    embedding: new Float32Array(4),
    heads: new Map([
      [
        domainModel,
        { model: domainModel, labels: ['law', 'math'], probabilities: [0.1, 0.9], threshold: 0.5 },
      ],
    ]),
    spans: new Map(),
    tokens: 3,
    truncated: false,
    view: 'whole',
  };
  return {
    state,
    heads: [domainModel],
    tokenHeads: new Map(),
    bundleHash: 'bundle-hash',
    ready: () => Promise.resolve(),
    encode: () => Promise.resolve({ encoded, passes: 1 }),
    scan: (text) => Promise.resolve({ windows: [{ start: 0, end: text.length, encoded }], passes: 1 }),
    close: () => Promise.resolve(),
  };
}

const routed = evaluation({
  text: 'hi',
  decision: decision('maths', [
    { model: 'm', useReasoning: true, reasoningEffort: undefined, loraName: undefined, weight: undefined },
  ]),
  confidence: 0.9,
  matchedRules: ['keyword:k'],
  category: 'math',
  encoderPasses: 1,
  signals: [
    { type: 'keyword', name: 'k', cost: 'free', outcome: { status: 'matched' }, milliseconds: 0.1 },
    {
      type: 'domain',
      name: 'law',
      cost: 'encoder',
      outcome: { status: 'not_matched', score: 0.1, value: 0.1 },
      milliseconds: 2,
    },
    {
      type: 'embedding',
      name: 'e',
      cost: 'encoder',
      outcome: { status: 'unavailable', reason: 'broken' },
      milliseconds: 1,
    },
  ],
  trace: () => [
    { name: 'maths', priority: 1, tier: 0, truth: 'true', confidence: 0.9, rules: undefined, verdict: 'won' },
  ],
});

function router(overrides: Partial<Router> = {}): Router {
  return { ...fakeRouter(config([model('m', [])]), { evaluation: routed }), ...overrides };
}

async function api(
  server: RunningServer,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`http://127.0.0.1:${server.management.port}${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()), headers: response.headers };
}

describe('management', () => {
  test('health is there at once, on both ports', async () => {
    const server = await start(router());
    const healthy = { status: 'healthy', service: 'vllm-sr' };
    const { hash } = router().loaded;
    expect((await api(server, '/health')).body).toEqual({ ...healthy, config_hash: hash });
    const [listener] = server.listeners;
    expect(await (await fetch(`http://127.0.0.1:${listener?.port}/health`)).json()).toEqual(healthy);
  });

  test.each([
    [false, undefined, 200, 'ready'],
    [true, undefined, 503, 'failed'],
    [true, 'loading', 503, 'loading_models'],
    [true, 'failed', 503, 'failed'],
    [true, 'ready', 200, 'ready'],
    [false, 'loading', 200, 'ready'],
  ] as const)(
    'readiness: needs models %s, encoder %s gives %i',
    async (needsEncoder, state, status, phase) => {
      const server = await start(router({ needsEncoder, encoder: state && encoder(state) }));
      const answer = await api(server, '/ready');
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({
        ready: status === 200,
        phase,
        status: status === 200 ? 'ready' : 'starting',
      });
    },
  );

  test('eval shows signals, decision and model', async () => {
    const server = await start(router({ encoder: encoder('ready') }));
    const { status, body, headers } = await api(server, '/api/v1/eval', { text: 'hi' });
    expect(status).toBe(200);
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(body).toEqual({
      original_text: 'hi',
      requested_model: 'auto',
      recipe: 'default',
      decision_result: {
        decision_name: 'maths',
        action: 'route',
        recorded_decisions: [],
        confidence: 0.9,
        matched_rules: ['keyword:k'],
        algorithm: 'static',
        plugins: [],
        unavailable_plugins: [],
        used_signals: { keywords: ['k'], domains: ['law'], embeddings: ['e'] },
        matched_signals: { keywords: ['k'] },
        unmatched_signals: { domains: ['law'] },
        unavailable_signals: { embeddings: ['e'] },
      },
      recommended_models: ['m'],
      selected_model: 'm',
      selection_status: 'fallback',
      selection_method: 'default_model',
      selection_reason: 'test',
      routing_decision: 'maths',
      reasoning: null,
      category: 'math',
      signal_confidences: { 'domain:law': 0.1 },
      signal_values: { 'domain:law': 0.1 },
      signal_errors: { 'embedding:e': 'broken' },
      metrics: { evaluation_ms: 0.5, signals_ms: { 'keyword:k': 0.1, 'domain:law': 2, 'embedding:e': 1 } },
      encoder_passes: 1,
      config_hash: 'config-hash',
      model_bundle_hash: 'bundle-hash',
    });
    const traced = await api(server, '/api/v1/eval?trace=true', {
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(traced.body).toMatchObject({ eval_trace: [{ name: 'maths', verdict: 'won' }] });
  });

  test('eval of an unknown model is an answer, not an error', async () => {
    const { body } = await api(await start(router()), '/api/v1/eval', { text: 'hi', model: 'nope' });
    expect(body).toMatchObject({
      selected_model: null,
      selection_status: 'unavailable',
      requested_model: 'nope',
    });
  });

  test('intent gives the category of the classifier, all classes and how sure it is', async () => {
    const server = await start(router({ encoder: encoder('ready') }));
    const { body } = await api(server, '/api/v1/classify/intent', {
      text: 'hi',
      options: { return_probabilities: true },
    });
    expect(body).toMatchObject({
      classification: { category: 'math', confidence: 0.9 },
      probabilities: { law: 0.1, math: 0.9 },
      uncertainty: { level: 'medium' },
      recommended_model: 'm',
      routing_decision: 'maths',
      matched_signals: { keywords: ['k'] },
    });
  });

  test('without the classifier intent says so instead of inventing something', async () => {
    const { status, body } = await api(await start(router()), '/api/v1/classify/intent', { text: 'hi' });
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { code: 'MODEL_NOT_READY' } });
  });

  test('batch answers in order with statistics', async () => {
    const server = await start(router({ encoder: encoder('ready') }));
    const { body } = await api(server, '/api/v1/classify/batch', { texts: ['a', 'b'] });
    expect(body).toMatchObject({
      results: [{ category: 'math' }, { category: 'math' }],
      total_count: 2,
      statistics: { category_distribution: { math: 2 }, avg_confidence: 0.9, low_confidence_count: 0 },
    });
  });

  test.each([
    ['/api/v1/eval', {}, 400, 'INVALID_INPUT'],
    ['/api/v1/eval', '{"text"', 400, 'INVALID_INPUT'],
    ['/api/v1/eval', { messages: [] }, 400, 'INVALID_INPUT'],
    ['/api/v1/classify/batch', { texts: [] }, 400, 'INVALID_INPUT'],
    ['/api/v1/classify/batch', { texts: ['a'], task_type: 'pi' }, 400, 'INVALID_TASK_TYPE'],
    ['/api/v1/classify/batch', { texts: ['a'], task_type: 'pii' }, 503, 'UNIFIED_CLASSIFIER_UNAVAILABLE'],
    ['/api/v1/nope', {}, 404, 'NOT_FOUND'],
    ['/health', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['/api/v1/eval', undefined, 405, 'METHOD_NOT_ALLOWED'],
  ])('%s with %j is %i %s', async (path, body, status, code) => {
    const answer = await api(await start(router()), path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({
      error: { code, message: expect.any(String), request_id: expect.any(String) },
    });
  });

  test('the overview lists the endpoints, info/models the embedding and the heads', async () => {
    const server = await start(router({ encoder: encoder('ready') }));
    expect((await api(server, '/api/v1')).body).toMatchObject({ service: 'vllm-sr', version: '1.2.3' });
    expect((await api(server, '/info/models')).body).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({
          name: 'mom-embedding-light',
          type: 'embedding',
          loaded: true,
          state: 'ready',
        }),
        expect.objectContaining({
          name: domainModel,
          type: 'classifier',
          loaded: true,
          categories: expect.arrayContaining(['math']),
        }),
      ]),
      summary: { ready: true, total_models: embeddedModels().length },
    });
  });

  test('metrics count requests', async () => {
    const server = await start(router());
    const [listener] = server.listeners;
    await (
      await fetch(`http://127.0.0.1:${listener?.port}/v1/chat/completions`, { method: 'POST', body: ask })
    ).text();
    const metrics = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${server.management.port}/metrics`)).text();
    await expect.poll(metrics).toContain('llm_model_requests_total{model="m"} 1');
    expect(await metrics()).toContain('process_cpu_seconds_total');
  });
});

describe('start', () => {
  test('a port in use is named, with what to do, and nothing stays open', async () => {
    const first = await start(router());
    const port = first.listeners[0]?.port ?? 0;
    await expect(start(router(), { port })).rejects.toMatchObject({
      code: 'VSR_PORT_IN_USE',
      message: expect.stringContaining(String(port)),
      hint: expect.stringContaining('--port'),
    });
    await expect(start(router(), { apiPort: first.management.port })).rejects.toMatchObject({
      code: 'VSR_PORT_IN_USE',
      hint: expect.stringContaining('--api-port'),
    });
  });

  test('all listeners of the configuration are opened', async () => {
    const listeners = ['a', 'b'].map((name) => ({
      name,
      address: '127.0.0.1',
      port: 0,
      timeoutMs: 1000,
      apiKeys: [],
    }));
    const server = await start(fakeRouter(config([], { listeners })));
    expect(server.listeners.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a swapped router answers the next request', async () => {
    const server = await start(router());
    server.swap(
      fakeRouter(
        config([], { router: { autoModelNames: ['other'], listConfiguredModels: false, maxBodyBytes: 1 } }),
      ),
    );
    const response = await fetch(`http://127.0.0.1:${server.listeners[0]?.port}/v1/models`);
    expect(await response.json()).toMatchObject({ data: [{ id: 'other' }] });
  });
});

interface Outcome {
  readonly status: number;
  readonly complete: boolean;
}

function send(port: number, agent: Agent): Promise<Outcome | 'refused' | 'lost'> {
  return new Promise((resolve) => {
    const outgoing = request({ port, agent, path: '/v1/chat/completions', method: 'POST' }, (response) => {
      let text = '';
      response.on('data', (data) => {
        text += String(data);
      });
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, complete: response.complete && text !== '' }),
      );
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'lost'),
    );
    outgoing.end(ask);
  });
}

describe('drain', () => {
  test('under load every request is answered or refused, none is lost', async () => {
    const server = await upstream((_request, response) => {
      setTimeout(() => response.end(JSON.stringify(completion)), 30);
    });
    servers.push(server);
    const started = await start(fakeRouter(config([model('m', [backend(server.port)])])));
    const port = started.listeners[0]?.port ?? 0;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const outcomes: Promise<Outcome | 'refused' | 'lost'>[] = [];
    let stop = false;
    const client = async (): Promise<void> => {
      while (!stop) {
        const outcome = send(port, agent);
        outcomes.push(outcome);
        if ((await outcome) === 'refused') return;
      }
    };
    const clients = Promise.all(Array.from({ length: 16 }, client));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await started.drain(5_000);
    stop = true;
    await clients;
    agent.destroy();
    const settled = await Promise.all(outcomes);
    const answered = settled.filter((one) => typeof one === 'object');
    expect(settled).not.toContain('lost');
    expect(answered.every(({ complete }) => complete)).toBe(true);
    expect(answered.every(({ status }) => status === 200 || status === 503)).toBe(true);
    expect(started.activeRequests()).toBe(0);
  });

  test('an idle kept-alive connection gets 503 and is closed, a stream under way is finished', async () => {
    let finish = (): void => undefined;
    const server = await upstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      finish = () => response.end('data: [DONE]\n\n');
    });
    servers.push(server);
    const started = await start(fakeRouter(config([model('m', [backend(server.port)])])));
    const port = started.listeners[0]?.port ?? 0;
    const streaming = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      body: ask,
    });
    const idle = connect(port, '127.0.0.1');
    let text = '';
    idle.on('data', (data) => {
      text += data.toString();
    });
    const closed = new Promise<void>((resolve) => idle.on('close', () => resolve()));
    idle.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect.poll(() => text).toContain('healthy');
    const draining = started.drain(5_000);
    idle.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`,
    );
    await closed;
    expect(text).toMatch(/503 Service Unavailable[\s\S]*connection: close/i);
    expect((await api(started, '/ready')).body).toMatchObject({ ready: false, phase: 'draining' });
    finish();
    expect(await streaming.text()).toBe('data: one\n\ndata: [DONE]\n\n');
    await draining;
  });

  test('a request right after a stream that began before the stop is refused, not lost', async () => {
    let finish = (): void => undefined;
    const server = await upstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      finish = () => response.end('data: [DONE]\n\n');
    });
    servers.push(server);
    const started = await start(fakeRouter(config([model('m', [backend(server.port)])])));
    const socket = connect(started.listeners[0]?.port ?? 0, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      const ended = text.includes('[DONE]');
      text += data.toString();
      // A little later, so that the end of the first answer is long over for the server.
      if (!ended && text.includes('[DONE]')) setTimeout(() => socket.write(post), 20);
    });
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const post = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`;
    socket.write(post);
    await expect.poll(() => text).toContain('data: one');
    const draining = started.drain(5_000);
    await new Promise((resolve) => setTimeout(resolve, 400));
    finish();
    await closed;
    expect(text).toMatch(/503 Service Unavailable[\s\S]*connection: close/i);
    await draining;
  });
});
