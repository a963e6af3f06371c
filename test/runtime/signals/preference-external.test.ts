import { afterEach, describe, expect, it } from 'vitest';
import { noRemoteSettings, RemoteServices } from '../../../src/runtime/external/services.js';
import { preferenceFamily } from '../../../src/runtime/signals/preference.js';
import { routeIn } from '../../../src/runtime/signals/preference-external.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { type ChatReply, type ChatServer, startChatServer } from '../../support/chat-server.js';
import { routingRequest, userSays } from './fake-request.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const rules = [
  { name: 'code', description: 'Writing and fixing programs', examples: ['Fix this function'] },
  { name: "chef's choice", description: 'Recipes' },
].map((rule) => preferenceFamily.schema.parse(rule));

async function setup(reply: () => ChatReply) {
  const server: ChatServer = await startChatServer(reply);
  closing.push(() => server.close());
  const remote = new RemoteServices(
    {
      ...noRemoteSettings,
      models: [
        {
          name: 'judge',
          role: 'preference',
          model: 'qwen-1b',
          url: `http://127.0.0.1:${server.port}/v1/chat/completions`,
          apiKey: undefined,
          timeoutMs: 5_000,
          maxTokens: 50,
          cacheTtlMs: 60_000,
        },
      ],
    },
    [],
  );
  closing.push(() => remote.close());
  const compiled = preferenceFamily.compile(rules, { encoder: undefined, remote });
  const ask = (request = userSays('Write a parser')) => {
    const view = createSignalRequest(request, undefined);
    return Promise.all(compiled.map((rule) => rule.evaluate(view)));
  };
  return { server, ask, remote };
}

describe('preferences by an external model', () => {
  it('match the route that it names, with one question for all of them', async () => {
    const { server, ask } = await setup(() => 'I think {"route": "chef\'s choice"} fits.');
    expect(await ask()).toEqual([
      { status: 'not_matched', evidence: ["judge says chef's choice"] },
      { status: 'matched', evidence: ["judge says chef's choice"] },
    ]);
    expect(server.questions).toHaveLength(1);
    expect(JSON.parse(server.questions[0]?.user ?? '')).toEqual({
      routes: [
        { name: 'code', description: 'Writing and fixing programs', examples: ['Fix this function'] },
        { name: "chef's choice", description: 'Recipes' },
      ],
      conversation: [{ role: 'user', text: 'Write a parser' }],
    });
  });

  it('show it the last turns, shortened, and no tool results', async () => {
    const { server, ask } = await setup(() => '{"route": "code"}');
    const long = 'x'.repeat(20_000);
    await ask(
      routingRequest([
        { role: 'system', text: 'secret' },
        { role: 'user', text: long },
        { role: 'tool', text: 'secret' },
        { role: 'assistant', text: 'Done.' },
        { role: 'user', text: 'And now?' },
      ]),
    );
    const { user = '' } = server.questions[0] ?? {};
    const { conversation } = JSON.parse(user);
    expect(conversation).toHaveLength(3);
    expect(conversation[2]).toEqual({ role: 'user', text: 'And now?' });
    expect(user.length).toBeLessThan(4_000);
    expect(user).not.toContain('secret');
  });

  it.each(['{"route": "other"}', '{"route": "gardening"}', 'none of them', '', '{"route": 3}'])(
    'match nothing if it says %s',
    async (text) => {
      const { ask } = await setup(() => text);
      expect((await ask()).map(({ status }) => status)).toEqual(['not_matched', 'not_matched']);
    },
  );

  it('have no answer if it has none', async () => {
    const { ask } = await setup(() => ({ status: 503, body: 'busy' }));
    await expect(ask()).rejects.toThrow('answered with status 503: busy');
  });

  it('cost a remote call then, and the encoder without such a model', async () => {
    const { remote } = await setup(() => '');
    expect(preferenceFamily.costOf?.('code', rules, remote)).toBe('remote');
    expect(preferenceFamily.costOf?.('code', rules, undefined)).toBe('encoder');
  });

  it('know a route by any case, and by its bare name', () => {
    expect(routeIn('{"route": "CODE"}', ['code'])).toBe('code');
    expect(routeIn('"code".', ['code'])).toBe('code');
    expect(routeIn('Code', ['code', 'Code'])).toBe('Code');
    expect(routeIn('CODE', ['code', 'Code'])).toBeUndefined();
  });
});
