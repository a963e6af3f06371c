/**
 * The view of a request that signals read.
 *
 * @module
 */
import type { RoutingRequest } from '../apis/types.js';
import type { Encoded, Encoder } from '../inference/types.js';
import { defaultHistory, type HistorySettings, mixReadings, topicTurns } from './history.js';
import { joinReadings, Readings, type Wants } from './readings.js';
import { estimateRequestTokens } from './token-estimate.js';
import type { MessageView, SignalRequest, Topic } from './types.js';

/**
 * What the request is about: the last user message with text. If there is none, the text of all other
 * messages, joined by a space.
 */
export function selectText(messages: readonly MessageView[]): string {
  const last = messages.findLast(({ role, text }) => role === 'user' && text.trim() !== '');
  if (last !== undefined) return last.text;
  return messages
    .filter(({ role, text }) => role !== 'user' && text.trim() !== '')
    .map(({ text }) => text)
    .join(' ');
}

/** Builds the view. What costs time is computed when it is first asked for, and once. */
export function createSignalRequest(
  request: RoutingRequest,
  encoder: Encoder | undefined,
  history: HistorySettings = defaultHistory,
): SignalRequest {
  const text = selectText(request.messages);
  const scratch = new Map<symbol, unknown>();
  const readings = new Readings(encoder);
  let tokens: number | undefined;
  /** A request without a user message is about what its other messages say. */
  const turnsOf = () => {
    const turns = topicTurns(request.messages, history);
    return turns.length > 0 ? turns : [{ text, message: request.messages.length - 1, weight: 1 }];
  };
  let turns: ReturnType<typeof turnsOf> | undefined;
  let mixed: Encoded | undefined;
  const topic = async (wants: Wants): Promise<Topic> => {
    turns ??= turnsOf();
    const parts = await Promise.all(
      turns.map(async ({ text: turn, weight }) => {
        const { encoded } = await readings.encode(turn, wants);
        return { encoded, weight };
      }),
    );
    const encoded = mixReadings(parts);
    if (turns.length > 1) mixed = mixed === undefined ? encoded : joinReadings(mixed, encoded);
    return {
      encoded,
      turns: turns.length > 1 ? turns.map(({ message, weight }) => ({ message, weight })) : [],
    };
  };
  return {
    text,
    messages: request.messages,
    toolDefinitions: request.toolDefinitionCount,
    identity: request.identity,
    metadata: request.metadata ?? {},
    contextTokens() {
      tokens ??= estimateRequestTokens(request);
      return tokens;
    },
    encode: (wants) => readings.encode(text, wants),
    encodeText: (other, wants) => readings.encode(other, wants),
    topic,
    knownTopic: () => mixed,
    scan: (other, options) => readings.scan(other, options),
    memo<T>(key: symbol, compute: () => T): T {
      // One key always holds what its owner computed, a link that the type system cannot express.
      if (!scratch.has(key)) scratch.set(key, compute());
      return scratch.get(key) as T;
    },
  };
}
