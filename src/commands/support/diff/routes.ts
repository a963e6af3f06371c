/**
 * What two configurations do with the same request.
 *
 * @module
 */
import type { RoutingRequest } from '../../../runtime/apis/types.js';
import { defaultRecipe, qualifiedName } from '../../../runtime/decision/routing-of.js';
import type { Encoder } from '../../../runtime/inference/types.js';
import type { Route, RoutedRow } from '../../../runtime/policy/traffic-diff.js';
import type { Router } from '../../../runtime/selection/types.js';
import { selectText } from '../../../runtime/signals/request.js';
import { estimateRequestTokens } from '../../../runtime/signals/token-estimate.js';
import type { Line } from '../lines.js';
import { parseObject } from '../lines.js';
import { rowRequest } from '../requests.js';

export interface Sides {
  readonly before: Router;
  readonly after: Router;
}

/**
 * Routes one row by both configurations. The text is encoded first, once, so that both find it in memory and
 * each is charged with the pass if it reads it: else the one that comes first would look slow.
 */
export async function routeRow(
  { number, text: line }: Line,
  { before, after }: Sides,
  assumedTokens: number,
): Promise<RoutedRow> {
  const fields = parseObject(line);
  const text = selectText(rowRequest(fields, 'auto').messages);
  const passes = new Map<Encoder, number>();
  for (const { encoder, needsEncoder } of [before, after]) {
    if (encoder === undefined || !needsEncoder || passes.has(encoder)) continue;
    const started = performance.now();
    // If it cannot run, the signals say so.
    await encoder.encode(text).catch(() => undefined);
    passes.set(encoder, performance.now() - started);
  }
  const completion = completionTokens(fields);
  return {
    line: number,
    text,
    promptTokens: promptTokens(fields) ?? estimateRequestTokens(rowRequest(fields, 'auto')),
    completionTokens: completion ?? assumedTokens,
    measured: completion !== undefined,
    before: await routeBy(before, fields, passes),
    after: await routeBy(after, fields, passes),
  };
}

async function routeBy(
  router: Router,
  fields: Readonly<Record<string, unknown>>,
  passes: ReadonlyMap<Encoder, number>,
): Promise<Route> {
  const request: RoutingRequest = rowRequest(fields, modelOf(router, fields.model));
  // As serving does: signals that cannot change the winner are not asked.
  const plan = await router.plan(request);
  const { evaluation, target, modelRef, reasoning } = plan;
  const encoder = evaluation.encoded !== undefined;
  const pass = encoder && router.encoder !== undefined ? (passes.get(router.encoder) ?? 0) : 0;
  return {
    recipe: evaluation.recipe ?? defaultRecipe,
    decision: evaluation.decision ? qualifiedName(evaluation.recipe, evaluation.decision.name) : null,
    model: modelRef?.loraName ?? target?.model.name ?? null,
    reasoning: reasoning?.enabled === true ? reasoning.effort : null,
    plugins: plan.plugins.map(({ type }) => type),
    pricing: target?.model.pricing,
    milliseconds: evaluation.milliseconds + pass,
    encoder,
    unavailable: evaluation.signals.flatMap(({ type, name, outcome }) =>
      outcome?.status === 'unavailable' ? [`${type}:${name}`] : [],
    ),
  };
}

/** Requests that name a model of the configuration, virtual or not, keep it; a name that only a log knows means the router. */
function modelOf(router: Router, model: unknown): string {
  const { router: names, models } = router.loaded.config;
  const auto = names.autoModelNames[0] ?? 'auto';
  if (typeof model !== 'string') return auto;
  const known =
    router.isAuto(model) || models.some(({ name, loras }) => name === model || loras.includes(model));
  return known ? model : auto;
}

/** `usage.prompt_tokens`, as responses report it. */
function promptTokens({ usage, prompt_tokens }: Readonly<Record<string, unknown>>): number | undefined {
  return tokenCount(prompt_tokens) ?? tokenCount(fieldOf(usage, 'prompt_tokens'));
}

function completionTokens({
  usage,
  completion_tokens,
}: Readonly<Record<string, unknown>>): number | undefined {
  return tokenCount(completion_tokens) ?? tokenCount(fieldOf(usage, 'completion_tokens'));
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
