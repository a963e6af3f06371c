import { afterEach, describe, expect, it } from 'vitest';
import { loadConfigText } from '../../src/runtime/config/load.js';
import type { Encoder } from '../../src/runtime/inference/types.js';
import { pushDebugHeaders } from '../../src/runtime/proxy/response-headers.js';
import { createRouter } from '../../src/runtime/selection/router.js';
import type { Router } from '../../src/runtime/selection/types.js';
import { evalResponse } from '../../src/runtime/server/eval-response.js';
import { encoded, fakeEncoder, userSays } from '../runtime/signals/fake-request.js';
import { type ChatReply, startChatServer } from '../support/chat-server.js';
import { startMcpServer } from '../support/mcp-server.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Setup {
  readonly mcp?: Parameters<typeof startMcpServer>[0];
  readonly settings?: string;
  readonly judge?: () => ChatReply;
  readonly limits?: string;
  readonly encoder?: Encoder;
}

async function setup({
  mcp = {},
  settings = '',
  judge = () => '{"route": "code"}',
  limits = '{}',
  encoder,
}: Setup = {}) {
  const [server, chat] = await Promise.all([startMcpServer(mcp), startChatServer(judge)]);
  const router = createRouter(
    loadConfigText(
      `version: v0.3
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: h}]}
    - {name: big, backend_refs: [{endpoint: h}]}
    - {name: coder, backend_refs: [{endpoint: h}]}
routing:
  signals:
    domains: [{name: mathematics, mmlu_categories: [math]}, {name: law}]
    preferences: [{name: code, description: writing programs}]
    classifiers: [{name: mood, type: llm, model: mood-model, labels: [angry, calm]}]
  decisions:
    - {name: angry, priority: 90, rules: {type: classifier, name: mood, label: angry, predicate: {gte: 0.8}}, modelRefs: [{model: big}]}
    - {name: math, priority: 50, rules: {type: domain, name: mathematics}, modelRefs: [{model: small}, {model: big}]}
    - {name: coding, priority: 40, rules: {type: preference, name: code}, modelRefs: [{model: coder}]}
global:
  router: {signals: ${limits}}
  model_catalog:
    external:
      - {model_role: preference, llm_model_name: judge, llm_endpoint: {address: 127.0.0.1, port: ${chat.port}}}
      - {model_role: classification, name: mood-model, llm_model_name: q, llm_endpoint: {address: 127.0.0.1, port: ${chat.port}}}
    modules: {classifier: {mcp: {name: sorter, url: "${server.url}"${settings}}}}
`,
      'config.yaml',
      {},
    ),
    encoder,
  );
  closing.push(
    () => server.close(),
    () => chat.close(),
    () => router.remote.close(),
  );
  return { router, server, chat };
}

/** A domain model to which everything is mathematics. */
const mathematician = fakeEncoder(() =>
  encoded(
    [1],
    [{ model: 'mom-domain-classifier', labels: ['law', 'math'], probabilities: [0.1, 0.9], threshold: 0.5 }],
  ),
);

async function plan(router: Router, text: string) {
  const made = await router.plan(userSays(text));
  return { decision: made.evaluation.decision?.name, model: made.target?.model.name, plan: made };
}

describe('routing by services of others', () => {
  const fair = (): ChatReply => '{"scores": {"angry": 0.1, "calm": 0.9}, "route": "code"}';

  it('needs no model of its own', async () => {
    const { router } = await setup({ judge: fair });
    expect(router.needsEncoder).toBe(false);
    expect(await plan(router, 'the derivative of x')).toMatchObject({ decision: 'math', model: 'small' });
    expect(await plan(router, 'a parser please')).toMatchObject({ decision: 'coding', model: 'coder' });
  });

  it('compares the value of a label', async () => {
    const { router } = await setup({ judge: () => '{"scores": {"angry": 0.95}}' });
    expect(await plan(router, 'GO AWAY')).toMatchObject({ decision: 'angry' });
  });

  it('reads the category and its uncertainty from the server', async () => {
    const { router } = await setup({ judge: fair });
    const { evaluation } = (await plan(router, 'the derivative of x')).plan;
    expect(evaluation.category).toBe('math');
    expect(evaluation.domain?.uncertainty.level).toBe('low');
  });

  it('follows what the server suggests only where it is told to', async () => {
    const mcp = { answer: { model: 'big', use_reasoning: true } };
    const shown = await setup({ mcp, judge: fair });
    expect((await plan(shown.router, 'the derivative')).plan).toMatchObject({
      modelRef: { model: 'small' },
      reasoning: { enabled: false },
    });
    const heard = await setup({ mcp, judge: fair, settings: ', use_suggestions: true' });
    expect((await plan(heard.router, 'the derivative')).plan).toMatchObject({
      modelRef: { model: 'big' },
      reasoning: { enabled: true },
      reason: 'server `sorter` suggests it among the models of decision `math`',
    });
    const elsewhere = await setup({
      mcp: { answer: { model: 'coder' } },
      judge: fair,
      settings: ', use_suggestions: true',
    });
    expect(await plan(elsewhere.router, 'the derivative')).toMatchObject({ model: 'small' });
  });

  it('counts answers of the domain model in place of a server, and shows them', async () => {
    const { router, server } = await setup({ judge: fair, encoder: mathematician });
    expect([router.needsEncoder, router.usesEncoder]).toEqual([false, true]);
    await server.close();
    const made = (await plan(router, 'the derivative of x')).plan;
    expect(made).toMatchObject({ evaluation: { decision: { name: 'math' }, category: 'math' } });
    const response = evalResponse(router, userSays('x'), made.evaluation, { trace: true });
    expect(response.signal_fallbacks).toEqual({
      'domain:mathematics': expect.stringContaining('cannot be connected'),
    });
    expect(JSON.stringify(response.eval_trace)).toContain('"standIn":{"by":"mom-domain-classifier"');
    const headers: string[] = [];
    pushDebugHeaders(headers, made.evaluation, { routingMs: 1, firstByteMs: undefined });
    expect(headers.join(' ')).toContain('x-vsr-fallback-signals domain:mathematics');
  });

  it('shows no category of the domain model where that may not stand in', async () => {
    const { router, server } = await setup({
      judge: fair,
      encoder: mathematician,
      settings: ', fallback: none',
    });
    await server.close();
    const { evaluation } = (await plan(router, 'the derivative of x')).plan;
    expect(evaluation).toMatchObject({ decision: { name: 'coding' }, category: undefined });
  });

  it('goes on without a service that is late, and says so', async () => {
    const { router } = await setup({
      judge: () => undefined,
      limits: '{families: {preference: {deadline_ms: 20}, classifier: {deadline_ms: 20}}}',
    });
    const { plan: made, decision, model } = await plan(router, 'a parser please');
    expect([decision, model]).toEqual([undefined, 'small']);
    expect(made.evaluation.signals.find(({ type }) => type === 'preference')?.outcome).toEqual({
      status: 'unavailable',
      reason: 'no answer within its deadline of 20 ms',
    });
  });

  it('may let a service without an answer count as a match', async () => {
    const { router } = await setup({
      judge: () => ({ status: 500, body: 'no' }),
      limits: '{rules: {"preference:code": {on_unavailable: match}}}',
    });
    expect(await plan(router, 'a parser please')).toMatchObject({ decision: 'coding' });
  });
});
