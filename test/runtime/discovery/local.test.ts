import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { discover } from '../../../src/runtime/discovery/discover.js';
import { findServers, ollamaOrigin, probeTargets } from '../../../src/runtime/discovery/local.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Answer = { status?: number; body: unknown; delayMs?: number };

/** A server that answers JSON by path, and records what it was asked. */
async function fake(answers: Record<string, Answer>, requests: IncomingMessage[] = []): Promise<string> {
  const server = createServer((request, response) => {
    requests.push(request);
    const answer = answers[request.url ?? ''];
    const { status = 200, body = 'not found', delayMs = 0 } = answer ?? { status: 404 };
    setTimeout(() => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    }, delayMs).unref();
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

const list = (owner: string, ...ids: string[]) => ({
  '/v1/models': {
    body: { object: 'list', data: ids.map((id) => ({ id, object: 'model', owned_by: owner })) },
  },
});

describe('findServers', () => {
  it('reads vLLM, SGLang and llama.cpp by what they call themselves, not by their port', async () => {
    const found = await findServers([
      { origin: await fake(list('vllm', 'Qwen/Qwen3-8B')), usually: 'llama.cpp' },
      { origin: await fake(list('sglang', 'meta-llama/Llama-3.3-70B-Instruct')), usually: 'vllm' },
      { origin: await fake(list('llamacpp', 'model.gguf')), usually: 'lm-studio' },
      { origin: await fake(list('someone', 'x')), usually: 'lm-studio' },
    ]);
    expect(found.map(({ kind, models }) => [kind, ...models])).toEqual([
      ['vllm', { id: 'Qwen/Qwen3-8B', billions: 8, reasoningFamily: 'qwen3' }],
      ['sglang', { id: 'meta-llama/Llama-3.3-70B-Instruct', billions: 70, reasoningFamily: undefined }],
      ['llama.cpp', { id: 'model.gguf', billions: undefined, reasoningFamily: undefined }],
      ['lm-studio', { id: 'x', billions: undefined, reasoningFamily: undefined }],
    ]);
  });

  it('takes sizes from Ollama, puts the smallest first and leaves embedding models out', async () => {
    const origin = await fake({
      ...list('library', 'a', 'b', 'c', 'd'),
      '/api/tags': {
        body: {
          models: [
            {
              name: 'big:latest',
              model: 'big:latest',
              details: { family: 'llama', parameter_size: '70.6B' },
            },
            {
              name: 'small:latest',
              model: 'small:latest',
              details: { family: 'gemma', parameter_size: '999.89M' },
            },
            { name: 'nomic-embed-text:latest', model: 'nomic-embed-text:latest', details: {} },
            { name: 'bge:latest', model: 'bge:latest', details: { family: 'bert', parameter_size: '567M' } },
          ],
        },
      },
    });
    const [found] = await findServers([{ origin, usually: 'ollama' }]);
    expect(found).toEqual({
      kind: 'ollama',
      label: 'Ollama',
      baseUrl: `${origin}/v1`,
      models: [
        { id: 'small:latest', billions: 0.99989, reasoningFamily: undefined },
        { id: 'big:latest', billions: 70.6, reasoningFamily: undefined },
      ],
    });
  });

  it('does not find itself', async () => {
    const origin = await fake(list('vllm-semantic-router', 'vllm-sr/auto', 'auto', 'MoM'));
    expect(await findServers([{ origin, usually: 'llama.cpp' }])).toEqual([]);
  });

  it.each([
    ['no JSON', { '/v1/models': { body: '<html>' } }],
    ['another JSON', { '/v1/models': { body: { hello: 'world' } } }],
    ['null', { '/v1/models': { body: null } }],
    ['a refusal', { '/v1/models': { status: 401, body: { data: [{ id: 'x' }] } } }],
    ['a redirect', { '/v1/models': { status: 302, body: { data: [{ id: 'x' }] } } }],
    ['more than a model list can be', { '/v1/models': { body: 'x'.repeat(3_000_000) } }],
  ])('takes %s for nothing', async (_, answers) => {
    expect(await findServers([{ origin: await fake(answers), usually: 'vllm' }])).toEqual([]);
  });

  it('gives up soon on a server that does not answer, and still reports the others', async () => {
    const slow = await fake({ '/v1/models': { body: { data: [] }, delayMs: 3_600_000 } });
    const quick = await fake(list('vllm', 'm'));
    const found = await findServers([
      { origin: slow, usually: 'vllm' },
      { origin: 'http://127.0.0.1:9', usually: 'vllm' },
      { origin: quick, usually: 'vllm' },
    ]);
    expect(found.map(({ baseUrl }) => baseUrl)).toEqual([`${quick}/v1`]);
  });

  it('sends no credentials', async () => {
    const requests: IncomingMessage[] = [];
    const origin = await fake(list('vllm', 'm'), requests);
    const env = { OPENAI_API_KEY: 'sk-secret', OLLAMA_HOST: origin };
    await discover({ env, targets: [{ origin, usually: 'ollama' }] });
    expect(requests.length).toBe(2);
    for (const { headers, method } of requests) {
      expect(method).toBe('GET');
      expect(JSON.stringify(headers)).not.toMatch(/secret|authorization|api-key/i);
    }
  });
});

describe('OLLAMA_HOST', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8888', 'http://127.0.0.1:8888'],
    ['gpu-box', 'http://gpu-box:11434'],
    ['gpu-box:1', 'http://gpu-box:1'],
    ['https://models.example.com', 'https://models.example.com'],
    ['http://models.example.com/', 'http://models.example.com'],
    ['[::]:11434', 'http://127.0.0.1:11434'],
    ['http://', undefined],
  ])('%j is read as %j', (text, origin) => {
    expect(ollamaOrigin(text)).toBe(origin);
  });

  it('replaces the usual place', () => {
    expect(probeTargets({ OLLAMA_HOST: 'gpu-box' })[0]).toEqual({
      origin: 'http://gpu-box:11434',
      usually: 'ollama',
    });
  });
});
