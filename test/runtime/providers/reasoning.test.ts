import { expect, test } from 'vitest';
import { JsonObjectText } from '../../../src/runtime/apis/json-object.js';
import { applyReasoning, hostDialectOf } from '../../../src/runtime/providers/reasoning.js';
import type { ReasoningDialect } from '../../../src/runtime/providers/types.js';
import { backend } from '../proxy/support.js';

const qwen: ReasoningDialect = { type: 'chat_template_kwargs', parameter: 'enable_thinking' };
const gpt: ReasoningDialect = { type: 'reasoning_effort', parameter: 'reasoning_effort' };
const mistral: ReasoningDialect = { type: 'top_level_reasoning_effort', parameter: 'reasoning_effort' };
const on = { enabled: true, effort: 'high' };
const off = { enabled: false, effort: 'high' };
const kept = { reasoning_effort: 'minimal' };

test.each([
  [qwen, 'generic', on, {}, { chat_template_kwargs: { enable_thinking: true } }],
  [qwen, 'generic', off, {}, { chat_template_kwargs: { enable_thinking: false } }],
  [
    qwen,
    'generic',
    on,
    { chat_template_kwargs: { x: 1 }, ...kept },
    { chat_template_kwargs: { x: 1, enable_thinking: true }, ...kept },
  ],
  [gpt, 'generic', on, kept, { chat_template_kwargs: { reasoning_effort: 'high' } }],
  [gpt, 'generic', off, {}, { chat_template_kwargs: { reasoning_effort: 'low' } }],
  [gpt, 'generic', off, kept, { chat_template_kwargs: { reasoning_effort: 'minimal' } }],
  [gpt, 'top-level', on, kept, { reasoning_effort: 'high' }],
  [gpt, 'top-level', off, kept, kept],
  [gpt, 'top-level', off, {}, {}],
  [
    mistral,
    'generic',
    on,
    { chat_template_kwargs: { reasoning_effort: 'low' } },
    { reasoning_effort: 'high' },
  ],
  [mistral, 'generic', off, kept, kept],
  [
    qwen,
    'deepseek',
    on,
    { chat_template_kwargs: {} },
    { thinking: { type: 'enabled' }, reasoning_effort: 'high' },
  ],
  [qwen, 'deepseek', off, kept, { thinking: { type: 'disabled' } }],
  [undefined, 'generic', on, kept, kept],
  [undefined, 'deepseek', off, kept, kept],
] as const)('family %j at a %s host, %j', (family, host, choice, before, after) => {
  const body = new JsonObjectText(JSON.stringify(before));
  applyReasoning(body, family, host, choice);
  expect(JSON.parse(body.toString())).toEqual(after);
});

test.each([
  ['https://api.deepseek.com/v1', 'openai', 'deepseek'],
  ['https://api.openai.com/v1', 'openai', 'top-level'],
  ['https://eu.openrouter.ai/api/v1', 'openai', 'top-level'],
  ['http://gateway.internal/v1', 'openrouter', 'top-level'],
  ['http://10.0.0.1:8000/v1', 'openai', 'generic'],
  ['http://notopenrouter.ai/v1', 'vllm', 'generic'],
])('%s (%s) speaks %s', (url, vendor, dialect) => {
  expect(hostDialectOf(backend(1, { url, vendor }))).toBe(dialect);
});
