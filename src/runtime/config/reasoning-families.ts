/**
 * Model families whose way of switching reasoning on and off is known.
 *
 * @module
 */
import type { ReasoningDialect } from '../providers/types.js';

export const reasoningFamilies: ReadonlyMap<string, ReasoningDialect> = new Map([
  ['qwen3', { type: 'chat_template_kwargs', parameter: 'enable_thinking' }],
  ['deepseek', { type: 'chat_template_kwargs', parameter: 'thinking' }],
  ['gpt-oss', { type: 'reasoning_effort', parameter: 'reasoning_effort' }],
  ['gpt', { type: 'reasoning_effort', parameter: 'reasoning_effort' }],
  ['mistral', { type: 'top_level_reasoning_effort', parameter: 'reasoning_effort' }],
]);
