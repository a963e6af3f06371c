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
 * What this turn brings: the last user message, and what tools have answered since, or others of whom nobody knows
 * who they are. With `history` every message of every role. Each text once. A request without a user message has all
 * its texts read.
 */
export function guardedTexts(request: SignalRequest, history: boolean): GuardedText[] {
  const all = request.messages.flatMap(({ role, text }, index) =>
    text.trim() === '' ? [] : [{ role, text, source: `messages[${index}]` }],
  );
  const last = all.findLastIndex(({ role }) => role === 'user');
  const chosen = history || last < 0 ? all : all.slice(last).filter(({ role }) => !ownRoles.has(role));
  const texts = new Map(chosen.map(({ text, source }) => [text, source]));
  return [...texts].map(([text, source]) => ({ text, source }));
}

/** Who speaks for whoever runs the model, or for the model. */
const ownRoles: ReadonlySet<string> = new Set(['system', 'developer', 'assistant']);
