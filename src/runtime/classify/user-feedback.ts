/**
 * What a follow-up says about the answer before it.
 *
 * @module
 */
import type { HeadOutput, TextView } from '../inference/types.js';
import { phrasedFeedback } from './feedback-phrases.js';
import { type ClassifierModels, encoderFor, headOf, modelNames } from './models.js';
import { type LabelReading, probabilitiesOf, topLabel } from './reading.js';

export const feedbackTypes = ['satisfied', 'need_clarification', 'wrong_answer', 'want_different'] as const;

export type FeedbackType = (typeof feedbackTypes)[number];

/** Published models write their labels in other ways; compared in lower case. */
const spellings: Readonly<Record<string, FeedbackType>> = {
  sat: 'satisfied',
  satisfied: 'satisfied',
  need_clarification: 'need_clarification',
  wrong_answer: 'wrong_answer',
  want_different: 'want_different',
};

export interface FeedbackReading extends LabelReading {
  readonly type: FeedbackType;
  readonly view: TextView;
  readonly passes: number;
}

/** The type that a model's label stands for. */
export function feedbackTypeOf(label: string): FeedbackType | undefined {
  return spellings[label.toLowerCase()];
}

/** What a set phrase makes of the probability of its type; the others keep their shares of the rest. */
const phraseCertainty = 0.9;

/** What the head says of a text, corrected by set phrases where the embedded head has said it. */
export function withPhrases(head: HeadOutput, text: string): HeadOutput {
  if (head.model !== modelNames.feedback) return head;
  const type = phrasedFeedback(text);
  const at = type === undefined ? -1 : head.labels.findIndex((label) => feedbackTypeOf(label) === type);
  const own = head.probabilities[at];
  if (own === undefined || own >= phraseCertainty) return head;
  const rest = (1 - phraseCertainty) / (1 - own);
  const probabilities = head.probabilities.map((value, index) =>
    index === at ? phraseCertainty : value * rest,
  );
  return { ...head, probabilities };
}

/**
 * Judges a follow-up. A complaint counts from the threshold on; below it the user counts as satisfied, and
 * the confidence is the probability that the complaint is none.
 *
 * @param threshold If left out that of the configuration, else the model's own.
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model cannot run.
 */
export async function classifyFeedback(
  text: string,
  models: ClassifierModels,
  threshold: number | undefined = models.thresholds?.feedback,
): Promise<FeedbackReading> {
  if (text.trim() === '') return { ...silent, threshold: threshold ?? 1 };
  const encoder = encoderFor(models, modelNames.feedback);
  const { encoded, passes } = await encoder.encode(text, { wants: [modelNames.feedback] });
  const head = withPhrases(headOf(encoded, modelNames.feedback), text);
  const least = threshold ?? head.threshold;
  const top = topLabel(head);
  const shared = { threshold: least, probabilities: probabilitiesOf(head), view: encoded.view, passes };
  const type = feedbackTypeOf(top.label);
  if (type !== undefined && (type === 'satisfied' || top.probability >= least)) {
    return { ...shared, type, label: top.label, confidence: top.probability };
  }
  const satisfied = head.labels.find((label) => feedbackTypeOf(label) === 'satisfied') ?? 'SAT';
  return { ...shared, type: 'satisfied', label: satisfied, confidence: 1 - top.probability };
}

const silent = {
  type: 'satisfied',
  label: 'SAT',
  confidence: 1,
  probabilities: new Map([['SAT', 1]]),
  view: 'whole',
  passes: 0,
} as const;
