/**
 * What a conversation is about, where its last turn does not say so by itself.
 *
 * A follow-up hands most of its weight to the turn before it, which may be a follow-up too and hand it on:
 * the topic is a mix of turns, of their embeddings and of what the heads say of each. A turn with content of
 * its own keeps all of its weight, so that a change of topic is followed at once.
 *
 * @module
 */
import { z } from 'zod';
import type { Encoded, HeadOutput } from '../inference/types.js';
import { followUpProbability } from './follow-up.js';
import { unitNumber } from './rule-fields.js';
import type { MessageView, TurnWeight } from './types.js';

export const historySchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'Whether follow-ups such as "and in Python?" keep the topic of the turns before them. Read by `domain`, `embedding`, `complexity`, `preference` and `kb`; guards and keywords read every text as it is.',
      ),
    max_turns: z
      .number()
      .int()
      .min(0)
      .max(32)
      .default(6)
      .describe('Most earlier user turns that are looked at.'),
    decay: unitNumber
      .default(0.95)
      .describe('Share of its weight that a sure follow-up hands to the turn before it; 0 hands on nothing.'),
  })
  .describe('Earlier turns of a conversation.');

export interface HistorySettings {
  readonly enabled: boolean;
  readonly maxTurns: number;
  readonly decay: number;
}

export const defaultHistory: HistorySettings = { enabled: true, maxTurns: 6, decay: 0.95 };

/** Turns with less weight change nothing and are not worth a pass; theirs goes to the turn they follow. */
const leastWeight = 0.02;

/** A turn of the user that counts. */
export interface WeightedTurn extends TurnWeight {
  readonly text: string;
}

/**
 * The user turns that a request is about, newest first, with weights that sum to 1. One turn if it stands on
 * its own; none if no user message has text.
 */
export function topicTurns(messages: readonly MessageView[], settings: HistorySettings): WeightedTurn[] {
  const said = messages
    .flatMap(({ role, text }, message) => (role === 'user' && text.trim() !== '' ? [{ message, text }] : []))
    .slice(-(settings.maxTurns + 1))
    .reverse();
  const turns: WeightedTurn[] = [];
  let left = 1;
  for (const [index, turn] of said.entries()) {
    const last = index === said.length - 1 || !settings.enabled;
    const handed = last ? 0 : left * followUpProbability(turn.text) * settings.decay;
    turns.push({ ...turn, weight: left - handed });
    left = handed;
    if (left < leastWeight) break;
  }
  const sum = turns.reduce((total, { weight }) => total + weight, 0);
  return turns.map((turn) => ({ ...turn, weight: turn.weight / sum }));
}

/** One reading out of several, by weight. `parts` must not be empty; the first is the current turn. */
export function mixReadings(
  parts: readonly { readonly encoded: Encoded; readonly weight: number }[],
): Encoded {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('nothing to mix');
  if (rest.length === 0) return first.encoded;
  const embedding = new Float32Array(first.encoded.embedding.length);
  for (const { encoded, weight } of parts) {
    for (let at = 0; at < embedding.length; at++) {
      embedding[at] = (embedding[at] ?? 0) + weight * (encoded.embedding[at] ?? 0);
    }
  }
  let square = 0;
  for (const value of embedding) square += value * value;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  const heads = new Map<string, HeadOutput>();
  for (const [name, head] of first.encoded.heads) {
    const probabilities = head.probabilities.map((_, at) =>
      parts.reduce(
        (sum, { encoded, weight }) => sum + weight * (encoded.heads.get(name)?.probabilities[at] ?? 0),
        0,
      ),
    );
    heads.set(name, { ...head, probabilities });
  }
  return { ...first.encoded, embedding: embedding.map((value) => value * scale), heads };
}
