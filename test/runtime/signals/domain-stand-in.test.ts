import { afterEach, describe, expect, it } from 'vitest';
import type { McpServerSettings } from '../../../src/runtime/external/mcp/settings.js';
import { noRemoteSettings, RemoteServices } from '../../../src/runtime/external/services.js';
import { domainFamily } from '../../../src/runtime/signals/domain.js';
import { signalLimits, signalLimitsSchema, underLimits } from '../../../src/runtime/signals/limits.js';
import { createSignalRequest } from '../../../src/runtime/signals/request.js';
import { httpServer, startMcpServer } from '../../support/mcp-server.js';
import { encoded, fakeEncoder, userSays } from './fake-request.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A domain model to which everything is law. */
const lawyer = () =>
  fakeEncoder(() =>
    encoded(
      [1],
      [
        {
          model: 'mom-domain-classifier',
          labels: ['law', 'math', 'other'],
          probabilities: [0.8, 0.15, 0.05],
          threshold: 0.5,
        },
      ],
    ),
  );

async function goneServer(more: Parameters<typeof httpServer>[1] = {}): Promise<McpServerSettings> {
  const server = await startMcpServer();
  await server.close();
  return httpServer(server.url, more);
}

async function setup(servers: readonly McpServerSettings[], rules: readonly unknown[], deadlineMs?: number) {
  const remote = new RemoteServices({ ...noRemoteSettings, categoryServers: servers }, []);
  closing.push(() => remote.close());
  const encoder = lawyer();
  const limits = signalLimits(signalLimitsSchema.parse({ deadline_ms: deadlineMs }));
  const compiled = domainFamily
    .compile(
      rules.map((rule) => domainFamily.schema.parse(rule)),
      { encoder, remote },
    )
    .map((rule) => underLimits(rule, 'domain', true, limits));
  const request = createSignalRequest(userSays('a contract'), encoder);
  return { encoder, compiled, request, remote };
}

describe('the domain model, where no server answers', () => {
  it('answers, and says in whose place and why', async () => {
    const { compiled, request } = await setup([await goneServer()], [{ name: 'law' }, { name: 'math' }]);
    const [law, math] = await Promise.all(compiled.map((rule) => rule.evaluate(request)));
    expect(law).toMatchObject({
      status: 'matched',
      score: 0.8,
      evidence: [
        'law',
        expect.stringMatching(/^by mom-domain-classifier in its place: .*cannot be connected/),
      ],
      standIn: { by: 'mom-domain-classifier', because: expect.stringContaining('cannot be connected') },
    });
    expect(math).toMatchObject({ status: 'not_matched', standIn: { by: 'mom-domain-classifier' } });
  });

  it('answers when a server takes too long, by its own time or that of the signal', async () => {
    const silent = await startMcpServer({ mode: 'silent' });
    closing.push(() => silent.close());
    const byServer = await setup([httpServer(silent.url, { timeoutMs: 50 })], [{ name: 'law' }]);
    expect(await byServer.compiled[0]?.evaluate(byServer.request)).toMatchObject({
      status: 'matched',
      standIn: { by: 'mom-domain-classifier' },
    });
    const bySignal = await setup([httpServer(silent.url)], [{ name: 'law' }], 50);
    expect(await bySignal.compiled[0]?.evaluate(bySignal.request)).toMatchObject({
      status: 'matched',
      standIn: { because: 'no answer within its deadline of 50 ms' },
    });
  });

  it('is not asked for what only the server knows, and does not deny it', async () => {
    const rules = [
      { name: 'poetry' },
      { name: 'legal', mmlu_categories: ['law', 'tax'] },
      { name: 'numbers', mmlu_categories: ['math', 'counting'] },
    ];
    const { compiled, request, encoder } = await setup([await goneServer()], rules);
    const poetry = await compiled[0]?.evaluate(request);
    expect(poetry).toMatchObject({
      status: 'unavailable',
      reason: expect.stringMatching(/cannot be connected.*; the domain model does not know poetry$/),
    });
    expect(encoder.texts).toEqual([]);
    expect(await compiled[1]?.evaluate(request)).toMatchObject({ status: 'matched' });
    expect(await compiled[2]?.evaluate(request)).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('does not know counting'),
    });
  });

  it('is silent where one of the servers is not to be replaced', async () => {
    const servers = [await goneServer(), await goneServer({ name: 'only me', fallback: 'none' })];
    const { compiled, request, encoder } = await setup(servers, [{ name: 'law' }]);
    expect(await compiled[0]?.evaluate(request)).toMatchObject({ status: 'unavailable' });
    expect(encoder.texts).toEqual([]);
  });

  it('leaves the word to any server that answers', async () => {
    const server = await startMcpServer({
      categories: ['math', 'law'],
      answer: { class: 0, confidence: 0.9, probabilities: undefined },
    });
    closing.push(() => server.close());
    const servers = [await goneServer(), httpServer(server.url)];
    const { compiled, request, encoder } = await setup(servers, [{ name: 'law' }, { name: 'math' }]);
    expect(await compiled[0]?.evaluate(request)).toMatchObject({ status: 'not_matched' });
    expect(await compiled[1]?.evaluate(request)).toMatchObject({ status: 'matched' });
    expect(encoder.texts).toEqual([]);
  });

  it('does not ask a server that fails again with each rule of a request', async () => {
    const failing = await startMcpServer({ mode: 'error' });
    closing.push(() => failing.close());
    const { compiled, request } = await setup([httpServer(failing.url)], [{ name: 'law' }, { name: 'math' }]);
    for (const rule of compiled) await rule.evaluate(request);
    expect(failing.classifier.state.calls).toBe(1);
  });

  it('has no say when the one who waits has left', async () => {
    const silent = await startMcpServer({ mode: 'silent' });
    closing.push(() => silent.close());
    const { compiled, request, encoder } = await setup([httpServer(silent.url)], [{ name: 'law' }]);
    const caller = new AbortController();
    const asked = compiled[0]?.evaluate(request, caller.signal);
    caller.abort(new Error('gone'));
    expect(await asked).toEqual({ status: 'unavailable', reason: 'gone' });
    expect(encoder.texts).toEqual([]);
  });
});
