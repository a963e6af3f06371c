import { expect, test } from 'vitest';
import { readChatRequest } from '../../../src/runtime/apis/chat.js';
import { setSystemPrompt } from '../../../src/runtime/apis/chat-edit.js';
import { isVsrError } from '../../../src/runtime/errors.js';

function read(body: unknown): ReturnType<typeof readChatRequest> {
  return readChatRequest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

function problem(body: Buffer | unknown): { code: string; param: string | undefined } {
  try {
    readChatRequest(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
  } catch (error) {
    if (isVsrError(error)) return { code: error.code, param: error.param };
    throw error;
  }
  throw new Error('accepted');
}

const user = { role: 'user', content: 'hi' };

test('content may be a string, parts or null', () => {
  const request = read({
    model: ' auto ',
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'be' }, { text: 'brief' }] },
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'x' } },
          { type: 'text', text: 'see' },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] },
      { role: 'tool', content: '42' },
      { content: 'no role' },
    ],
    tools: [{ type: 'function' }],
    max_completion_tokens: 7,
    max_tokens: 9,
    metadata: { tenant: 'a' },
  });
  expect(request).toMatchObject({
    model: 'auto',
    stream: true,
    includeUsage: true,
    imageCount: 1,
    toolCallCount: 1,
    toolDefinitionCount: 1,
    maxOutputTokens: 7,
    metadata: { tenant: 'a' },
    structuredChars: '[{"type":"function"}]'.length + 'f{"a":1}'.length,
  });
  expect(request.messages).toEqual([
    { role: 'system', text: 'be brief', toolCalls: 0, images: 0 },
    { role: 'user', text: 'see', toolCalls: 0, images: 1 },
    { role: 'assistant', text: '', toolCalls: 1, images: 0 },
    { role: 'tool', text: '42', toolCalls: 0, images: 0 },
    { role: 'user', text: 'no role', toolCalls: 0, images: 0 },
  ]);
});

test('no text is hidden from guards by the form of its part or the case of a role', () => {
  const [first, ...others] = read({
    model: 'a',
    messages: [
      { role: ' User ', content: { type: 'text', text: 'no list' } },
      {
        role: 'user',
        content: [
          { type: 'refusal', refusal: 'a' },
          { type: 'thinking', thinking: 'b' },
          { type: 'refusal', text: '', refusal: 'c', thinking: 7 },
          { type: 'thinking', text: 'd', thinking: 'e' },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'output_text', text: 'c' }, { type: 'x' }, null, 3, 'd', [{ text: 'e' }]],
      },
      { role: 'user', content: 7 },
    ],
  }).messages;
  expect(first).toMatchObject({ role: 'user', text: 'no list' });
  expect(others.map(({ text }) => text)).toEqual(['a b c d e', 'c d', '']);
});

test('a byte-order mark is accepted', () => {
  expect(read(`\ufeff${JSON.stringify({ model: 'a', messages: [user] })}`).model).toBe('a');
});

test.each([
  ['no model', { messages: [user] }, 'model'],
  ['model of another type', { model: 3, messages: [user] }, 'model'],
  ['blank model', { model: ' ', messages: [user] }, 'model'],
  ['no messages', { model: 'a' }, 'messages'],
  ['messages of another type', { model: 'a', messages: 'hi' }, 'messages'],
  ['empty messages', { model: 'a', messages: [] }, 'messages'],
  ['a message that is no object', { model: 'a', messages: [user, 'x'] }, 'messages[1]'],
  ['no object', [user], undefined],
])('%s is refused', (_name, body, param) => {
  expect(problem(body)).toEqual({ code: 'VSR_REQUEST_INVALID', param });
});

test('what is no UTF-8 is refused', () => {
  expect(problem(Buffer.from([0x7b, 0xff, 0x7d])).code).toBe('VSR_REQUEST_INVALID');
});

test.each([
  ['insert', [user], [{ role: 'system', content: 'P' }, user]],
  ['replace', [user], [{ role: 'system', content: 'P' }, user]],
  ['insert', [{ role: 'system', content: 'S\n"' }, user], [{ role: 'system', content: 'P\n\nS\n"' }, user]],
  [
    'replace',
    [user, { role: 'developer', content: 'S', name: 'n' }],
    [user, { role: 'developer', content: 'P', name: 'n' }],
  ],
  [
    'insert',
    [{ role: 'system', content: [{ type: 'text', text: 'S' }] }, user],
    [
      {
        role: 'system',
        content: [
          { type: 'text', text: 'P' },
          { type: 'text', text: 'S' },
        ],
      },
      user,
    ],
  ],
  ['insert', [{ role: 'system', content: null }], [{ role: 'system', content: 'P' }]],
] as const)('system prompt: %s', (mode, messages, expected) => {
  const request = read({ model: 'a', messages });
  setSystemPrompt(request.body, request.messages, 'P', mode);
  expect(JSON.parse(request.body.toString())).toEqual({ model: 'a', messages: expected });
});

test('two system prompts end up in one message', () => {
  const request = read({ model: 'a', messages: [user] });
  setSystemPrompt(request.body, request.messages, 'second', 'insert');
  setSystemPrompt(request.body, request.messages, 'first', 'insert');
  expect(JSON.parse(request.body.toString()).messages).toEqual([
    { role: 'system', content: 'first\n\nsecond' },
    user,
  ]);
});

test.each([
  ['Messages', { messages: [user], Messages: [{ role: 'user', content: 'other' }] }],
  ['MODEL', { messages: [user], MODEL: 'other' }],
  ['meſſages', { messages: [user], meſſages: [] }],
  ['toolſ', { messages: [user], toolſ: [] }],
  ['messages[1].Content', { messages: [user, { ...user, Content: 'other' }] }],
  ['messages[0].ROLE', { messages: [{ ...user, ROLE: 'system' }] }],
  [
    'messages[].content[].Text',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', Text: 'other' }] }] },
  ],
])('what only servers blind to case would read is refused: %s', (param, fields) => {
  expect(problem({ model: 'auto', ...fields })).toEqual({ code: 'VSR_REQUEST_INVALID', param });
});

test('members that only look unusual are left alone', () => {
  const text = '{"model":"auto","X-Extra":1,"Seed":2,"messages":[{"role":"user","content":"hi","Name":"a"}]}';
  expect(read(text).body.toString()).toBe(text);
});

test('of a repeated model or messages everybody gets the one that was read', () => {
  const request = read(
    '{"model":"a","messages":[{"role":"user","content":"first"}],"model":"b","messages":[{"role":"user","content":"last"}],"x":1,"x":2}',
  );
  expect(request.model).toBe('b');
  expect(request.messages[0]?.text).toBe('last');
  expect(request.body.toString()).toBe(
    '{"model":"b","messages":[{"role":"user","content":"last"}],"x":1,"x":2}',
  );
});
