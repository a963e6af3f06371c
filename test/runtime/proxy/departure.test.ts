import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import type { Caller } from '../../../src/runtime/signals/types.js';
import { startMcpServer } from '../../support/mcp-server.js';
import { backend, completion, config, fakeRouter, model, type Opened, proxy, upstream } from './support.js';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Waits as long as a busy machine may take. */
function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000 });
}

/** A router whose preference is decided by a model that answers when the test says so. */
async function setup(more = '') {
  const held: ServerResponse[] = [];
  const ended: ServerResponse[] = [];
  const judge: Opened = await upstream((_request, response) => {
    held.push(response);
    response.on('close', () => ended.push(response));
  });
  const small: Opened = await upstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(completion));
  });
  const text = `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: small}, models: [{name: small, backend_refs: [{endpoint: "127.0.0.1:${small.port}"}]}]}
routing:
  signals: {preferences: [{name: code, description: programs}]}
  decisions: [{name: coding, rules: {type: preference, name: code}, modelRefs: [{model: small}]}]
global:
${more}
  model_catalog:
    external: [{model_role: preference, llm_model_name: judge, llm_endpoint: {address: 127.0.0.1, port: ${judge.port}}}]
`;
  const router = createRouter(loadConfigText(text, 'test', {}), undefined);
  const running = await proxy(router);
  closing.push(
    () => judge.close(),
    () => small.close(),
    () => running.close(),
    () => router.remote.close(),
  );
  const ask = (content: string, signal?: AbortSignal) =>
    fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content }] }),
      ...(signal && { signal }),
    });
  const answer = (response: ServerResponse | undefined) =>
    response?.end(JSON.stringify({ choices: [{ message: { content: '{"route": "code"}' } }] }));
  return { ask, held, ended, answer, running };
}

describe('a client that leaves while a service is asked for it', () => {
  it.each([
    ['', 'as it is'],
    ['  router: {signals: {deadline_ms: 60000}}', 'under a deadline'],
  ])('ends the call %s%s', async (more) => {
    const { ask, held, ended, running } = await setup(more);
    const leaving = new AbortController();
    const asked = ask('a parser', leaving.signal);
    await eventually(() => expect(held).toHaveLength(1));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(ended).toHaveLength(1));
    expect(running.records.at(-1)).toMatchObject({ errorReason: 'client_closed', plan: undefined });
  });

  it('leaves alone what another one waits for', async () => {
    const { ask, held, ended, answer, running } = await setup();
    const leaving = new AbortController();
    const asked = ask('a parser', leaving.signal);
    await eventually(() => expect(held).toHaveLength(1));
    const other = ask('a parser');
    // It has arrived when a third question of another text has.
    const third = ask('a compiler');
    await eventually(() => expect(held).toHaveLength(2));
    await eventually(() => expect(running.context.activity.active).toBe(3));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    expect(ended).toHaveLength(0);
    for (const response of held) answer(response);
    expect((await other).headers.get('x-vsr-selected-decision')).toBe('coding');
    expect((await third).headers.get('x-vsr-selected-decision')).toBe('coding');
    expect(held).toHaveLength(2);
  });

  it('does not keep the next one from asking the same anew', async () => {
    const { ask, held, ended, answer } = await setup();
    const leaving = new AbortController();
    const asked = ask('a parser', leaving.signal);
    await eventually(() => expect(held).toHaveLength(1));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(ended).toHaveLength(1));
    const again = ask('a parser');
    await eventually(() => expect(held).toHaveLength(2));
    answer(held[1]);
    expect((await again).headers.get('x-vsr-selected-decision')).toBe('coding');
  });
});

describe('an evaluation whose caller leaves', () => {
  it('hears of it, though it asks about the caller only afterwards', async () => {
    const small = await upstream(() => undefined);
    const plain = fakeRouter(config([model('small', [backend(small.port)])]));
    const callers: (Caller | undefined)[] = [];
    const running = await proxy({
      ...plain,
      plan(_, caller) {
        callers.push(caller);
        return new Promise(() => undefined);
      },
    });
    closing.push(
      () => small.close(),
      () => running.close(),
    );
    const leaving = new AbortController();
    const asked = fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'hi' }] }),
      signal: leaving.signal,
    });
    await eventually(() => expect(callers).toHaveLength(1));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => expect(running.records).toHaveLength(1));
    expect(callers[0]?.signal.aborted).toBe(true);
  });

  it('ends the call of a classifying server, and asks nothing further', async () => {
    const server = await startMcpServer({ mode: 'silent' });
    const judge = await upstream((_request, response) => response.end('{}'));
    const asked = vi.fn();
    judge.server.on('request', asked);
    const text = `version: v0.3
listeners: [{port: 8899}]
providers: {defaults: {model: small}, models: [{name: small, backend_refs: [{endpoint: h}]}]}
routing:
  signals: {domains: [{name: law}], preferences: [{name: code, description: programs}]}
  decisions:
    - {name: legal, priority: 9, rules: {type: domain, name: law}, modelRefs: [{model: small}]}
    - {name: coding, priority: 1, rules: {type: preference, name: code}, modelRefs: [{model: small}]}
global:
  model_catalog:
    external: [{model_role: preference, llm_model_name: judge, llm_endpoint: {address: 127.0.0.1, port: ${judge.port}}}]
    modules: {classifier: {mcp: {name: sorter, url: "${server.url}"}}}
`;
    const router = createRouter(loadConfigText(text, 'test', {}), undefined);
    closing.push(
      () => server.close(),
      () => judge.close(),
      () => router.remote.close(),
    );
    const caller = new AbortController();
    const request = {
      model: 'auto',
      stream: false,
      messages: [{ role: 'user', text: 'a contract' }],
      structuredChars: 0,
      imageCount: 0,
      toolCallCount: 0,
      toolDefinitionCount: 0,
      maxOutputTokens: undefined,
      identity: undefined,
    };
    const evaluated = router.evaluate(request, 'lazy', caller);
    await eventually(() => expect(server.classifier.state.calls).toBe(1));
    caller.abort(new Error('gone'));
    const { signals } = await evaluated;
    expect(signals.map(({ outcome }) => outcome?.status)).toEqual(['unavailable', 'unavailable']);
    expect(asked).not.toHaveBeenCalled();
  });
});
