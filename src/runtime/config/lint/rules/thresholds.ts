/**
 * Thresholds that (nearly) nothing or (nearly) everything reaches.
 *
 * @module
 */
import { at, isRecord, listAt, textAt } from '../../raw.js';
import type { Policy, SignalRule } from '../policy.js';
import type { FileRule, LintFinding, PolicyRule } from '../types.js';
import { usedSignals } from './unused.js';

export const thresholdNever: PolicyRule = {
  scope: 'policy',
  code: 'threshold-never',
  summary: 'A threshold is higher than its signal can get.',
  severity: 'warning',
  certain: false,
  check: (policy) => [...policy.signals.flatMap(tooHigh), ...unreachableBands(policy)],
};

export const thresholdAlways: PolicyRule = {
  scope: 'policy',
  code: 'threshold-always',
  summary: 'A threshold is so low that nearly every text reaches it.',
  severity: 'warning',
  certain: false,
  check: (policy) => policy.signals.flatMap(tooLow),
};

export const thresholdHigh: FileRule = {
  scope: 'file',
  code: 'threshold-high',
  summary: 'A similarity that the embedded model gives to near copies of an example only is required.',
  severity: 'warning',
  certain: false,
  check({ config, policies }) {
    // What is high depends on the model, and of others nothing is known here.
    if (config.modelCatalog.requests.some(({ purpose }) => purpose === 'embedding')) return [];
    return policies.flatMap((policy) => {
      // A margin of raw similarities asks for no threshold.
      const used = usedSignals(policy, { raw: false });
      return policy.signals.flatMap((signal) =>
        used.has(`${signal.type}:${signal.name}`) ? nearCopiesOnly(signal) : [],
      );
    });
  },
};

/** Least threshold that most texts on the topic miss, on the embedded model: `docs/signals.md` has the figures. */
const nearCopies = 0.55;
/** The same for the average of all examples, of which most are about something else. */
const nearAllExamples = 0.35;

function nearCopiesOnly({ type, name, path, rule }: SignalRule): LintFinding[] {
  const threshold = at(rule, 'threshold');
  if ((type !== 'embedding' && type !== 'preference') || typeof threshold !== 'number') return [];
  if (textAt(rule, 'model') !== undefined || threshold >= 1) return [];
  const mean = textAt(rule, 'aggregation_method') === 'mean';
  if (threshold < (mean ? nearAllExamples : nearCopies)) return [];
  const usual = type === 'preference' ? '0.25 to 0.35' : mean ? '0.2 to 0.3' : '0.3 to 0.45';
  return [
    {
      path: [...path, 'threshold'],
      message: `${type} signal \`${name}\`: with the embedded model requests that say it in other words mostly stay below the threshold ${threshold}`,
      hint: `${usual} is usual with that model, other models give higher similarities; \`vllm-sr tune\` finds the value on your own requests`,
    },
  ];
}

/** Families whose number is a probability or similarity from 0 to 1. */
const zeroToOne: ReadonlySet<string> = new Set([
  ...['embedding', 'domain', 'language', 'preference', 'jailbreak', 'pii', 'fact_check', 'user_feedback'],
  ...['reask', 'kb', 'safety', 'classifier'],
]);

/** Similarities of sentences to two sets of examples hardly ever lie further apart. */
const largestMargin = 0.6;
/** Unrelated sentences are often this similar. */
const unrelated = 0.15;

function tooHigh({ type, name, path, rule }: SignalRule): LintFinding[] {
  const threshold = at(rule, 'threshold');
  if (typeof threshold !== 'number') return [];
  const place = [...path, 'threshold'];
  if (type === 'complexity') {
    if (Math.abs(threshold) < largestMargin) return [];
    return [
      {
        path: place,
        message: `${type} signal \`${name}\`: the threshold ${threshold} is a difference of two similarities, which hardly ever gets that large`,
        hint: 'use 0.05 to 0.3; `vllm-sr classify --explain` shows the values of your own prompts',
      },
    ];
  }
  if (!zeroToOne.has(type) || threshold < 1) return [];
  return [
    {
      path: place,
      message: `${type} signal \`${name}\`: no text reaches the threshold ${threshold}, but one that is certain beyond doubt`,
      hint: 'lower it; `vllm-sr classify --explain` shows the values of your own prompts',
    },
  ];
}

function tooLow({ type, name, path, rule }: SignalRule): LintFinding[] {
  const threshold = at(rule, 'threshold');
  if (type !== 'embedding' || typeof threshold !== 'number' || threshold >= unrelated) return [];
  return [
    {
      path: [...path, 'threshold'],
      message: `${type} signal \`${name}\`: texts that have nothing in common reach the threshold ${threshold}`,
      hint: 'raise it; with the embedded model 0.3 to 0.45 is usual',
    },
  ];
}

/** Outputs of a mapping whose bounds its score cannot reach. */
function unreachableBands({ block, path }: Policy): LintFinding[] {
  const scores = new Map(
    listAt(block, 'projections', 'scores').map((score) => [textAt(score, 'name'), score]),
  );
  return listAt(block, 'projections', 'mappings').flatMap((mapping, index) => {
    const range = rangeOf(scores.get(textAt(mapping, 'source')));
    if (range === undefined) return [];
    return listAt(mapping, 'outputs').flatMap((output, position): LintFinding[] => {
      const least = Math.max(numberAt(output, 'gt') ?? -Infinity, numberAt(output, 'gte') ?? -Infinity);
      const most = Math.min(numberAt(output, 'lt') ?? Infinity, numberAt(output, 'lte') ?? Infinity);
      const above = least > range.high || (least === range.high && numberAt(output, 'gt') === least);
      const below = most < range.low || (most === range.low && numberAt(output, 'lt') === most);
      if (!above && !below) return [];
      const source = textAt(mapping, 'source') ?? '';
      return [
        {
          path: [...path, 'projections', 'mappings', index, 'outputs', position],
          message: `output \`${textAt(output, 'name') ?? ''}\` can never be chosen: the score \`${source}\` lies from ${short(range.low)} to ${short(range.high)}`,
          hint: 'change its bounds, or the weights of the score',
        },
      ];
    });
  });
}

/** Smallest and largest value of a weighted sum whose inputs lie from 0 to 1; undefined for any other score. */
function rangeOf(score: unknown): { low: number; high: number } | undefined {
  if (!isRecord(score) || score.method !== 'weighted_sum') return undefined;
  let low = 0;
  let high = 0;
  for (const input of listAt(score, 'inputs')) {
    const weight = numberAt(input, 'weight');
    // Other inputs, such as scores and metrics, may lie anywhere, and so may what was counted.
    if (weight === undefined || !plainInputs.has(textAt(input, 'type') ?? '')) return undefined;
    if (textAt(input, 'value_source') === 'raw') return undefined;
    const [match, miss] = [numberAt(input, 'match') ?? 1, numberAt(input, 'miss') ?? 0];
    const values = [weight * match, weight * miss, ...(textAt(input, 'value_source') ? [0, weight] : [])];
    low += Math.min(...values);
    high += Math.max(...values);
  }
  return { low, high };
}

const plainInputs: ReadonlySet<string> = new Set([
  ...['keyword', 'context', 'language', 'domain', 'embedding', 'structure', 'conversation', 'fact_check'],
  ...['user_feedback', 'reask', 'preference', 'jailbreak', 'pii', 'authz'],
]);

function numberAt(value: unknown, key: string): number | undefined {
  const found = at(value, key);
  return typeof found === 'number' ? found : undefined;
}

function short(value: number): number {
  return Number(value.toFixed(4));
}
