/**
 * `POST /api/v1/eval` and `POST /api/v1/classify/intent`.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import { asObject, readRouting } from '../../apis/chat.js';
import { readIdentity } from '../../apis/identity.js';
import type { RoutingRequest } from '../../apis/types.js';
import { encoderFor, modelMissing } from '../../classify/models.js';
import { messageOf } from '../../errors.js';
import { identityHeadersOf } from '../../proxy/identity.js';
import type { Router } from '../../selection/types.js';
import { type Category, categoryOf, domainModel } from '../../signals/domain-category.js';
import { remoteCategory } from '../../signals/domain-remote.js';
import { type IntentResponse, intentResponse } from '../classify-response.js';
import { evalResponse } from '../eval-response.js';
import { type Options, optionsOf, refused } from './input.js';
import { type Fields, type ManagementContext, modelsOf, post, type RouteCall } from './route.js';

/**
 * Reads `{text}` or `{messages}` into a routing request. Without a `model` the router is to choose, so
 * the first auto name stands in for it. Whoever reaches this port may say who the sender is, in `identity`
 * or in the headers of a trusted proxy: it only shows where such a request would go.
 */
export function readClassifyRequest(
  fields: Fields,
  router: Router,
  headers: IncomingHttpHeaders = {},
): RoutingRequest {
  const identity =
    readIdentity(fields.identity) ?? identityHeadersOf(router.loaded.config.identity).stated(headers);
  const { text, messages, model } = fields;
  const name =
    typeof model === 'string' && model.trim() !== ''
      ? model.trim()
      : (router.loaded.config.router.autoModelNames[0] ?? 'auto');
  const structured = [fields.tools, fields.functions, fields.response_format]
    .filter((value) => value !== undefined)
    .reduce<number>((sum, value) => sum + structuredLength(value), 0);
  if (messages !== undefined) return readRouting(fields, name, structured, identity);
  if (typeof text !== 'string' || text.trim() === '') {
    throw refused('text', 'is missing or empty', 'Send `text` (a string) or `messages` (an array).');
  }
  const single = { ...fields, messages: [{ role: 'user', content: text }] };
  return readRouting(single, name, structured, identity);
}

/** Size of tool definitions; only from deliberately absurd nesting can it not be taken. */
function structuredLength(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    throw refused('tools', 'is nested too deeply', 'Send flatter tool definitions.');
  }
}

/** What the domain head says of a text, or the servers that stand in for it; read as the domain signal reads it. */
export async function categoryOfText(text: string, { context, signal }: RouteCall): Promise<Category> {
  const { categoryServers, domainModelStandsIn } = context.holder.router.remote;
  if (categoryServers.length === 0) return modelCategory(text, context);
  try {
    return await remoteCategory(text, categoryServers, signal);
  } catch (error) {
    if (!domainModelStandsIn || signal.aborted) throw error;
    const category = await modelCategory(text, context);
    return { ...category, standIn: { by: domainModel, because: messageOf(error) } };
  }
}

async function modelCategory(text: string, context: ManagementContext): Promise<Category> {
  const { encoded } = await encoderFor(modelsOf(context), domainModel).encode(text, { wants: [domainModel] });
  const category = categoryOf(encoded);
  if (category === undefined) throw modelMissing(domainModel, 'the bundle has no such head');
  return category;
}

/** The body for one request. */
export async function intentBody(fields: Fields, options: Options, call: RouteCall): Promise<IntentResponse> {
  const { router } = call.context.holder;
  const request = readClassifyRequest(fields, router, call.headers);
  const returnProbabilities = options.flag('return_probabilities');
  const threshold = options.fraction('confidence_threshold') ?? router.loaded.config.thresholds.domain;
  const start = performance.now();
  const evaluation = await router.evaluate(request, 'full', call);
  const { encoded, text } = evaluation;
  // The rules may have read the text without asking for its domain.
  const isRemote = router.remote.categoryServers.length > 0;
  const known = encoded === undefined || isRemote ? undefined : categoryOf(encoded);
  const category = known ?? (await categoryOfText(text, call));
  return intentResponse(router, request, evaluation, category, {
    milliseconds: performance.now() - start,
    returnProbabilities,
    threshold,
  });
}

export const evalRoute = post(
  '/api/v1/eval',
  'All signals, the decision and the model for {text} or {messages}; ?trace=true explains it.',
  async ({ context, fields, headers, query, signal }) => {
    const { router } = context.holder;
    const request = readClassifyRequest(fields, router, headers);
    const evaluation = await router.evaluate(request, 'full', { signal });
    const trace = query.get('trace') === 'true' || asObject(fields.options)?.trace === true;
    return evalResponse(router, request, evaluation, { trace });
  },
);

export const intentRoute = post(
  '/api/v1/classify/intent',
  'Category of {text} or {messages} and the decision it leads to.',
  (call) => intentBody(call.fields, optionsOf(call.fields), call),
);
