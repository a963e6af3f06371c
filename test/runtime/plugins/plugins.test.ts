import { expect, test } from 'vitest';
import { pluginKinds } from '../../../src/runtime/plugins/index.js';

function kind(type: string): (typeof pluginKinds)[number] {
  const found = pluginKinds.find((candidate) => candidate.type === type);
  if (found === undefined) throw new Error(`no plugin ${type}`);
  return found;
}

function accepts(type: string, configuration: unknown): boolean {
  return kind(type).schema.safeParse(configuration).success;
}

test('an answer of our own comes before everything that shapes the request', () => {
  expect(pluginKinds.map(({ type }) => type)).toEqual(['fast_response', 'system_prompt', 'header_mutation']);
});

test.each([
  'Authorization',
  'host',
  'Content-Length',
  'content-type',
  'X-API-Key',
  'cookie',
  'connection',
  'transfer-encoding',
  'x-vsr-selected-model',
  'x-authz-user-id',
  'x-user-openai-key',
  'not a name',
])('header_mutation refuses %s', (name) => {
  expect(accepts('header_mutation', { add: [{ name, value: 'v' }] })).toBe(false);
  expect(accepts('header_mutation', { update: [{ name, value: 'v' }] })).toBe(false);
  expect(accepts('header_mutation', { delete: [{ name }] })).toBe(false);
});

test('header_mutation refuses values that would break out of their line', () => {
  expect(accepts('header_mutation', { add: [{ name: 'x-a', value: 'a\r\nx-b: c' }] })).toBe(false);
});

test('header_mutation removes first, then sets', () => {
  const calls: string[] = [];
  const configuration = kind('header_mutation').schema.parse({
    add: [{ name: 'X-A', value: '1' }],
    update: [{ name: 'x-b', value: '2' }],
    delete: ['X-A', { name: 'x-c' }],
  });
  kind('header_mutation')
    .compile(configuration)
    ?.onRequest({
      setSystemPrompt: () => undefined,
      setHeader: (name, value) => calls.push(`${name}=${value}`),
      deleteHeader: (name) => calls.push(`-${name}`),
    });
  expect(calls).toEqual(['-x-a', '-x-c', 'x-a=1', 'x-b=2']);
});

test('plugins can be switched off, and then need nothing else', () => {
  const off = kind('system_prompt').schema.parse({ enabled: false });
  expect(kind('system_prompt').compile(off)).toBeUndefined();
  expect(accepts('system_prompt', {})).toBe(false);
  expect(kind('fast_response').compile({ enabled: false, message: 'm' })).toBeUndefined();
  expect(kind('header_mutation').compile({})).toBeUndefined();
});

test('fast_response needs a message, system_prompt knows two modes', () => {
  expect(accepts('fast_response', {})).toBe(false);
  expect(accepts('system_prompt', { system_prompt: 'p', mode: 'append' })).toBe(false);
});
