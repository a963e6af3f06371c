/**
 * Chat completions that the router writes itself, as JSON or as a stream.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';

export interface LocalCompletion {
  /** What the id says about its origin: `chatcmpl-<origin>-…`. */
  readonly origin: string;
  readonly model: string;
  readonly text: string;
  /** Default: `stop`. */
  readonly finishReason?: 'stop' | 'content_filter';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

function usageOf({ promptTokens, completionTokens }: LocalCompletion): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function head(
  completion: LocalCompletion,
  object: string,
): { id: string; object: string; created: number; model: string } {
  return {
    id: `chatcmpl-${completion.origin}-${randomUUID()}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: completion.model,
  };
}

/** A `chat.completion` body. */
export function completionJson(completion: LocalCompletion): string {
  return JSON.stringify({
    ...head(completion, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: completion.text, refusal: null },
        logprobs: null,
        finish_reason: completion.finishReason ?? 'stop',
      },
    ],
    usage: usageOf(completion),
  });
}

/** Words with the white space after them; joined they give `text` again. */
function words(text: string): readonly string[] {
  return text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
}

/** The same completion as a server-sent event stream: one chunk per word, then `[DONE]`. */
export function completionStream(completion: LocalCompletion, includeUsage: boolean): string {
  const common = head(completion, 'chat.completion.chunk');
  const frame = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({
      ...common,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      // With usage asked for, OpenAI sends `usage: null` in every chunk but the last.
      ...(includeUsage ? { usage: null } : {}),
    })}\n\n`;
  let stream = frame({ role: 'assistant', content: '' }, null);
  for (const word of words(completion.text)) stream += frame({ content: word }, null);
  stream += frame({}, completion.finishReason ?? 'stop');
  if (includeUsage)
    stream += `data: ${JSON.stringify({ ...common, choices: [], usage: usageOf(completion) })}\n\n`;
  return `${stream}data: [DONE]\n\n`;
}
