/**
 * `jailbreak`: whether a text tries to talk a model out of its rules, by the jailbreak head, by nearness to
 * example attacks, or both. Reads all of each text, in windows.
 *
 * @module
 */
import { z } from 'zod';
import { mapLimited } from '../classify/limited.js';
import { modelNames } from '../classify/models.js';
import { classifySecurity } from '../classify/security.js';
import { messageOf } from '../errors.js';
import type { RemoteServices } from '../external/services.js';
import type { Encoder } from '../inference/types.js';
import { clampToUnit, logistic } from '../math/probabilities.js';
import { cosine } from '../math/vectors.js';
import { noEncoder } from './encoder-outcome.js';
import { type GuardedText, guardConcurrency, guardedTexts } from './guarded-texts.js';
import { llmGuard } from './jailbreak-llm.js';
import { modelsForRequest } from './request-encoder.js';
import { description, unitNumber } from './rule-fields.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { CompiledRule, SignalFamily, SignalOutcome, SignalRequest } from './types.js';

/** Least lead of the nearest attack over the nearest harmless example. */
const defaultLead = 0.1;
/** The same beside the classifier, which finds most attacks already: there a lead must not add false alarms. */
const defaultHybridLead = 0.2;
/** A text that is nowhere near any attack has no lead, however far it is from harmless examples. */
const leastSimilarity = 0.3;
/** How fast a lead beyond its threshold becomes certain. */
const leadSlope = 20;

const phrases = z.array(
  z.string().refine((text) => text.trim() !== '', { message: 'a pattern must not be empty' }),
);

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  method: z
    .enum(['classifier', 'contrastive', 'hybrid', 'llm'])
    .default('classifier')
    .describe(
      '`classifier`: the probability that the model gives; `contrastive`: how much nearer a text is to `jailbreak_patterns` than to `benign_patterns`; `hybrid`: either of the two is enough; `llm`: what an external model with the role `guardrail` says.',
    ),
  model: z
    .string()
    .min(1)
    .optional()
    .describe('For `llm`: name of the external model. Default: the first with the role `guardrail`.'),
  threshold: unitNumber
    .optional()
    .describe(
      'For `classifier` and `hybrid` the least probability; 0 or left out: `modules.prompt_guard.threshold`, else what the model recommends. For `contrastive` the least lead in similarity; 0 or left out: 0.1. For `llm` the least risk; 0 or left out: that of the external model.',
    ),
  contrastive_threshold: unitNumber
    .default(defaultHybridLead)
    .describe('Least lead in similarity of the contrastive half of `hybrid`.'),
  include_history: z
    .boolean()
    .default(false)
    .describe(
      '`false` reads the last user message and what tools have answered since, `true` every message of every role.',
    ),
  jailbreak_patterns: phrases.optional().describe('Example attacks, for `contrastive` and `hybrid`.'),
  benign_patterns: phrases.optional().describe('Harmless examples that look alike.'),
  direction: z.string().optional().describe('Accepted; requests are what is read.'),
});

type JailbreakRule = z.infer<typeof schema>;

/** What one method says of the riskiest text. */
interface Risk {
  readonly matched: boolean;
  readonly score: number;
  readonly value: number;
  readonly threshold: number;
  readonly evidence: string;
}

function riskier(a: Risk | undefined, b: Risk): Risk {
  return a === undefined || b.value > a.value ? b : a;
}

