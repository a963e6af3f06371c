/**
 * What the families that read the encoder have in common.
 *
 * @module
 */
import { messageOf } from '../errors.js';
import type { Encoded } from '../inference/types.js';
import type { SignalOutcome, SignalRequest } from './types.js';

export const noEncoder: SignalOutcome = { status: 'unavailable', reason: 'no model is loaded' };

/**
 * Outcome computed from what the conversation is about. See {@link outcomeOfEncoded}.
 *
 * @param wants Registry names of the outputs that `read` reads.
 */
export function outcomeOfTopic(
  request: SignalRequest,
  wants: readonly string[],
  read: (encoded: Encoded) => SignalOutcome | Promise<SignalOutcome>,
): Promise<SignalOutcome> {
  return outcomeOfText(request, async () => {
    const { encoded, turns } = await request.topic(wants);
    const outcome = await read(encoded);
    return outcome.status === 'unavailable' || turns.length === 0 ? outcome : { ...outcome, turns };
  });
}

/**
 * Outcome computed from the shared encoder pass. A text without content has no meaning to compare, so it
 * costs no pass and matches nothing; a model that fails makes the signal unavailable, never an exception.
 */
export function outcomeOfEncoded(
  request: SignalRequest,
  wants: readonly string[],
  read: (encoded: Encoded) => SignalOutcome | Promise<SignalOutcome>,
): Promise<SignalOutcome> {
  return outcomeOfText(request, async () => {
    const { encoded } = await request.encode(wants);
    return read(encoded);
  });
}

async function outcomeOfText(
  request: SignalRequest,
  read: () => Promise<SignalOutcome>,
): Promise<SignalOutcome> {
  if (request.text.trim() === '') return { status: 'not_matched' };
  try {
    return await read();
  } catch (error) {
    return { status: 'unavailable', reason: messageOf(error) };
  }
}
