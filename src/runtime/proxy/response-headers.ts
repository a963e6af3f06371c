/**
 * The `x-vsr-*` headers of an answer.
 *
 * @module
 */
import { matchedHeaderOf } from '../apis/family-names.js';
import type { Evaluation } from '../decision/evaluation.js';
import { defaultRecipe } from '../decision/routing-of.js';
import type { Plan } from '../selection/types.js';
import type { ResponsePath } from '../telemetry/record.js';

/** Room for all debug headers together, under the 8 KB that common proxies accept. */
const debugBudget = 6_000;
const valueBudget = 2_000;

const plain = /^[!-$&-~](?:[ -$&-~]*[!-$&-~])?$/;

/** A single value, readable as it is where that is safe; otherwise percent-encoded. */
export function headerValue(value: string): string {
  return plain.test(value) ? value : encodeName(value);
}

/** A name inside a list: percent-encoded, so that it holds neither commas nor anything unprintable. */
export function encodeName(name: string): string {
  // The detour replaces lone surrogates, on which encodeURIComponent would throw.
  return encodeURIComponent(Buffer.from(name).toString());
}

/** Items joined by commas, cut at the budget with a last item that says how many are missing. */
export function headerList(items: readonly string[], budget = valueBudget): string {
  let list = '';
  for (const [index, item] of items.entries()) {
    if (list.length + item.length + 24 > budget)
      return `${list}${list === '' ? '' : ','}...+${items.length - index}`;
    list += index === 0 ? item : `,${item}`;
  }
  return list;
}

/** What every answer says: who made it and for which request. */
export function pushCommonHeaders(headers: string[], requestId: string, path: ResponsePath): void {
  headers.push('x-request-id', requestId, 'x-vsr-schema-version', '2', 'x-vsr-response-path', path);
}

/** Category of a decision: the domain it matched by, else the most probable one if that is known. */
function categoryOf({ matchedRules, category }: Evaluation): string | undefined {
  for (const rule of matchedRules) if (rule.startsWith('domain:')) return rule.slice('domain:'.length);
  return category;
}

/** What was decided. `ok` is false if the answer is an error: then no decision has had an effect. */
export function pushPlanHeaders(headers: string[], plan: Plan, ok: boolean): void {
  const { target, evaluation, reasoning, unavailablePlugins } = plan;
  if (target !== undefined) headers.push('x-vsr-selected-model', headerValue(target.model.name));
  if (unavailablePlugins.length > 0) {
    headers.push('x-vsr-unavailable-plugins', headerList(unavailablePlugins.map(encodeName)));
  }
  if (!ok) return;
  if (plan.sticky === true) headers.push('x-vsr-sticky', 'tool-loop');
  if (target !== undefined)
    headers.push('x-vsr-selected-reasoning', reasoning?.enabled === true ? 'on' : 'off');
  const { decision, confidence, recorded, recipe } = evaluation;
  if (recorded.length > 0) headers.push('x-vsr-recorded-decisions', headerList(recorded.map(encodeName)));
  if (decision === undefined) return;
  if (recipe !== undefined && recipe !== defaultRecipe)
    headers.push('x-vsr-selected-recipe', headerValue(recipe));
  headers.push('x-vsr-selected-decision', headerValue(decision.name));
  headers.push('x-vsr-selected-confidence', confidence.toFixed(4));
  const category = categoryOf(evaluation);
  if (category !== undefined) headers.push('x-vsr-selected-category', headerValue(category));
}

export interface Timings {
  readonly routingMs: number;
  readonly firstByteMs: number | undefined;
}

/** What the client sees with `x-vsr-debug: true`. */
export function pushDebugHeaders(headers: string[], evaluation: Evaluation, timings: Timings): void {
  const matched = new Map<string, string[]>();
  const confidences: string[] = [];
  const unavailable: string[] = [];
  const fallbacks: string[] = [];
  let contextTokens: number | undefined;
  for (const { type, name, outcome } of evaluation.signals) {
    if (outcome === undefined) continue;
    if (outcome.status === 'unavailable') {
      unavailable.push(`${type}:${encodeName(name)}`);
      continue;
    }
    if (outcome.standIn !== undefined) fallbacks.push(`${type}:${encodeName(name)}`);
    if (type === 'context') contextTokens ??= outcome.value;
    if (outcome.score !== undefined)
      confidences.push(`${type}:${encodeName(name)}=${outcome.score.toFixed(4)}`);
    if (outcome.status !== 'matched') continue;
    const header = matchedHeaderOf(type);
    const names = matched.get(header);
    if (names === undefined) matched.set(header, [encodeName(name)]);
    else names.push(encodeName(name));
  }
  const timing = [
    `signals;dur=${evaluation.milliseconds.toFixed(3)}`,
    `routing;dur=${timings.routingMs.toFixed(3)}`,
    ...(timings.firstByteMs === undefined ? [] : [`upstream-ttfb;dur=${timings.firstByteMs.toFixed(3)}`]),
  ];
  headers.push('x-vsr-timing', timing.join(', '), 'x-vsr-encoder-passes', String(evaluation.encoderPasses));
  if (contextTokens !== undefined) headers.push('x-vsr-context-token-count', String(contextTokens));
  let room = debugBudget;
  const pushList = (name: string, items: readonly string[]): void => {
    if (items.length === 0) return;
    const value = headerList(items, Math.min(valueBudget, Math.max(room, 32)));
    room -= name.length + value.length;
    headers.push(name, value);
  };
  for (const [name, items] of matched) pushList(name, items);
  pushList('x-vsr-unavailable-signals', unavailable);
  pushList('x-vsr-fallback-signals', fallbacks);
  pushList('x-vsr-signal-confidences', confidences);
}