/** P(jailbreak) of the riskiest window. */
async function classified(
  texts: readonly GuardedText[],
  request: SignalRequest,
  encoder: Encoder,
  threshold: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Risk | undefined> {
  const models = modelsForRequest(request, encoder);
  const risks = await mapLimited(texts, guardConcurrency, async ({ source, text }): Promise<Risk> => {
    const {
      risk,
      flagged,
      threshold: least,
      riskiest,
    } = await classifySecurity(text, models, { threshold, signal });
    const place = riskiest === undefined ? source : `${source} ${riskiest.start}..${riskiest.end}`;
    return { matched: flagged, score: risk, value: risk, threshold: least, evidence: place };
  });
  return risks.reduce<Risk | undefined>(riskier, undefined);
}

/** Lead of the nearest attack over the nearest harmless example, in the window where it is largest. */
async function contrasted(
  texts: readonly GuardedText[],
  request: SignalRequest,
  examples: () => Promise<Examples>,
  threshold: number,
  signal: AbortSignal | undefined,
): Promise<Risk | undefined> {
  const { attacks, harmless } = await examples();
  const risks = await mapLimited(texts, guardConcurrency, async ({ source, text }): Promise<Risk> => {
    const { windows } = await request.scan(text, { wants: embeddingWants, signal });
    let lead = Number.NEGATIVE_INFINITY;
    let evidence = source;
    for (const { start, end, encoded } of windows) {
      const attack = nearestOf(encoded.embedding, attacks);
      const value =
        attack < leastSimilarity ? 0 : attack - Math.max(0, nearestOf(encoded.embedding, harmless));
      if (value > lead) {
        lead = value;
        evidence = `${source} ${start}..${end}`;
      }
    }
    const score = logistic(leadSlope * (lead - threshold));
    return { matched: lead >= threshold, score, value: lead, threshold, evidence };
  });
  return risks.reduce<Risk | undefined>(riskier, undefined);
}

interface Examples {
  readonly attacks: readonly Float32Array[];
  readonly harmless: readonly Float32Array[];
}

function nearestOf(query: Float32Array, vectors: readonly Float32Array[]): number {
  return vectors.reduce((most, vector) => Math.max(most, cosine(query, vector)), -1);
}

function outcomeOf(risks: readonly (Risk | undefined)[]): SignalOutcome {
  const known = risks.flatMap((risk) => risk ?? []);
  // A method that matched speaks for the rule; else the one that came nearest to its threshold.
  const ranked = known.sort(
    (a, b) => Number(b.matched) - Number(a.matched) || b.value - b.threshold - (a.value - a.threshold),
  );
  const [first] = ranked;
  if (first === undefined) return { status: 'not_matched' };
  const { matched, value, threshold, evidence } = first;
  const score = clampToUnit(Math.max(...known.map((risk) => risk.score)));
  return {
    status: matched ? 'matched' : 'not_matched',
    score: matched ? score : clampToUnit(first.score),
    value,
    threshold,
    evidence: [evidence],
  };
}

function externalGuard(rule: JailbreakRule, remote: RemoteServices | undefined): CompiledRule {
  const model = remote?.modelFor('guardrail', rule.model);
  if (model !== undefined) return llmGuard(rule, model);
  const reason = `there is no external model ${rule.model ?? 'with the role guardrail'}`;
  return { name: rule.name, reads: [], evaluate: () => ({ status: 'unavailable', reason }) };
}

export const jailbreakFamily: SignalFamily<JailbreakRule> = {
  type: 'jailbreak',
  configKey: 'jailbreak',
  summary: 'Finds texts that try to talk a model out of its rules.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    rules.forEach(({ method, model, jailbreak_patterns: patterns, direction }, index) => {
      if (method === 'contrastive' && !patterns?.length) {
        report(index, ['jailbreak_patterns'], 'found none; `contrastive` compares texts with them');
      }
      if (method === 'hybrid' && !patterns?.length) {
        const message = 'found none, so `hybrid` does no more than `classifier`; give example attacks';
        report(index, ['jailbreak_patterns'], message, 'warning');
      }
      if ((method === 'classifier' || method === 'llm') && patterns?.length) {
        report(index, ['method'], `\`${method}\` does not read the patterns; write \`hybrid\``, 'warning');
      }
      if (method !== 'llm' && model !== undefined) {
        report(index, ['model'], 'is read for `method: llm` alone', 'warning');
      }
      if (direction !== undefined && !['request', 'input'].includes(direction)) {
        const message = `found \`${direction}\`: only requests are read, answers are not`;
        report(index, ['direction'], message, 'warning');
      }
    });
  },
  costOf: (name, rules) =>
    rules.find((rule) => rule.name === name)?.method === 'llm' ? 'remote' : 'encoder',
  compile(rules, { encoder, thresholds, remote }) {
    const embeddings = encoder && new TextEmbeddings(encoder);
    return rules.map((rule) => {
      if (rule.method === 'llm') return externalGuard(rule, remote);
      if (encoder === undefined || embeddings === undefined) {
        return { name: rule.name, evaluate: () => noEncoder };
      }
      const { name, method, threshold, include_history: history } = rule;
      const examples = async (): Promise<Examples> => {
        const [attacks, harmless] = await Promise.all([
          embeddings.all(rule.jailbreak_patterns ?? []),
          embeddings.all(rule.benign_patterns ?? []),
        ]);
        return { attacks, harmless };
      };
      const least = method === 'contrastive' ? threshold || defaultLead : rule.contrastive_threshold;
      const classifies = method !== 'contrastive';
      const contrasts = method !== 'classifier' && (rule.jailbreak_patterns?.length ?? 0) > 0;
      return {
        name,
        reads: [...(classifies ? [modelNames.jailbreak] : []), ...(contrasts ? embeddingWants : [])],
        warmUp: () => (contrasts ? examples() : encoder.ready({ wants: [modelNames.jailbreak] })),
        async evaluate(request, signal) {
          const texts = guardedTexts(request, history);
          try {
            return outcomeOf(
              await Promise.all([
                classifies
                  ? classified(texts, request, encoder, threshold || thresholds?.jailbreak, signal)
                  : undefined,
                contrasts ? contrasted(texts, request, examples, least, signal) : undefined,
              ]),
            );
          } catch (error) {
            return { status: 'unavailable', reason: messageOf(error) };
          }
        },
      };
    });
  },
};
