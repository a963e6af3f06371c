import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import { createRouter } from '../../../src/runtime/selection/router.js';
import { type Opened, open, proxy, type Running } from './support.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Setup {
  readonly running: Running;
  /** Headers that reached the model server. */
  readonly seen: Record<string, unknown>[];
}

/** A router whose decision `staff` needs a role, in front of a model server that notes what it gets. */
async function setup(listener: string, authz: string, env: Record<string, string> = {}): Promise<Setup> {
  const seen: Record<string, unknown>[] = [];
  const upstream: Opened = await open(
    createServer((request, response) => {
      seen.push(request.headers);
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end('{"object":"chat.completion","choices":[{"finish_reason":"stop"}]}');
    }),
  );
  closing.push(upstream.close);
  const loaded = loadConfigText(
    `version: v0.3
listeners: [{name: main, address: 127.0.0.1, port: 1${listener}}]
providers:
  defaults: {model: small}
  models:
    - {name: small, backend_refs: [{endpoint: "127.0.0.1:${upstream.port}"}]}
    - {name: big, backend_refs: [{endpoint: "127.0.0.1:${upstream.port}"}]}
routing:
  signals:
    role_bindings:
      - {name: by-user, role: staff, subjects: [{kind: User, name: ada}, {kind: User, name: Zoë}]}
      - {name: by-group, role: staff, subjects: [{kind: Group, name: lab}]}
  decisions:
    - {name: staff, rules: {type: authz, name: staff}, modelRefs: [{model: big}]}
global: {services: {authz: ${authz}}}
`,
    'config.yaml',
    env,
  );
  const running = await proxy(createRouter(loaded, undefined));
  closing.push(running.close);
  return { running, seen };
}

/** The model that answers a request with these headers. */
async function modelFor({ running }: Setup, headers: Record<string, string> = {}): Promise<string | null> {
  const response = await fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"model":"auto","messages":[{"role":"user","content":"hi"}],"metadata":{"user":"ada"}}',
  });
  await response.text();
  return response.headers.get('x-vsr-selected-model');
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('who sends a request', () => {
  test('is not believed from anybody by default, and such headers stop here', async () => {
    const here = await setup('', '{}');
    expect(await modelFor(here, { 'x-authz-user-id': 'ada', 'x-authz-user-groups': 'lab' })).toBe('small');
    expect(Object.keys(here.seen[0] ?? {}).filter((name) => name.startsWith('x-authz'))).toEqual([]);
  });

  test('is believed from a trusted proxy alone, and goes no further', async () => {
    const trusting = await setup('', '{trusted_proxies: [127.0.0.0/8]}');
    expect(await modelFor(trusting, { 'x-authz-user-id': 'ada' })).toBe('big');
    expect(await modelFor(trusting, { 'x-authz-user-groups': 'x, lab ,y' })).toBe('big');
    expect(await modelFor(trusting, { 'x-authz-user-id': 'bob' })).toBe('small');
    expect(await modelFor(trusting)).toBe('small');
    expect(trusting.seen.flatMap((headers) => Object.keys(headers)).join()).not.toContain('x-authz');
    const other = await setup('', '{trusted_proxies: [10.0.0.0/8, "::1"]}');
    expect(await modelFor(other, { 'x-authz-user-id': 'ada' })).toBe('small');
  });

  test('may come in headers of other names, which go no further either', async () => {
    const renamed = await setup(
      '',
      '{trusted_proxies: [127.0.0.1], identity: {user_id_header: X-Who, user_groups_header: x-teams}}',
    );
    expect(await modelFor(renamed, { 'x-who': 'ada' })).toBe('big');
    expect(await modelFor(renamed, { 'X-Teams': 'lab' })).toBe('big');
    expect(await modelFor(renamed, { 'x-authz-user-id': 'ada' })).toBe('small');
    expect(renamed.seen.every((headers) => !('x-who' in headers) && !('x-teams' in headers))).toBe(true);
  });

  test('is unknown if a header comes twice: one of them may be the client’s own', async () => {
    const trusting = await setup('', '{trusted_proxies: [127.0.0.1]}');
    const body = '{"model":"auto","messages":[{"role":"user","content":"hi"}]}';
    const { request } = await import('node:http');
    const model = await new Promise((resolve) => {
      const call = request(
        `${trusting.running.url}/v1/chat/completions`,
        { method: 'POST', headers: { 'x-authz-user-id': ['ada', 'bob'] } },
        (response) => {
          response.resume();
          resolve(response.headers['x-vsr-selected-model']);
        },
      );
      call.end(body);
    });
    expect(model).toBe('small');
  });

  test('may have a name beyond ASCII', async () => {
    const trusting = await setup('', '{trusted_proxies: [127.0.0.1]}');
    expect(await modelFor(trusting, { 'x-authz-user-id': latin1('Zoë') })).toBe('big');
  });

  test('follows from an API key, and a trusted proxy knows better', async () => {
    const keys =
      ', api_keys: [plain, {key: of-ada, user: ada}, {key_env: LAB_KEY, groups: [lab]}, {key: of-bob, user: bob}]';
    const keyed = await setup(keys, '{}', { LAB_KEY: 'of-lab' });
    const by = (key: string, more: Record<string, string> = {}) =>
      modelFor(keyed, { authorization: `Bearer ${key}`, ...more });
    expect(await by('of-ada')).toBe('big');
    expect(await by('of-lab')).toBe('big');
    expect(await by('of-bob')).toBe('small');
    expect(await by('plain')).toBe('small');
    expect(await by('of-bob', { 'x-authz-user-id': 'ada' })).toBe('small');
    expect(await by('nope')).toBe(null);
    const both = await setup(keys, '{trusted_proxies: [127.0.0.1]}', { LAB_KEY: 'of-lab' });
    const headers = { authorization: 'Bearer of-bob', 'x-authz-user-id': 'ada' };
    expect(await modelFor(both, headers)).toBe('big');
  });
});
