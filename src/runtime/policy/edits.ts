/**
 * Changes of a configuration or of a prompt that would bring about another decision, tried out for real.
 *
 * @module
 */
import { z } from 'zod';
import type { RoutingRequest } from '../apis/types.js';
import type { RouterConfig, Routing } from '../config/types.js';
import type { Alternative, Change } from '../decision/counterfactual-search.js';
import type { Evaluation } from '../decision/evaluation.js';
import { routingOf } from '../decision/routing-of.js';
import { createRouter } from '../selection/router.js';
import type { Router } from '../selection/types.js';
import { familyOfType } from '../signals/index.js';

export type Edit =
  /** `threshold` of a signal rule. */
  | {
      readonly kind: 'threshold';
      readonly type: string;
      readonly name: string;
      readonly from: number;
      readonly to: number;
    }
  /** Words in the prompt, or not. */
  | { readonly kind: 'add_words' | 'remove_words'; readonly words: readonly string[] };

/**
 * Edits that give the outcome of `alternative`, found by evaluating the request with them; undefined if there is
 * no number or word to change, or it would not be enough.
 */
export async function verifiedEdits(
  { changes, winner }: Alternative,
  router: Router,
  request: RoutingRequest,
  evaluation: Evaluation,
): Promise<readonly Edit[] | undefined> {
  const { text, recipe } = evaluation;
  const { signals } = routingOf(router.loaded.config, evaluation);
  const edits: Edit[] = [];
  for (const change of changes) {
    const edit = thresholdEdit(change) ?? wordEdit(change, signals);
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  let config: RouterConfig | undefined = router.loaded.config;
  let prompt = text;
  for (const edit of edits) {
    if (edit.kind === 'threshold')
      config = config && withThreshold(config, edit.type, edit.name, edit.to, recipe);
    else if (edit.kind === 'add_words') prompt = `${prompt} ${edit.words.join(' ')}`;
    else prompt = edit.words.reduce(without, prompt).trim();
  }
  if (config === undefined || prompt === '') return undefined;
  const edited =
    config === router.loaded.config
      ? router
      : createRouter({ ...router.loaded, config }, router.encoder, router.remote);
  const { decision } = await edited.evaluate(withPrompt(request, text, prompt), 'full');
  return decision?.name === winner?.name ? edits : undefined;
}

const thresholdField = z.looseObject({ threshold: z.number() });

/**
 * The configuration with another threshold of one signal rule, of a recipe if one is named; undefined if that rule
 * has none.
 */
export function withThreshold(
  config: RouterConfig,
  type: string,
  name: string,
  threshold: number,
  recipe?: string,
): RouterConfig | undefined {
  const at = config.recipes.findIndex((each) => each.name === recipe);
  const own = config.recipes[at];
  if (own === undefined) {
    const signals = signalsWithThreshold(config.signals, type, name, threshold);
    return signals && { ...config, signals };
  }
  const signals = signalsWithThreshold(own.signals, type, name, threshold);
  return signals && { ...config, recipes: config.recipes.with(at, { ...own, signals }) };
}

function signalsWithThreshold(
  signals: Routing['signals'],
  type: string,
  name: string,
  threshold: number,
): Routing['signals'] | undefined {
  const family = familyOfType(type);
  if (family === undefined) return undefined;
  const rules = signals[family.configKey] ?? [];
  const index = rules.findIndex((rule) => rule.name === name);
  const parsed = family.schema.safeParse({ ...rules[index], threshold });
  if (index < 0 || !parsed.success) return undefined;
  if (thresholdField.safeParse(parsed.data).data?.threshold !== threshold) return undefined;
  return { ...signals, [family.configKey]: rules.with(index, parsed.data) };
}

/** Digits of a suggested threshold. */
const scale = 1e4;

function thresholdEdit({ type, name, kind, outcome }: Change): Edit | undefined {
  if (kind === 'score' || outcome.status === 'unavailable') return undefined;
  const { value, threshold } = outcome;
  if (value === undefined || threshold === undefined) return undefined;
  const reached = value >= threshold;
  if (reached === (kind === 'match')) return undefined;
  // A signal matches at its threshold, so to lose the match it has to be a little more than the value.
  const to = kind === 'match' ? Math.floor(value * scale) / scale : (Math.floor(value * scale) + 1) / scale;
  return to <= 0 || to > 1 ? undefined : { kind: 'threshold', type, name, from: threshold, to };
}

const keywordRule = z.object({
  name: z.string(),
  operator: z.string(),
  keywords: z.array(z.string()),
  method: z.string().optional(),
});

/** Words that turn a keyword rule; regular expressions are nothing that a prompt could hold. */
function wordEdit({ type, name, kind, outcome }: Change, signals: Routing['signals']): Edit | undefined {
  if (type !== 'keyword' || kind === 'score' || outcome.status === 'unavailable') return undefined;
  const rule = (signals.keywords ?? []).find((each) => each.name === name);
  const { operator, keywords, method } = keywordRule.safeParse(rule).data ?? {};
  if (keywords === undefined || method === 'regex') return undefined;
  const adds = (kind === 'match') === (operator !== 'NOR');
  if (adds) {
    const words = operator === 'AND' ? keywords : keywords.slice(0, 1);
    return words.length === 0 ? undefined : { kind: 'add_words', words };
  }
  const found = outcome.evidence ?? [];
  const words = operator === 'AND' ? found.slice(0, 1) : found;
  return words.length === 0 ? undefined : { kind: 'remove_words', words };
}

function without(text: string, word: string): string {
  return text.replace(new RegExp(escaped(word), 'gi'), '').replace(/ {2,}/g, ' ');
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** The request with another text in the message that the signals read. */
function withPrompt(request: RoutingRequest, text: string, prompt: string): RoutingRequest {
  if (prompt === text) return request;
  const at = request.messages.findLastIndex((message) => message.text === text);
  const message = request.messages[at];
  if (message === undefined) return request;
  return { ...request, messages: request.messages.with(at, { ...message, text: prompt }) };
}
