/**
 * `classifier`: labels of one's own, by a head trained with `vllm-sr learn`, a model of the configuration, or an
 * external language model.
 *
 * @module
 */
import { z } from 'zod';
import { headOf } from '../classify/models.js';
import { probabilitiesOf } from '../classify/reading.js';
import { messageOf } from '../errors.js';
import type { Encoder, HeadOutput } from '../inference/types.js';
import {
  headOutput,
  type LearnedHead,
  openLearnedHead,
  requireEncoder,
} from '../models/learned-head/index.js';
import { didYouMean } from '../text/suggestions.js';
import { llmClassifier } from './classifier-llm.js';
import { verdictOf } from './classifier-verdict.js';
import { noEncoder, outcomeOfEncoded } from './encoder-outcome.js';
import { description, unitNumber } from './rule-fields.js';
import { embeddingWants } from './text-embeddings.js';
import type { CompiledRule, SignalDependencies, SignalFamily, SignalOutcome } from './types.js';

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .regex(/^[^:]+$/, 'must not have a colon')
    .describe('Name of the rule. Conditions add a `label` and a `predicate` on its value.'),
  description,
  type: z
    .enum(['local', 'llm'])
    .default('local')
    .describe('`local`: a model of this machine; `llm`: an external model with the role `classification`.'),
  model: z
    .string()
    .min(1)
    .optional()
    .describe(
      'For `local` the name of a head made by `vllm-sr learn`, or of a model of the configuration; for `llm` the name of the external model.',
    ),
  model_path: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of a learned head, relative to this file; instead of `model`.'),
  labels: z
    .array(z.string().min(1))
    .optional()
    .describe('For `llm` the labels; for `local` a check that the model has them.'),
  negative_labels: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Labels that mean that nothing was found, such as `none`: conditions that name no label do not hold where one of them is the surest.',
    ),
  instructions: z.string().optional().describe('For `llm`: what the labels mean.'),
  threshold: unitNumber
    .optional()
    .describe(
      'Least probability of the surest label for conditions that name no label. Default: what the model recommends.',
    ),
  use_cpu: z.boolean().optional().describe('Accepted, not used.'),
  disable_rationale: z.boolean().optional().describe('Accepted; no rationale is asked for.'),
});

type ClassifierRule = z.infer<typeof schema>;

function judge(
  { threshold, negative_labels: negative = [] }: ClassifierRule,
  head: HeadOutput,
): SignalOutcome {
  return verdictOf([...probabilitiesOf(head)], negative, threshold ?? head.threshold);
}

function unavailable({ name }: ClassifierRule, reason: string): CompiledRule {
  return { name, reads: [], evaluate: () => ({ status: 'unavailable', reason }) };
}

/** Labels that the rule names and the model has not. */
function missingLabels(
  { labels = [], negative_labels: negative = [] }: ClassifierRule,
  known: readonly string[],
): string | undefined {
  const missing = [...new Set([...labels, ...negative])].filter((label) => !known.includes(label));
  return missing.length === 0
    ? undefined
    : `the model has no label ${missing.join(', ')}; its labels are ${known.join(', ')}`;
}

/** A head on the shared embedding: it costs no pass of its own. */
function learnedRule(rule: ClassifierRule, head: LearnedHead, encoder: Encoder): CompiledRule {
  const problem = missingLabels(rule, head.labels);
  if (problem !== undefined) return unavailable(rule, problem);
  return {
    name: rule.name,
    reads: embeddingWants,
    warmUp: () => encoder.ready({ wants: embeddingWants }),
    evaluate: (request) =>
      outcomeOfEncoded(request, embeddingWants, ({ embedding }) => {
        requireEncoder(head, encoder);
        return judge(rule, headOutput(head, embedding));
      }),
  };
}

/** A model that the configuration brings under its own name. */
function modelRule(rule: ClassifierRule, model: string, encoder: Encoder): CompiledRule {
  return {
    name: rule.name,
    reads: [model],
    warmUp: () => encoder.ready({ wants: [model] }),
    evaluate: (request) =>
      outcomeOfEncoded(request, [model], (encoded) => {
        const head = headOf(encoded, model);
        const problem = missingLabels(rule, head.labels);
        return problem === undefined ? judge(rule, head) : { status: 'unavailable', reason: problem };
      }),
  };
}

function localRule(rule: ClassifierRule, { encoder, places }: SignalDependencies): CompiledRule {
  const reference = rule.model_path ?? rule.model;
  if (reference === undefined) return unavailable(rule, 'it names neither `model` nor `model_path`');
  if (encoder === undefined) return { name: rule.name, evaluate: () => noEncoder };
  if (rule.model_path === undefined && encoder.heads.includes(reference)) {
    return modelRule(rule, reference, encoder);
  }
  try {
    const where = places ?? { modelsDir: '.', baseDir: '.' };
    // A path may be a bare name beside the configuration.
    const named = rule.model_path !== undefined && !/[\\/]/.test(reference) ? `./${reference}` : reference;
    return learnedRule(rule, openLearnedHead(named, where), encoder);
  } catch (error) {
    return unavailable(rule, messageOf(error));
  }
}

export const classifierFamily: SignalFamily<ClassifierRule> = {
  type: 'classifier',
  configKey: 'classifiers',
  summary: 'Classifies the text into labels of your own.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      if (rule.type === 'local' && rule.model === undefined && rule.model_path === undefined) {
        report(index, ['model'], 'found none; name a head made by `vllm-sr learn`, or give `model_path`');
      }
      if (rule.type === 'local' && rule.model !== undefined && rule.model_path !== undefined) {
        report(index, ['model'], 'stands beside `model_path`, which is used', 'warning');
      }
      if (rule.type === 'llm' && (rule.labels?.length ?? 0) < 2) {
        report(index, ['labels'], 'found fewer than two; name what the model is to tell apart');
      }
      rule.negative_labels?.forEach((label, at) => {
        if (rule.labels === undefined || rule.labels.includes(label)) return;
        report(
          index,
          ['negative_labels', at],
          `found \`${label}\`, which is none of \`labels\`${didYouMean(label, rule.labels)}`,
        );
      });
      if (rule.labels?.length && rule.labels.every((label) => rule.negative_labels?.includes(label))) {
        report(index, ['negative_labels'], 'hold all `labels`, so none of them would mean anything');
      }
      if (rule.type === 'local' && rule.instructions !== undefined) {
        report(index, ['instructions'], 'are read for `type: llm` alone', 'warning');
      }
    });
  },
  costOf: (name, rules) => (rules.find((rule) => rule.name === name)?.type === 'llm' ? 'remote' : 'encoder'),
  compile(rules, dependencies) {
    return rules.map((rule) => {
      if (rule.type === 'local') return localRule(rule, dependencies);
      const model = dependencies.remote?.modelFor('classification', rule.model);
      if (model === undefined) {
        return unavailable(
          rule,
          `there is no external model ${rule.model ?? 'with the role classification'}`,
        );
      }
      return llmClassifier({ ...rule, labels: rule.labels ?? [] }, model);
    });
  },
};
