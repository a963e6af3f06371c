/**
 * Requests from the command line and from JSON Lines.
 *
 * @module
 */
import { readRouting } from '../../runtime/apis/chat.js';
import type { RoutingRequest } from '../../runtime/apis/types.js';
import { isVsrError, VsrError } from '../../runtime/errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** A request with one user message. */
export function promptRequest(prompt: string, model: string): RoutingRequest {
  return readRouting({ messages: [{ role: 'user', content: prompt }] }, model, 0);
}

/**
 * The request of a row: `prompt` (or `text`), or `messages` as in a chat request, tools included. Throws
 * VSR_INPUT_INVALID with what to write instead.
 */
export function rowRequest(fields: Fields, model: string): RoutingRequest {
  const prompt = fields.prompt ?? fields.text;
  if (fields.messages !== undefined) {
    if (prompt !== undefined) throw invalid('has both `prompt` and `messages`', 'Keep one of them.');
    try {
      return readRouting(fields, model, structuredChars(fields));
    } catch (error) {
      if (isVsrError(error))
        throw invalid(
          error.message,
          'Write messages as in a chat request: [{"role": "user", "content": "…"}].',
        );
      throw error;
    }
  }
  if (prompt === undefined)
    throw invalid('has neither `prompt` nor `messages`', 'Add "prompt": "…" to the row.');
  if (typeof prompt !== 'string')
    throw invalid('`prompt` is no string', 'Write the prompt as one JSON string.');
  if (prompt.trim() === '') throw invalid('`prompt` is empty', 'Write a prompt, or delete the row.');
  return promptRequest(prompt, model);
}

function invalid(message: string, hint: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { hint });
}

/** Tool definitions and schemas count as the data plane counts them: by the length of their JSON. */
function structuredChars(fields: Fields): number {
  return ['tools', 'functions', 'response_format'].reduce((sum, key) => {
    const value = fields[key];
    return value === undefined || value === null ? sum : sum + JSON.stringify(value).length;
  }, 0);
}
