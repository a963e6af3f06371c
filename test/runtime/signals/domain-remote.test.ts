import { afterEach, describe, expect, it } from 'vitest';
import type { McpServerSettings } from '../../../src/runtime/external/mcp/settings.js';
import { noRemoteSettings, RemoteServices } from '../../../src/runtime/external/services.js';
import { domainFamily } from '../../../src/runtime/signals/domain.js';
import { remoteCategory } from '../../../src/runtime/signals/domain-remote.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { httpServer, type McpHttpServer, startMcpServer } from '../../support/mcp-server.js';
import { userSays } from './fake-request.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(options: Parameters<typeof startMcpServer>[0] = {}): Promise<McpHttpServer> {
  const server = await startMcpServer(options);
  closing.push(() => server.close());
  return server;
}

function services(...categoryServers: McpServerSettings[]): RemoteServices {
  const remote = new RemoteServices({ ...noRemoteSettings, categoryServers }, ['biology', 'business']);
  closing.push(() => remote.close());
  return remote;
}

/** Names of the rules that match, and what else they say. */
async function ask(remote: RemoteServices, rules: readonly unknown[], text: string) {
  const compiled = domainFamily.compile(
    rules.map((rule) => domainFamily.schema.parse(rule)),
    { encoder: undefined, remote },
  );
  const request = createSignalRequest(userSays(text), undefined);
  const outcomes = await Promise.all(
    compiled.map(async (rule) => ({ name: rule.name, ...(await rule.evaluate(request)) })),
  );
  return { outcomes, matched: outcomes.flatMap(({ name, status }) => (status === 'matched' ? [name] : [])) };
}

describe('domains by a server', () => {
  const rules = [
    { name: 'Math', description: 'by its name' },
    { name: 'legal', mmlu_categories: ['law', 'tax'] },
    { name: 'other' },
  ];

  it('match by the categories of the server, whatever they are', async () => {
    const remote = services(httpServer((await started()).url));
    expect((await ask(remote, rules, 'the derivative')).matched).toEqual(['Math']);
    expect((await ask(remote, rules, 'a contract')).matched).toEqual(['legal']);
  });

  it('fall back to `other` below the threshold of the server', async () => {
    const server = await started({ answer: { class: 0, confidence: 0.4, probabilities: undefined } });
    const { matched, outcomes } = await ask(services(httpServer(server.url)), rules, 'x');
    expect(matched).toEqual(['other']);
    expect(outcomes[2]).toMatchObject({
      score: 0.6,
      evidence: ['other (math is not sure enough)', 'by test'],
    });
    const named = httpServer(server.url, { fallbackCategory: 'law' });
    expect((await ask(services(named), rules, 'x')).matched).toEqual(['legal']);
    expect((await ask(services(httpServer(server.url, { threshold: 0.3 })), rules, 'x')).matched).toEqual([
      'Math',
    ]);
  });

  it('compare with a threshold of their own first', async () => {
    const server = await started({ answer: { class: 0, confidence: 0.6, probabilities: undefined } });
    const strict = [{ name: 'math', threshold: 0.7 }, { name: 'other' }];
    expect((await ask(services(httpServer(server.url)), strict, 'x')).matched).toEqual([]);
  });

  it('add up the probabilities of the categories of a rule', async () => {
    const server = await started({
      categories: ['math', 'law', 'tax'],
      answer: { class: 0, confidence: 0.4, probabilities: [0.4, 0.3, 0.3] },
    });
    const { outcomes, matched } = await ask(services(httpServer(server.url)), rules, 'x');
    expect(matched).toEqual(['legal', 'other']);
    expect(outcomes[1]).toMatchObject({ score: 0.6, value: 0.6 });
  });

  it('pass on what the server suggests', async () => {
    const server = await started({ answer: { model: 'big', use_reasoning: false } });
    const { outcomes } = await ask(services(httpServer(server.url)), rules, 'the derivative');
    expect(outcomes[0]).toMatchObject({
      evidence: ['math', 'by test', 'suggests model big', 'suggests no reasoning'],
    });
  });

  it('hear several servers, and those alone that answer', async () => {
    const one = await started();
    const two = await started({ categories: ['poetry', 'tax'] });
    const gone = await startMcpServer();
    await gone.close();
    const remote = services(
      httpServer(one.url, { name: 'one' }),
      httpServer(two.url, { name: 'two' }),
      httpServer(gone.url, { name: 'gone' }),
    );
    const { matched, outcomes } = await ask(remote, [...rules, { name: 'poetry' }], 'a poetry contract');
    expect(matched).toEqual(['legal', 'poetry']);
    expect(outcomes[3]).toMatchObject({ evidence: ['poetry', 'by two', expect.stringContaining('`gone`')] });
  });

  it('are unavailable with the reason if no server answers', async () => {
    const gone = await startMcpServer();
    await gone.close();
    const { outcomes } = await ask(services(httpServer(gone.url)), [{ name: 'math' }], 'x');
    expect(outcomes[0]).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('cannot be connected'),
    });
    await expect(remoteCategory('x', services(httpServer(gone.url)).categoryServers)).rejects.toMatchObject({
      code: 'VSR_INFERENCE_UNAVAILABLE',
    });
  });

  it('give the surest category with its uncertainty', async () => {
    const server = await started();
    const category = await remoteCategory('the derivative', services(httpServer(server.url)).categoryServers);
    expect(category).toMatchObject({ label: 'math', confidence: 0.9, threshold: 0.5 });
    expect([...category.probabilities.keys()]).toEqual(['math', 'law', 'other']);
  });

  it('cost a remote call, and no pass of the encoder', () => {
    const remote = services(httpServer('http://127.0.0.1:1/mcp'));
    expect(domainFamily.costOf?.('math', [], remote)).toBe('remote');
    expect(domainFamily.costOf?.('math', [], services())).toBe('encoder');
  });
});
