/**
 * The product as its users see it: `serve` with a configuration file and the embedded models, the official
 * client in front, a scripted model server behind.
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runCli, temporaryFolder } from '../commands/run-cli.js';

interface Seen {
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: { model: string; chat_template_kwargs?: unknown };
}

const seen: Seen[] = [];
let upstream: Server;
let stop: AbortController;
let finished: Promise<CliResult>;
let client: OpenAI;
let managementUrl = '';

beforeAll(async () => {
  upstream = createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const folder = await temporaryFolder('keep');
  await writeFile(join(folder, 'router.yaml'), configuration(portOf(upstream)));
  stop = new AbortController();
  const banner = await new Promise<string>((resolve, reject) => {
    finished = runCli(
      ['serve', '--config', 'router.yaml', '--port', '0', '--api-port', '0', '--log-level', 'silent'],
      {
        cwd: folder,
        env: { BIG_KEY: 'sk-provider' },
        signal: stop.signal,
        onStdout: (text) => {
          if (text.includes('Try it:')) resolve(text);
        },
      },
    );
    finished.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)), reject);
  });
  const [, endpoint = ''] = /OpenAI endpoint\s+(\S+)/.exec(banner) ?? [];
  managementUrl = /management\s+(\S+)/.exec(banner)?.[1] ?? '';
  client = new OpenAI({ baseURL: endpoint, apiKey: 'sk-client', maxRetries: 0 });
  while ((await fetch(`${managementUrl}/ready`)).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

afterAll(async () => {
  stop.abort();
  const { code, stderr } = await finished;
  upstream.closeAllConnections();
  upstream.close();
  expect(stderr).toContain('Stopped.');
  expect(code).toBe(0);
});

describe('a chat completion', () => {
  it('goes to the model that the domain of the prompt asks for, with reasoning switched on', async () => {
    const { data, response } = await client.chat.completions
      .create({
        model: 'auto',
        messages: [{ role: 'user', content: 'What is the integral of x^2 from 0 to 3?' }],
      })
      .withResponse();
    expect(data.choices[0]?.message.content).toBe('hello from big-model');
    expect(response.headers.get('x-vsr-selected-decision')).toBe('mathematics');
    expect(response.headers.get('x-vsr-selected-model')).toBe('big');
    expect(response.headers.get('x-vsr-selected-category')).toBe('math');
    expect(response.headers.get('x-vsr-selected-reasoning')).toBe('on');
    expect(seen.at(-1)).toMatchObject({
      url: '/base/v1/chat/completions',
      authorization: 'Bearer sk-provider',
      body: { model: 'big-model', chat_template_kwargs: { enable_thinking: true } },
    });
  });

  it('goes to the model that means something similar, whatever its words', async () => {
    const { response } = await client.chat.completions
      .create({
        model: 'auto',
        messages: [{ role: 'user', content: 'The parcel I ordered has still not arrived' }],
      })
      .withResponse();
    expect(response.headers.get('x-vsr-selected-decision')).toBe('late_parcel');
  });

  it('goes to the default model when nothing matches, without the name of a decision', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'auto', messages: [{ role: 'user', content: 'Tell me a bedtime story' }] })
      .withResponse();
    expect(data.model).toBe('small');
    expect(response.headers.get('x-vsr-selected-decision')).toBeNull();
    expect(seen.at(-1)?.authorization).toBeUndefined();
  });

  it('streams', async () => {
    const stream = await client.chat.completions.create({
      model: 'auto',
      stream: true,
      messages: [{ role: 'user', content: 'please review my C++ code' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('one two three');
    expect(seen.at(-1)?.body.model).toBe('big-model');
  });

  it('fails in the words of the API', async () => {
    const messages = [{ role: 'user' as const, content: 'hi' }];
    await expect(client.chat.completions.create({ model: 'bgi', messages })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
      message: expect.stringContaining('Did you mean `big`?'),
    });
  });
});

describe('the management API', () => {
  const evaluate = async (text: string) => {
    const response = await fetch(`${managementUrl}/api/v1/eval?trace=true`, {
      method: 'POST',
      body: JSON.stringify({ text }),
    });
    const body: Record<string, unknown> = Object(await response.json());
    return body;
  };

  it('reads all model signals from one encoder pass, and none when the prompt is repeated', async () => {
    const prompt = 'How many primes are there below one hundred?';
    expect(await evaluate(prompt)).toMatchObject({
      encoder_passes: 1,
      selected_model: 'big',
      decision_result: { decision_name: 'mathematics', matched_signals: { domains: ['math'] } },
    });
    expect(await evaluate(prompt)).toMatchObject({ encoder_passes: 0, routing_decision: 'mathematics' });
  });

  it('gives the body that `classify --json` prints, apart from the times', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'router.yaml'), configuration(portOf(upstream)));
    const prompt = 'Solve 3x + 4 = 19 for x';
    const { stdout } = await runCli(['classify', prompt, '--config', 'router.yaml', '--json', '--trace'], {
      cwd: folder,
      env: { BIG_KEY: 'sk-provider' },
    });
    const printed: unknown = JSON.parse(stdout);
    expect(withoutTimes(printed)).toEqual(withoutTimes(await evaluate(prompt)));
  });
});

/** Everything except how long it took and how the port override changed the configuration. */
function withoutTimes(body: unknown): unknown {
  const { metrics: _times, ...rest }: Record<string, unknown> = Object(body);
  return rest;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body: Seen['body'] & { stream?: boolean } = JSON.parse(Buffer.concat(chunks).toString());
  seen.push({ url: request.url, authorization: request.headers.authorization, body });
  const common = { id: 'chatcmpl-1', created: 1, model: body.model };
  if (body.stream === true) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const content of ['one ', 'two ', 'three']) {
      const chunk = {
        ...common,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { content } }],
      };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
    response.end('data: [DONE]\n\n');
    return;
  }
  const message = { role: 'assistant', content: `hello from ${body.model}` };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ...common, object: 'chat.completion', choices }));
}

function configuration(port: number): string {
  return `version: v0.3
listeners: [{name: http, address: 127.0.0.1, port: 8899}]
providers:
  defaults: {model: small}
  models:
    - name: small
      backend_refs: [{endpoint: "127.0.0.1:${port}"}]
    - name: big
      provider_model_id: big-model
      reasoning: {family: qwen3}
      backend_refs: [{base_url: "http://localhost:${port}/base/v1", api_key_env: BIG_KEY}]
routing:
  signals:
    keywords: [{name: code, operator: OR, keywords: [python, "C++"]}]
    domains: [{name: math, mmlu_categories: [math]}]
    embeddings:
      - {name: delivery, threshold: 0.5, candidates: [my package is late, where is my delivery]}
  decisions:
    - {name: coding, priority: 100, rules: {type: keyword, name: code}, modelRefs: [{model: big}]}
    - name: mathematics
      priority: 50
      rules: {type: domain, name: math}
      modelRefs: [{model: big, use_reasoning: true}]
    - {name: late_parcel, priority: 10, rules: {type: embedding, name: delivery}, modelRefs: [{model: small}]}
`;
}
