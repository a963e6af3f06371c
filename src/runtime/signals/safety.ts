/**
 * `safety`: whether a text asks for something unsafe, by a model that the configuration brings. None is
 * embedded.
 *
 * @module
 */
import { z } from 'zod';
import { mapLimited } from '../classify/limited.js';
import { headOf } from '../classify/models.js';
import { probabilitiesOf } from '../classify/reading.js';
import { messageOf } from '../errors.js';
import type { HeadOutput } from '../inference/types.js';
import { clampToUnit } from '../math/probabilities.js';
import { noEncoder } from './encoder-outcome.js';
import { guardConcurrency, guardedTexts } from './guarded-texts.js';
import { description, unitNumber } from './rule-fields.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

const model = z.string().min(1).describe('Name of a model of the configuration.');
const labels = z.array(z.string().min(1));
const threshold = unitNumber.optional();

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  model: model.optional(),
  labels: labels.optional().describe('Labels of the model, for people.'),
  unsafe_labels: labels
    .default(['unsafe'])
    .describe('Labels whose probabilities are summed, compared without regard to case.'),
  threshold: threshold.describe('Least sum. Default: what the model recommends.'),
  hazard: z
    .strictObject({
      model: model.optional(),
      labels: labels.optional().describe('Labels of the model, for people.'),
      categories: labels
        .optional()
        .describe('Kinds of hazard that match; the rule needs one of them then. Left out: any.'),
      threshold: threshold.describe('Least probability of a kind. Default: what the model recommends.'),
    })
    .optional()
    .describe('A second model that says which kind of hazard it is.'),
  include_history: z
    .boolean()
    .default(false)
    .describe(
      '`false` reads the last user message and what tools have answered since, `true` every message of every role.',
    ),
});

type SafetyRule = z.infer<typeof schema>;

function sumOf(head: HeadOutput, wanted: readonly string[]): number {
  const names = new Set(wanted.map((label) => label.toLowerCase()));
  let sum = 0;
  for (const [label, probability] of probabilitiesOf(head))
    if (names.has(label.toLowerCase())) sum += probability;
  return sum;
}

interface Risk {
  readonly value: number;
  readonly threshold: number;
  readonly matched: boolean;
  readonly place: string;
}

/** The riskiest window of the texts. */
async function riskOf(
  request: SignalRequest,
  rule: SafetyRule,
  name: string,
  wanted: readonly string[],
  least: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Risk | undefined> {
  const texts = guardedTexts(request, rule.include_history);
  const risks = await mapLimited(texts, guardConcurrency, async ({ source, text }) => {
    const { windows } = await request.scan(text, { wants: [name], signal });
    return windows.map(({ start, end, encoded }): Risk => {
      const head = headOf(encoded, name);
      const value = sumOf(head, wanted);
      const bound = least ?? head.threshold;
      return { value, threshold: bound, matched: value >= bound, place: `${source} ${start}..${end}` };
    });
  });
  return risks
    .flat()
    .reduce<Risk | undefined>(
      (worst, risk) => (worst === undefined || risk.value > worst.value ? risk : worst),
      undefined,
    );
}

async function judge(
  request: SignalRequest,
  rule: SafetyRule,
  name: string,
  signal: AbortSignal | undefined,
): Promise<SignalOutcome> {
  const unsafe = await riskOf(request, rule, name, rule.unsafe_labels, rule.threshold, signal);
  if (unsafe === undefined) return { status: 'not_matched' };
  const { model: kinds, categories, threshold } = rule.hazard ?? {};
  const outcome = { score: clampToUnit(unsafe.value), value: unsafe.value, threshold: unsafe.threshold };
  if (!unsafe.matched || kinds === undefined || categories === undefined) {
    return { status: unsafe.matched ? 'matched' : 'not_matched', ...outcome, evidence: [unsafe.place] };
  }
  const kind = await riskOf(request, rule, kinds, categories, threshold, signal);
  return {
    status: kind?.matched ? 'matched' : 'not_matched',
    ...outcome,
    evidence: [kind?.place ?? unsafe.place],
  };
}

export const safetyFamily: SignalFamily<SafetyRule> = {
  type: 'safety',
  configKey: 'safety',
  summary: 'Finds requests for unsafe things, by a model of the configuration.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      if (rule.model !== undefined) return;
      const message = 'found none, and no such model is embedded: the rule reports `unavailable`';
      report(index, ['model'], message, 'warning');
    });
  },
  compile(rules, { encoder }) {
    return rules.map((rule) => ({
      name: rule.name,
      reads: [rule.model, rule.hazard?.model].flatMap((name) => name ?? []),
      async evaluate(request, signal) {
        if (encoder === undefined) return noEncoder;
        const needed = rule.hazard?.categories === undefined ? [] : [rule.hazard.model];
        const missing = [rule.model, ...needed].find(
          (name) => name === undefined || !encoder.heads.includes(name),
        );
        if (rule.model === undefined || missing !== undefined || needed.includes(undefined)) {
          const reason = `no model for it: ${missing ?? 'none is embedded'}, name one in the configuration`;
          return { status: 'unavailable', reason };
        }
        try {
          return await judge(request, rule, rule.model, signal);
        } catch (error) {
          return { status: 'unavailable', reason: messageOf(error) };
        }
      },
    }));
  },
};
