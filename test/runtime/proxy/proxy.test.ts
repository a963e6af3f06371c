import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import type { RouterConfig } from '../../../src/runtime/config/types.js';
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

async function setup(
  handler: Upstream,
  options: { plan?: Partial<Plan>; config?: Partial<RouterConfig> } = {},
): Promise<{ running: Running; client: OpenAI }> {
  const server = await upstream(handler);
  const running = await proxy(
    fakeRouter(config([model('m', [backend(server.port)])], options.config), options.plan),
  );
  opened.push(running, server);
  return {
    running,
    client: new OpenAI({ baseURL: `${running.url}/v1`, apiKey: 'client-secret', maxRetries: 0 }),
  };
}

const hello = [{ role: 'user' as const, content: 'hi' }];

test('a JSON answer comes back as it is, with the decision in its headers', async () => {
  const { client, running } = await setup(
    (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(completion));
    },
    {
      plan: {
        evaluation: evaluation({
          decision: decision('maths, hard'),
          confidence: 0.87654,
          matchedRules: ['domain:math'],
        }),
        reasoning: { enabled: true, effort: 'high' },
      },
    },
  );
  const { data, response } = await client.chat.completions
    .create({ model: 'auto', messages: hello })
    .withResponse();
  expect(data).toEqual(completion);
  expect(Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('x-vsr')))).toEqual({
    'x-vsr-schema-version': '2',
    'x-vsr-response-path': 'upstream',
    'x-vsr-selected-model': 'm',
    'x-vsr-selected-decision': 'maths, hard',
    'x-vsr-selected-confidence': '0.8765',
    'x-vsr-selected-category': 'math',
    'x-vsr-selected-reasoning': 'on',
  });
  expect(running.records[0]).toMatchObject({
    status: 200,
    path: 'upstream',
    usage: { promptTokens: 3, completionTokens: 5 },
  });
});

test('a stream comes back chunk by chunk', async () => {
  let finish = (): void => undefined;
  const { client } = await setup((_request, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write(chunk('one '));
    finish = () => response.end(`${chunk('two')}data: [DONE]\n\n`);
  });
  const stream = await client.chat.completions.create({ model: 'auto', messages: hello, stream: true });
  const words: (string | null | undefined)[] = [];
  for await (const part of stream) {
    words.push(part.choices[0]?.delta.content);
    // The second chunk is sent only after the first one has arrived here.
    if (words.length === 1) finish();
  }
  expect(words).toEqual(['one ', 'two']);
});
