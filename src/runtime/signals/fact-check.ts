/**
 * `fact_check`: whether an answer to the text should be checked against facts, by the fact-check head of the
 * shared encoder pass.
 *
 * @module
 */
import { z } from 'zod';
import { factCheckNeeded } from '../classify/fact-check.js';
import { headOf, modelNames } from '../classify/models.js';
import { labelNamed, probabilitiesOf } from '../classify/reading.js';
import type { HeadOutput } from '../inference/types.js';
import { noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import { checkFixedNames } from './fixed-names.js';
import { description, unitNumber } from './rule-fields.js';
import type { SignalFamily, SignalOutcome } from './types.js';

export const factCheckNames = ['needs_fact_check', 'no_fact_check_needed'] as const;

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .describe(`One of ${factCheckNames.join(', ')}.`),
  description,
  threshold: unitNumber
    .optional()
    .describe(
      'Least probability that a check is needed, for either name: `no_fact_check_needed` matches below it. Default: `modules.hallucination.fact_check.threshold`, else what the model recommends.',
    ),
});

type FactCheckRule = z.infer<typeof schema>;

/** Exactly one of the two names matches; each has its own probability as score. */
function judge(rule: FactCheckRule, head: HeadOutput, configured: number | undefined): SignalOutcome {
  const needed = probabilitiesOf(head).get(labelNamed(head, factCheckNeeded)) ?? 0;
  const least = rule.threshold ?? configured ?? head.threshold;
  const evidence = [needed >= least ? factCheckNames[0] : factCheckNames[1]];
  if (rule.name === factCheckNames[0]) {
    const status = needed >= least ? 'matched' : 'not_matched';
    return { status, score: needed, value: needed, threshold: least, evidence };
  }
  if (rule.name === factCheckNames[1]) {
    const status = needed < least ? 'matched' : 'not_matched';
    return { status, score: 1 - needed, value: 1 - needed, threshold: 1 - least, evidence };
  }
  return { status: 'not_matched', evidence };
}

export const factCheckFamily: SignalFamily<FactCheckRule> = {
  type: 'fact_check',
  configKey: 'fact_check',
  summary: 'Tells texts whose answers should be checked against facts from those that need no check.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    checkFixedNames(rules, factCheckNames, report);
  },
  compile(rules, { encoder, thresholds }) {
    return rules.map((rule) => ({
      name: rule.name,
      reads: [modelNames.factCheck],
      evaluate(request) {
        if (encoder === undefined) return noEncoder;
        return outcomeOfEncoded(request, [modelNames.factCheck], (encoded) =>
          judge(rule, headOf(encoded, modelNames.factCheck), thresholds?.['fact-check']),
        );
      },
    }));
  },
};
