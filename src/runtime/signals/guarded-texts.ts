/**
 * The texts that guards read.
 *
 * @module
 */
import type { SignalRequest } from './types.js';

/** A text of a request, and where it stands. */
export interface GuardedText {
  /** E.g. `messages[2]`. */
  readonly source: string;
  readonly text: string;
}

/** Texts that guards read at a time, so that one long conversation does not fill the queue of the model. */
export const guardConcurrency = 8;

/**
 * What this turn brings: the last user message, and what tools have answered since. With `history` every
 * message of every role. Each text once. A request without a user message has all its texts read.
 */
export function guardedTexts(request: SignalRequest, history: boolean): GuardedText[] {
  const all = request.messages.flatMap(({ role, text }, index) =>
    text.trim() === '' ? [] : [{ role, text, source: `messages[${index}]` }],
  );
  const last = all.findLastIndex(({ role }) => role === 'user');
  const chosen =
    history || last < 0 ? all : all.slice(last).filter(({ role }) => role === 'user' || isToolRole(role));
  const texts = new Map(chosen.map(({ text, source }) => [text, source]));
  return [...texts].map(([text, source]) => ({ text, source }));
}

function isToolRole(role: string): boolean {
  return role === 'tool' || role === 'function';
}
