/**
 * Facts about the shape of a conversation: who spoke, which tools were called and answered.
 *
 * @module
 */
import type { MessageRole, MessageView } from './types.js';

/** Results of tools: `tool`, and `function` as older clients call it. */
export function isToolResult({ role }: MessageView): boolean {
  return role === 'tool' || role === 'function';
}

/** Tool calls of the assistant, over all messages. */
export function countToolCalls(messages: readonly MessageView[]): number {
  let calls = 0;
  for (const { role, toolCalls = 0 } of messages) if (role === 'assistant') calls += toolCalls;
  return calls;
}

/** Assistant turns whose tool calls were answered by at least one result before the assistant spoke again. */
export function countToolCycles(messages: readonly MessageView[]): number {
  let cycles = 0;
  let waiting = false;
  for (const message of messages) {
    if (message.role === 'assistant') waiting = (message.toolCalls ?? 0) > 0;
    else if (waiting && isToolResult(message)) {
      cycles++;
      waiting = false;
    }
  }
  return cycles;
}

/**
 * Whether the assistant is in the middle of using tools: the last message is a result, or the user's word
 * right after one, or the assistant's latest calls still lack results. Calls that were left open before
 * the assistant spoke again do not count: an abandoned call would otherwise keep a loop alive for ever.
 */
export function isToolLoopActive(messages: readonly MessageView[]): boolean {
  const last = messages.at(-1);
  if (last === undefined) return false;
  if (isToolResult(last)) return true;
  const before = messages.at(-2);
  if (last.role === 'user' && before !== undefined && isToolResult(before)) return true;
  const turn = messages.findLastIndex(({ role }) => role === 'assistant');
  const calls = messages[turn]?.toolCalls ?? 0;
  return calls > messages.slice(turn + 1).filter(isToolResult).length;
}

/** Images of all messages. */
export function countImages(messages: readonly MessageView[]): number {
  return messages.reduce((sum, { images = 0 }) => sum + images, 0);
}

/** Messages of a role; `non_user` stands for every other one, undefined for all. */
export function countMessages(messages: readonly MessageView[], role: MessageRole | undefined): number {
  if (role === undefined) return messages.length;
  return messages.filter((message) => {
    if (role === 'non_user') return message.role !== 'user';
    return role === 'tool' ? isToolResult(message) : message.role === role;
  }).length;
}
