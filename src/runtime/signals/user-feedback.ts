/**
 * `user_feedback`: what the text says about the answer before it, by the feedback head of the shared encoder
 * pass.
 *
 * @module
 */
import { z } from 'zod';
import { headOf, modelNames } from '../classify/models.js';
import { topLabel } from '../classify/reading.js';
import { feedbackTypeOf, feedbackTypes, withPhrases } from '../classify/user-feedback.js';
import type { HeadOutput } from '../inference/types.js';
import { noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import { checkFixedNames } from './fixed-names.js';
import { description, unitNumber } from './rule-fields.js';
import type { MessageView, SignalFamily, SignalOutcome } from './types.js';

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe(`One of ${feedbackTypes.join(', ')}.`),
  description,
  threshold: unitNumber
    .optional()
    .describe(
      'Least probability of the label, which must also be the most probable one. Below it nothing matches, `satisfied` neither. Default: `modules.feedback.threshold`, else what the model recommends.',
    ),
});

type FeedbackRule = z.infer<typeof schema>;

/** Whether the last user message with text comes after an answer; before one there is nothing to judge. */
export function followsAnswer(messages: readonly MessageView[]): boolean {
  const last = messages.findLastIndex(({ role, text }) => role === 'user' && text.trim() !== '');
  return messages
    .slice(0, Math.max(0, last))
    .some(
      ({ role, text, toolCalls }) => role === 'assistant' && (text.trim() !== '' || (toolCalls ?? 0) > 0),
    );
}

function judge(rule: FeedbackRule, head: HeadOutput, configured: number | undefined): SignalOutcome {
  const threshold = rule.threshold ?? configured ?? head.threshold;
  const top = topLabel(head);
  let value = 0;
  head.labels.forEach((label, index) => {
    if (feedbackTypeOf(label) === rule.name) value = head.probabilities[index] ?? 0;
  });
  const type = feedbackTypeOf(top.label);
  return {
    status: type === rule.name && value >= threshold ? 'matched' : 'not_matched',
    score: value,
    value,
    threshold,
    evidence: [type ?? top.label],
  };
}

export const userFeedbackFamily: SignalFamily<FeedbackRule> = {
  type: 'user_feedback',
  configKey: 'user_feedbacks',
  summary: 'Reads a follow-up as feedback on the answer before it.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    checkFixedNames(rules, feedbackTypes, report);
  },
  compile(rules, { encoder, thresholds }) {
    return rules.map((rule) => ({
      name: rule.name,
      reads: [modelNames.feedback],
      evaluate(request) {
        if (!followsAnswer(request.messages)) {
          return { status: 'not_matched', evidence: ['there is no answer before it'] };
        }
        if (encoder === undefined) return noEncoder;
        return outcomeOfEncoded(request, [modelNames.feedback], (encoded) =>
          judge(rule, withPhrases(headOf(encoded, modelNames.feedback), request.text), thresholds?.feedback),
        );
      },
    }));
  },
};
