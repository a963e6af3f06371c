/**
 * `POST /api/v1/classify/user-feedback`.
 *
 * @module
 */
import { readRouting } from '../../apis/chat.js';
import { classifyFeedback } from '../../classify/user-feedback.js';
import { labelFieldsOf, optionsOf, refused, textOf } from './input.js';
import { type Fields, modelsOf, post } from './route.js';

/** The follow-up: `text`, or the last user message of `messages`. */
function followUp(fields: Fields): string {
  if (fields.messages === undefined) return textOf(fields);
  if (fields.text !== undefined) {
    throw refused('text', 'and `messages` exclude each other', 'Send one of them.');
  }
  const { messages } = readRouting(fields, 'auto', 0);
  const last = messages.findLast(({ role, text }) => role === 'user' && text.trim() !== '');
  if (last !== undefined) return last.text;
  throw refused('messages', 'has no user message with text', 'End it with what the user says to the answer.');
}

export const userFeedbackRoute = post(
  '/api/v1/classify/user-feedback',
  'What a follow-up {text}, or the last user message of {messages}, says about the answer before it.',
  async ({ context, fields }) => {
    const text = followUp(fields);
    const options = optionsOf(fields);
    const threshold = options.fraction('confidence_threshold');
    const labelFields = labelFieldsOf(options);
    const start = performance.now();
    const reading = await classifyFeedback(text, modelsOf(context), threshold);
    return {
      feedback_type: reading.type,
      label: reading.label,
      confidence: reading.confidence,
      threshold: reading.threshold,
      truncated: reading.view !== 'whole',
      ...labelFields(reading.probabilities),
      processing_time_ms: performance.now() - start,
    };
  },
);
