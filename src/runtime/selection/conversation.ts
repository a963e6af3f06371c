/**
 * What stays the same while a conversation goes on.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { RoutingRequest } from '../apis/types.js';
import type { MessageView } from '../signals/types.js';

/** Everything before the assistant's first message: all that stays the same where no user speaks. */
export function untilAssistant(messages: readonly MessageView[]): readonly MessageView[] {
  const answer = messages.findIndex(({ role }) => role === 'assistant');
  return answer < 0 ? messages : messages.slice(0, answer);
}

/** Everything up to and including the user's first message; without one, all before the assistant's first. */
function beginning(messages: readonly MessageView[]): readonly MessageView[] {
  const first = messages.findIndex(({ role }) => role === 'user');
  return first < 0 ? untilAssistant(messages) : messages.slice(0, first + 1);
}

/**
 * A number in [0, 1) that follows from how the conversation began and who has it, so that all of its
 * requests get the same one; `purpose` keeps choices apart that have nothing to do with each other.
 */
export function shareOf(request: RoutingRequest, purpose: string): number {
  const hash = createHash('sha256').update(`${purpose}\u0000${request.identity?.userId ?? ''}`);
  for (const { role, text } of beginning(request.messages)) hash.update(`\u0000${role}\u0000${text}`);
  return hash.digest().readUInt32BE(0) / 2 ** 32;
}
