/**
 * Requests from the command line and from JSON Lines.
 *
 * @module
 */
import { asObject, readRouting } from '../../runtime/apis/chat.js';
import { readIdentity } from '../../runtime/apis/identity.js';
import type { RoutingRequest } from '../../runtime/apis/types.js';
import { isVsrError, VsrError } from '../../runtime/errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** A request with one user message. */
export function promptRequest(
  prompt: string,
  model: string,
  { identity, metadata }: Pick<RoutingRequest, 'identity' | 'metadata'> = {},
): RoutingRequest {
  return readRouting({ messages: [{ role: 'user', content: prompt }], metadata }, model, 0, identity);
}

/**
 * The request of a row: `prompt` (or `text`), or `messages` as in a chat request, tools included; `metadata` and
 * `identity` (`{user_id, groups}`) if it has them. Throws VSR_INPUT_INVALID with what to write instead.
 */
export function rowRequest(fields: Fields, model: string): RoutingRequest {
  const prompt = fields.prompt ?? fields.text;
  const identity = readIdentity(fields.identity);
  if (fields.messages !== undefined) {
    if (prompt !== undefined) throw invalid('has both `prompt` and `messages`', 'Keep one of them.');
    try {
      return readRouting(fields, model, structuredChars(fields), identity);
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
  return promptRequest(prompt, model, { identity, metadata: asObject(fields.metadata) });
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
