/**
 * `POST /api/v1/classify/batch`.
 *
 * @module
 */
import { mapLimited } from '../../classify/limited.js';
import { type BatchItem, batchResponse } from '../classify-response.js';
import { Options, optionsOf, textsOf } from './input.js';
import { categoryOfText } from './intent.js';
import { findPii, piiRequestOf } from './pii.js';
import { modelsOf, post, type RouteCall } from './route.js';
import { securityBody } from './security.js';

const mostTexts = 1_000;
/** Fills the batches of the model; more would only wait. */
const concurrency = 16;

/** Tasks that a batch can be of. */
export const batchTasks = ['intent', 'pii', 'security', 'all'] as const;

type Judge = (text: string, options: Options, call: RouteCall) => Promise<BatchItem>;

async function intent(text: string, options: Options, call: RouteCall): Promise<BatchItem> {
  const withProbabilities = options.flag('return_probabilities');
  const { label, confidence, probabilities } = await categoryOfText(text, call);
  const item = { category: label, confidence };
  if (!withProbabilities) return item;
  return { ...item, probabilities: Object.fromEntries(probabilities) };
}

async function pii(text: string, options: Options, { context, signal }: RouteCall): Promise<BatchItem> {
  const { body: whole, reading } = await findPii(text, piiRequestOf(options, signal), modelsOf(context));
  const { processing_time_ms: _, ...body } = whole;
  const [first] = reading.entities;
  const confidence =
    first === undefined
      ? 1 - reading.doubt
      : reading.entities.reduce((most, entity) => Math.max(most, entity.confidence), 0);
  return { category: first?.type ?? 'no_pii', confidence, ...body };
}

async function security(text: string, options: Options, { context, signal }: RouteCall): Promise<BatchItem> {
  const { processing_time_ms: _, ...body } = await securityBody(text, options, modelsOf(context), signal);
  return { category: body.is_jailbreak ? 'jailbreak' : 'safe', ...body };
}

const judges: Readonly<Record<(typeof batchTasks)[number], Judge>> = {
  intent,
  pii,
  security,
  /** The category is that of the intent; each task's own answer stands beside it. */
  async all(text, options, call) {
    const [category, personal, guard] = await Promise.all([
      intent(text, options, call),
      pii(text, options, call),
      security(text, options, call),
    ]);
    return { ...category, intent: category, pii: personal, security: guard };
  },
};

export const batchRoute = post(
  '/api/v1/classify/batch',
  `The same for each of {texts}; {task_type} is ${batchTasks.join(', ')}.`,
  async (call) => {
    const { fields, signal } = call;
    const judge = judges[new Options(fields, '').choice('task_type', batchTasks) ?? 'intent'];
    const texts = textsOf(fields, 'texts', { most: mostTexts, empty: true });
    const options = optionsOf(fields);
    const start = performance.now();
    const judgeOne = async (text: string): Promise<BatchItem & { readonly processing_time_ms: number }> => {
      const asked = performance.now();
      const item = await judge(text, options, call);
      return { ...item, processing_time_ms: performance.now() - asked };
    };
    const items = await mapLimited(texts, concurrency, judgeOne, signal);
    return batchResponse(items, performance.now() - start);
  },
);
