import { describe, expect, it } from 'vitest';
import { readRouting } from '../../../src/runtime/apis/chat.js';
import type { RoutingRequest } from '../../../src/runtime/apis/types.js';
import { conversationFamily } from '../../../src/runtime/signals/conversation.js';
import { issuesOf, outcome } from './fake-request.js';

type Json = Record<string, unknown>;

const call = (id: string) => ({ id, type: 'function', function: { name: 'look_up', arguments: '{"q":1}' } });
const user = (content: unknown = 'Hello'): Json => ({ role: 'user', content });
const calls = (...ids: string[]): Json => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const result = (id: string): Json => ({ role: 'tool', tool_call_id: id, content: 'found' });
const answer: Json = { role: 'assistant', content: 'Here it is.' };
const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };

const request = (messages: readonly Json[], more: Json = {}): RoutingRequest =>
  readRouting({ messages, ...more }, 'auto', 0);

const rule = (type: string, source: Json, predicate?: Json) => ({
  name: 'c',
  feature: { type, source },
  ...(predicate && { predicate }),
});

const value = async (source: Json, asked: RoutingRequest, type = 'count') => {
  const found = await outcome(conversationFamily, rule(type, source), asked);
  return found.status === 'unavailable' ? found.reason : found.value;
};

describe('the conversation signal', () => {
  const long = request([
    { role: 'system', content: 'Be brief.' },
    { role: 'developer', content: 'Be kind.' },
    user(),
    calls('a', 'b'),
    result('a'),
    result('b'),
    answer,
    user([{ type: 'text', text: 'And this?' }, image, image]),
  ]);

  it('counts messages by role', async () => {
    const of = (role?: string) => value({ type: 'message', ...(role && { role }) }, long);
    expect(await of()).toBe(8);
    expect(await of('user')).toBe(2);
    expect(await of('assistant')).toBe(2);
    expect(await of('system')).toBe(1);
    expect(await of('developer')).toBe(1);
    expect(await of('tool')).toBe(2);
    expect(await of('non_user')).toBe(6);
  });

  it('takes the result of a function, as older clients send it, for a tool result', async () => {
    const old = request([user(), { role: 'assistant', function_call: { name: 'f', arguments: '{}' } }]);
    expect(await value({ type: 'assistant_tool_call' }, old)).toBe(1);
    const answered = request([
      user(),
      { role: 'assistant', function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: '1' },
    ]);
    expect(await value({ type: 'message', role: 'tool' }, answered)).toBe(1);
    expect(await value({ type: 'assistant_tool_cycle' }, answered)).toBe(1);
  });

  it('counts tools, calls, answered turns and images', async () => {
    expect(await value({ type: 'assistant_tool_call' }, long)).toBe(2);
    expect(await value({ type: 'assistant_tool_cycle' }, long)).toBe(1);
    expect(await value({ type: 'image_content' }, long)).toBe(2);
    const tools = request([user()], { tools: [{}, {}], functions: [{}] });
    expect(await value({ type: 'tool_definition' }, tools)).toBe(3);
    expect(await value({ type: 'tool_definition' }, tools, 'exists')).toBe(1);
  });

  it('counts an answered turn once, however many calls and results it has', async () => {
    const twice = request([user(), calls('a', 'b'), result('a'), result('b'), calls('c'), result('c')]);
    expect(await value({ type: 'assistant_tool_cycle' }, twice)).toBe(2);
    const open = request([user(), calls('a'), user('never mind')]);
    expect(await value({ type: 'assistant_tool_cycle' }, open)).toBe(0);
  });

  it.each<readonly [what: string, messages: Json[], active: number]>([
    ['a first question', [user()], 0],
    ['calls without results', [user(), calls('a')], 1],
    ['a result at the end', [user(), calls('a'), result('a')], 1],
    ['one of two results', [user(), calls('a', 'b'), result('a')], 1],
    ['a word of the user after a result', [user(), calls('a'), result('a'), user('go on')], 1],
    ['an answer after the result', [user(), calls('a'), result('a'), answer], 0],
    ['the next question', [user(), calls('a'), result('a'), answer, user('thanks')], 0],
    ['calls that were given up long ago', [user(), calls('a'), user('stop'), answer, user('hm')], 0],
  ])('sees whether tools are being used: %s', async (_, messages, active) => {
    expect(await value({ type: 'active_tool_loop' }, request(messages))).toBe(active);
  });

  it('matches by its predicate, else when there is any', async () => {
    const status = async (source: Json, predicate: Json | undefined, type = 'count') =>
      (await outcome(conversationFamily, rule(type, source, predicate), long)).status;
    expect(await status({ type: 'message', role: 'user' }, { gte: 2 })).toBe('matched');
    expect(await status({ type: 'message', role: 'user' }, { gt: 2 })).toBe('not_matched');
    expect(await status({ type: 'tool_definition' }, { lt: 1 })).toBe('matched');
    expect(await status({ type: 'tool_definition' }, undefined)).toBe('not_matched');
    expect(await status({ type: 'image_content' }, undefined)).toBe('matched');
    expect(await status({ type: 'image_content' }, { lte: 0 }, 'exists')).toBe('not_matched');
  });

  it('refuses what cannot be meant', () => {
    const source = { type: 'message', role: 'user' };
    expect(issuesOf(conversationFamily, rule('count', source, { gt: 3, lt: 2 }))).toEqual([
      '0.predicate: No number can satisfy these bounds together.',
    ]);
    expect(issuesOf(conversationFamily, rule('count', { type: 'image_content', role: 'user' }))).toEqual([
      '0.feature.source.role: found `user`, but only `message` sources have a role; remove it',
    ]);
    expect(issuesOf(conversationFamily, rule('exists', source, { gt: 0 }))).toHaveLength(1);
    expect(issuesOf(conversationFamily, rule('density', source))).toHaveLength(1);
    expect(issuesOf(conversationFamily, rule('count', { type: 'message', role: 'robot' }))).toHaveLength(1);
  });
});
