import { afterEach, describe, expect, it } from 'vitest';
import { ChatClient } from '../../../src/runtime/external/chat-client.js';
import type { ExternalModel } from '../../../src/runtime/external/external-models.js';
import { type ChatReply, type ChatServer, startChatServer } from '../../support/chat-server.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setup(
  reply: () => ChatReply,
  more: Partial<ExternalModel> = {},
): Promise<{ client: ChatClient; server: ChatServer }> {
  const server = await startChatServer(reply);
  closing.push(() => server.close());
  const client = new ChatClient({
    name: 'judge',
    role: 'preference',
    model: 'qwen-1b',
    url: `http://127.0.0.1:${server.port}/v1/chat/completions`,
    apiKey: undefined,
    timeoutMs: 5_000,
    maxTokens: 50,
    cacheTtlMs: 60_000,
    ...more,
  });
  closing.push(() => client.close());
  return { client, server };
}

const question = [{ role: 'user' as const, content: 'Which?' }];

describe('asking an external model', () => {
  it('sends an OpenAI chat request at temperature 0, with the key', async () => {
    const { client, server } = await setup(() => 'this', { apiKey: 'k-1' });
    expect(await client.ask(question)).toBe('this');
    expect(server.questions[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer k-1' },
      body: { model: 'qwen-1b', messages: question, temperature: 0, max_tokens: 50, stream: false },
    });
  });

  it('asks the same question once, unless told to', async () => {
    const { client, server } = await setup(() => 'this');
    await Promise.all([client.ask(question), client.ask(question)]);
    await client.ask(question);
    expect(server.questions).toHaveLength(1);
    const forgetful = await setup(() => 'this', { cacheTtlMs: 0 });
    await forgetful.client.ask(question);
    await forgetful.client.ask(question);
    expect(forgetful.server.questions).toHaveLength(2);
  });

  it.each<readonly [what: string, reply: ChatReply, message: string]>([
    ['an error', { status: 500, body: 'out of\nmemory' }, 'answered with status 500: out of memory'],
    ['no JSON', { status: 200, body: '<html>' }, 'answered with no JSON: <html>'],
    ['no text', { status: 200, body: '{"choices":[]}' }, 'answered with no text: {"choices":[]}'],
    ['too much', { status: 200, body: 'x'.repeat(1024 * 1024 + 1) }, 'answered with more than 1 MiB'],
  ])('says what is wrong with %s, and asks anew the next time', async (_, reply, message) => {
    const { client, server } = await setup(() => reply);
    await expect(client.ask(question)).rejects.toThrow(`external model \`judge\` ${message}`);
    await expect(client.ask(question)).rejects.toThrow(message);
    expect(server.questions).toHaveLength(2);
  });

  it('says that nobody is there, without the key', async () => {
    const { client } = await setup(() => 'this', {
      url: 'http://127.0.0.1:1/v1/chat/completions',
      apiKey: 'k-1',
    });
    const error = await client.ask(question).catch((caught: unknown) => String(caught));
    expect(error).toContain('external model `judge` cannot be reached at http://127.0.0.1:1');
    expect(error).not.toContain('k-1');
  });

  it('gives up after its timeout, and when it is told to', async () => {
    const { client } = await setup(() => undefined, { timeoutMs: 30 });
    await expect(client.ask(question)).rejects.toMatchObject({ code: 'VSR_UPSTREAM_TIMEOUT' });
    const patient = await setup(() => undefined);
    const late = new AbortController();
    const asked = patient.client.ask(question, late.signal);
    await expect.poll(() => patient.server.questions.length).toBe(1);
    late.abort(new Error('too late'));
    await expect(asked).rejects.toThrow('too late');
  });
});
