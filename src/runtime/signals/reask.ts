/**
 * `reask`: whether the user asks again what they have asked before, by similarity to their earlier turns.
 *
 * @module
 */
import { z } from 'zod';
import { messageOf } from '../errors.js';
import { clampToUnit } from '../math/probabilities.js';
import { cosine } from '../math/vectors.js';
import { differenceBetween } from '../text/same-question.js';
import { noEncoder } from './encoder-outcome.js';
import { description, unitNumber } from './rule-fields.js';
import { embeddingWants } from './text-embeddings.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

const defaultThreshold = 0.8;

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  threshold: unitNumber
    .default(defaultThreshold)
    .describe(
      'Least similarity to an earlier turn, a cosine of sentence embeddings; 0 means 0.8. Texts that differ in numbers, a negation, or one word for another are not the same question, however similar.',
    ),
  lookback_turns: z
    .number()
    .int()
    .min(0)
    .max(32)
    .default(1)
    .describe(
      'Earlier user turns, counted from the last one, that must all be the same question; 0 means 1.',
    ),
});

type ReaskRule = z.infer<typeof schema>;

/** An earlier turn compared with the current one. */
interface Comparison {
  readonly message: number;
  /** Cosine; 0 if the words tell the two questions apart. */
  readonly similarity: number;
  readonly note: string;
}

/** The last `count` user turns before the current one, newest first. */
function earlierTurns(request: SignalRequest, count: number): { message: number; text: string }[] {
  const said = request.messages.flatMap(({ role, text }, message) =>
    role === 'user' && text.trim() !== '' ? [{ message, text }] : [],
  );
  return said.slice(0, -1).reverse().slice(0, count);
}

async function compare(request: SignalRequest, count: number, least: number): Promise<readonly Comparison[]> {
  const turns = earlierTurns(request, count);
  if (turns.length === 0) return [];
  const { encoded: current } = await request.encode(embeddingWants);
  return Promise.all(
    turns.map(async ({ message, text }) => {
      const { encoded } = await request.encodeText(text, embeddingWants);
      const similarity = cosine(current.embedding, encoded.embedding);
      // Of texts that are not similar the words say nothing.
      const difference = similarity < least ? undefined : differenceBetween(request.text, text);
      return difference === undefined
        ? { message, similarity, note: `messages[${message}]` }
        : { message, similarity: 0, note: `messages[${message}]: differs (${difference})` };
    }),
  );
}

/** Files of the original write 0 for what they leave to the default. */
function lookbackOf({ lookback_turns: turns }: ReaskRule): number {
  return Math.max(1, turns);
}

function thresholdOf({ threshold }: ReaskRule): number {
  return threshold || defaultThreshold;
}

function judge(rule: ReaskRule, turns: readonly Comparison[]): SignalOutcome {
  const threshold = thresholdOf(rule);
  const lookback = lookbackOf(rule);
  const counted = turns.slice(0, lookback);
  const value = counted.length < lookback ? 0 : Math.min(...counted.map(({ similarity }) => similarity));
  return {
    status: counted.length === lookback && value >= threshold ? 'matched' : 'not_matched',
    score: clampToUnit(value),
    value,
    threshold,
    evidence: counted.length < lookback ? ['too few earlier turns'] : counted.map(({ note }) => note),
  };
}

export const reaskFamily: SignalFamily<ReaskRule> = {
  type: 'reask',
  configKey: 'reasks',
  summary: 'Notices that the user asks the same question again.',
  cost: 'encoder',
  schema,
  compile(rules, { encoder }) {
    const shared = Symbol('earlier turns');
    const most = Math.max(0, ...rules.map(lookbackOf));
    const least = Math.min(1, ...rules.map(thresholdOf));
    return rules.map((rule) => ({
      name: rule.name,
      reads: embeddingWants,
      async evaluate(request) {
        if (earlierTurns(request, 1).length === 0) return judge(rule, []);
        if (encoder === undefined) return noEncoder;
        try {
          return judge(rule, await request.memo(shared, () => compare(request, most, least)));
        } catch (error) {
          return { status: 'unavailable', reason: messageOf(error) };
        }
      },
    }));
  },
};
