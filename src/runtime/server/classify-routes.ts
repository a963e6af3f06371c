/**
 * The management routes that evaluate texts.
 *
 * @module
 */
import { asObject, readRouting } from '../apis/chat.js';
import type { RoutingRequest } from '../apis/types.js';
import { VsrError } from '../errors.js';
import type { Router } from '../selection/types.js';
import { type Category, categoryOf } from '../signals/domain-category.js';
import { condense } from '../signals/request.js';
import {
  type BatchItem,
  type BatchResponse,
  batchResponse,
  type IntentResponse,
  intentResponse,
} from './classify-response.js';
import { type EvalResponse, evalResponse } from './eval-response.js';

type Fields = Readonly<Record<string, unknown>>;

const maxBatch = 1_000;

function invalid(message: string, param: string): VsrError {
  return new VsrError('VSR_INPUT_INVALID', message, { param });
}

/**
 * Reads `{text}` or `{messages}` into a routing request. Without a `model` the router is to choose, so
 * the first auto name stands in for it.
 */
export function readClassifyRequest(fields: Fields, router: Router): RoutingRequest {
  const { text, messages, model } = fields;
  const name =
    typeof model === 'string' && model.trim() !== ''
      ? model.trim()
      : (router.loaded.config.router.autoModelNames[0] ?? 'auto');
  const structured = [fields.tools, fields.functions, fields.response_format]
    .filter((value) => value !== undefined)
    .reduce<number>((sum, value) => sum + structuredLength(value), 0);
  if (messages !== undefined) return readRouting(fields, name, structured);
  if (typeof text !== 'string' || text.trim() === '') {
    throw invalid('`text` (a string) or `messages` (an array) is required.', 'text');
  }
  return readRouting({ ...fields, messages: [{ role: 'user', content: text }] }, name, structured);
}

/** Size of tool definitions; only from deliberately absurd nesting can it not be taken. */
function structuredLength(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    throw invalid('Tool definitions are nested too deeply.', 'tools');
  }
}

/** `POST /api/v1/eval`: all signals, the decision, the model, and with `trace` the rule trees. */
export async function evaluateText(router: Router, fields: Fields, trace: boolean): Promise<EvalResponse> {
  const request = readClassifyRequest(fields, router);
  const evaluation = await router.evaluate(request, 'full');
  const asked = trace || asObject(fields.options)?.trace === true;
  return evalResponse(router, request, evaluation, { trace: asked });
}

async function classify(router: Router, text: string): Promise<Category> {
  const { encoder } = router;
  const unavailable = (): VsrError =>
    new VsrError('VSR_INFERENCE_UNAVAILABLE', 'The domain classifier is not loaded.', {
      hint: 'See `vllm-sr models list` for the models of this installation.',
    });
  if (encoder === undefined) throw unavailable();
  const { encoded } = await encoder.encode(condense(text));
  const category = categoryOf(encoded);
  if (category === undefined) throw unavailable();
  return category;
}

/** `POST /api/v1/classify/intent`. */
export async function classifyIntent(router: Router, fields: Fields): Promise<IntentResponse> {
  const request = readClassifyRequest(fields, router);
  const start = performance.now();
  const evaluation = await router.evaluate(request, 'full');
  const category = await classify(router, evaluation.text);
  return intentResponse(router, request, evaluation, category, {
    milliseconds: performance.now() - start,
    returnProbabilities: asObject(fields.options)?.return_probabilities === true,
  });
}

/** `POST /api/v1/classify/batch`. */
export async function classifyBatch(router: Router, fields: Fields): Promise<BatchResponse> {
  const { texts, task_type: task } = fields;
  if (task !== undefined && task !== 'intent') {
    throw invalid(`task_type ${JSON.stringify(task)} is not available; use "intent".`, 'task_type');
  }
  if (!Array.isArray(texts) || texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    throw invalid('`texts` is required and must be a non-empty array of strings.', 'texts');
  }
  if (texts.length > maxBatch) throw invalid(`\`texts\` holds more than ${maxBatch} texts.`, 'texts');
  const start = performance.now();
  const items = await Promise.all(
    texts.map(async (text): Promise<BatchItem> => {
      const asked = performance.now();
      const category = await classify(router, text);
      return { category, milliseconds: performance.now() - asked };
    }),
  );
  return batchResponse(items, {
    milliseconds: performance.now() - start,
    returnProbabilities: asObject(fields.options)?.return_probabilities === true,
  });
}
