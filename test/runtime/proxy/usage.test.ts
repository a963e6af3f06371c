import { expect, test } from 'vitest';
import { UsageTail } from '../../../src/runtime/proxy/usage.js';

function usageOf(...chunks: string[]) {
  const tail = new UsageTail();
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.usage();
}

const usage = '"usage":{"prompt_tokens":3,"total_tokens":8,"completion_tokens":5}';
const counted = { promptTokens: 3, completionTokens: 5 };
const long = JSON.stringify('"usage" and '.repeat(2000));

test.each([
  ['at the end of a long answer', [`{"choices":[{"message":{"content":${long}}}],`, `${usage}}`]],
  ['before a long answer', [`{"id":"1",${usage},"choices":[{"message":{"content":${long}}}]}`]],
  ['in pieces of one byte', [...`{"id":"1",${usage},"choices":[{"message":{"content":${long}}}]}`]],
  [
    'in a stream whose last event says null again',
    [`data: {"choices":[],${usage}}\n\n`, 'data: {"choices":[],"usage":null}\n\ndata: [DONE]\n\n'],
  ],
])('usage is found %s', (_name, chunks) => {
  expect(usageOf(...chunks)).toEqual(counted);
});

test('an answer that only speaks of usage has none', () => {
  expect(usageOf(`{"choices":[{"message":{"content":${long}}}],"usage":null}`)).toBeUndefined();
  expect(usageOf('{"usage":{"total_tokens":3}}')).toBeUndefined();
  expect(usageOf()).toBeUndefined();
  const cut = `{"id":"${'1'.repeat(980)}",${usage},"choices":[{"message":{"content":${long}}}]}`;
  expect(usageOf(cut)).toBeUndefined();
});
