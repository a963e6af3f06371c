/**
 * The built-in model: answers without any server, so that routing can be tried before a model is
 * connected. Its answers say that they come from it.
 *
 * @module
 */
import type { ChatRequest } from '../apis/chat.js';
import type { LocalCompletion } from '../apis/completion.js';

const maxQuote = 600;

/** About four bytes per token, as for English text. */
function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}

/** Cuts at a character boundary, never inside a surrogate pair. */
function quoted(text: string): string {
  if (text.length <= maxQuote) return text;
  const cut = text.slice(0, maxQuote).replace(/[\ud800-\udbff]$/, '');
  return `${cut}… (${text.length - cut.length} more characters)`;
}

/** What the built-in model answers to a request that was routed to `model`. */
export function echoCompletion(request: ChatRequest, model: string, prompt: string): LocalCompletion {
  const text = [
    `[built-in echo model] Your prompt was routed to \`${model}\`, which has no model server behind it yet.`,
    '',
    'You wrote:',
    '',
    `> ${quoted(prompt).replaceAll('\n', '\n> ')}`,
    '',
    'To get real answers, start a model server such as Ollama or vLLM, or set a key such as OPENAI_API_KEY, and run `vllm-sr serve` again. `vllm-sr init` writes a configuration to build on.',
  ].join('\n');
  let promptTokens = 0;
  for (const message of request.messages) promptTokens += estimateTokens(message.text) + 4;
  return { origin: 'echo', model, text, promptTokens, completionTokens: estimateTokens(text) };
}
