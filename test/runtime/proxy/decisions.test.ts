import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import { completion, type Opened, proxy, upstream } from './support.js';

const opened: Opened[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** A running proxy with two models on one endpoint, and what the endpoint was asked for. */
async function setup(routing: string) {
  const asked: string[] = [];
  const server = await upstream((_request, response, body) => {
    asked.push(String(JSON.parse(body).model));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(completion));
  });
  const backend = `backend_refs: [{endpoint: "127.0.0.1:${server.port}"}]`;
  const text = `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: small}, models: [{name: small, ${backend}}, {name: big, ${backend}}]}
${routing}`;
  const running = await proxy(createRouter(loadConfigText(text, 'test', {}), undefined));
  opened.push(running, server);
  const client = new OpenAI({ baseURL: `${running.url}/v1`, apiKey: 'k', maxRetries: 0 });
  return { running, client, asked };
}

const say = (content: string) => ({ model: 'auto', messages: [{ role: 'user' as const, content }] });
const signals =
  'signals: {keywords: [{name: bad, operator: OR, keywords: [bad]}, {name: odd, operator: OR, keywords: [odd]}]}';

describe('a blocked request', () => {
  const block = (status: number) => `routing:
  ${signals}
  decisions:
    - {name: guard, rules: {type: keyword, name: bad}, action: {type: block, message: Not here., status: ${status}}}
    - {name: all, modelRefs: [{model: big}]}
`;

  it('is answered as an answer that was filtered, and no model is asked', async () => {
    const { client, asked, running } = await setup(block(200));
    const { data, response } = await client.chat.completions.create(say('bad thing')).withResponse();
    expect(data.choices[0]).toMatchObject({
      message: { role: 'assistant', content: 'Not here.' },
      finish_reason: 'content_filter',
    });
    expect(data.usage?.total_tokens).toBe(0);
    expect(response.headers.get('x-vsr-response-path')).toBe('blocked');
    expect(response.headers.get('x-vsr-selected-decision')).toBe('guard');
    expect(response.headers.get('x-vsr-selected-model')).toBeNull();
    expect(asked).toEqual([]);
    expect(running.records.at(-1)).toMatchObject({ path: 'blocked', status: 200, errorReason: undefined });
    await client.chat.completions.create(say('fine'));
    expect(asked).toEqual(['big']);
  });

  it('is streamed to a client that streams', async () => {
    const { client } = await setup(block(200));
    const stream = await client.chat.completions.create({ ...say('bad thing'), stream: true });
    let text = '';
    let finish: string | null | undefined;
    for await (const part of stream) {
      text += part.choices[0]?.delta.content ?? '';
      finish = part.choices[0]?.finish_reason ?? finish;
    }
    expect([text, finish]).toEqual(['Not here.', 'content_filter']);
  });

  it('is an error of the client where the configuration wants one', async () => {
    const { client } = await setup(block(403));
    const error = await client.chat.completions.create(say('bad thing')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error).toMatchObject({
      status: 403,
      code: 'VSR_BLOCKED',
      message: expect.stringContaining('Not here.'),
    });
  });

  it('is blocked whichever model the client names', async () => {
    const { client, asked } = await setup(block(200));
    const answer = await client.chat.completions.create({ ...say('bad thing'), model: 'small' });
    expect(answer.choices[0]?.finish_reason).toBe('content_filter');
    expect(asked).toEqual([]);
  });
});

describe('virtual models', () => {
  it('are listed, routed by their recipe, and named in the answer', async () => {
    const { client, asked } = await setup(`routing:
  ${signals}
  decisions: [{name: note, rules: {type: keyword, name: odd}, action: {type: fallthrough}}]
recipes:
  - {name: strong, routing: {decisions: [{name: always, modelRefs: [{model: big}]}]}}
entrypoints: [{model_names: [team/strong], recipe: strong}]
`);
    const listed = await client.models.list();
    expect(listed.data.map(({ id }) => id)).toContain('team/strong');
    const strong = await client.chat.completions
      .create({ ...say('hi'), model: 'team/strong' })
      .withResponse();
    expect(strong.response.headers.get('x-vsr-selected-recipe')).toBe('strong');
    const usual = await client.chat.completions.create(say('an odd one')).withResponse();
    expect(usual.response.headers.get('x-vsr-recorded-decisions')).toBe('note');
    expect(asked).toEqual(['big', 'small']);
  });
});

describe('a tool loop', () => {
  it('stays with its model over several requests', async () => {
    const { client, asked } = await setup(`routing:
  ${signals}
  decisions: [{name: odd, rules: {type: keyword, name: odd}, modelRefs: [{model: big}]}]
`);
    const tools = [{ type: 'function' as const, function: { name: 'look', parameters: {} } }];
    await client.chat.completions.create({ ...say('an odd one'), tools });
    const { response } = await client.chat.completions
      .create({
        model: 'auto',
        tools,
        messages: [
          { role: 'user', content: 'an odd one' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'nothing' },
          { role: 'user', content: 'go on' },
        ],
      })
      .withResponse();
    expect(asked).toEqual(['big', 'big']);
    expect(response.headers.get('x-vsr-sticky')).toBe('tool-loop');
  });
});
