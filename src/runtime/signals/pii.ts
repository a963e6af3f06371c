/**
 * `pii`: whether a text holds personal data of a type that the rule does not allow, by exact recognisers and
 * the token head together. Reads all of each text. What was found is never shown, only its type and place.
 *
 * @module
 */
import { z } from 'zod';
import { mapLimited } from '../classify/limited.js';
import { modelNames } from '../classify/models.js';
import { classifyPii, patternThreshold } from '../classify/pii.js';
import { entityOfMatch, mergeEntities, type PiiEntity } from '../classify/pii-merge.js';
import { recogniseInSlices } from '../classify/pii-patterns.js';
import { messageOf } from '../errors.js';
import type { Encoder } from '../inference/types.js';
import { clampToUnit } from '../math/probabilities.js';
import { piiTypes } from '../pii/types.js';
import { didYouMean } from '../text/suggestions.js';
import { type GuardedText, guardConcurrency, guardedTexts } from './guarded-texts.js';
import { modelsForRequest } from './request-encoder.js';
import { description, unitNumber } from './rule-fields.js';
import { SharedWork } from './shared-work.js';
import type { SignalFamily, SignalOutcome, SignalRequest } from './types.js';

const types = z.array(z.string().min(1));

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  threshold: unitNumber
    .optional()
    .describe(
      'Least confidence of what is found. Default: `modules.classifier.pii.threshold`, else what the model recommends for each type, and 0.5 for the recognisers, whose checksums give 1.',
    ),
  pii_types_allowed: types
    .optional()
    .describe(`Types that do not match, in any case: ${piiTypes.join(', ')}.`),
  pii_types_denied: types
    .optional()
    .describe('The only types that match. Left out: all that are not allowed.'),
  include_history: z
    .boolean()
    .default(false)
    .describe(
      '`false` reads the last user message and what tools have answered since, `true` every message of every role.',
    ),
});

type PiiRule = z.infer<typeof schema>;

const upperCase = (names: readonly string[] | undefined) => names?.map((name) => name.toUpperCase());

/** Which types a rule denies; both lists are compared without regard to case. */
function deniedBy(rule: PiiRule): (type: string) => boolean {
  const allowed = new Set(upperCase(rule.pii_types_allowed));
  const denied = rule.pii_types_denied === undefined ? undefined : new Set(upperCase(rule.pii_types_denied));
  return (type) => !allowed.has(type.toUpperCase()) && (denied?.has(type.toUpperCase()) ?? true);
}

/** What was found in one text. */
interface Found extends GuardedText {
  readonly entities: readonly PiiEntity[];
  readonly doubt: number;
  /** Why the model did not read it; what the recognisers found counts all the same. */
  readonly problem: string | undefined;
}

/** Both layers; the recognisers alone if the model cannot run. */
async function findIn(
  text: GuardedText,
  request: SignalRequest,
  encoder: Encoder | undefined,
  threshold: number | undefined,
  signal: AbortSignal,
): Promise<Found> {
  try {
    const models = modelsForRequest(request, encoder);
    const { entities, doubt } = await classifyPii(text.text, models, { threshold, signal });
    return { ...text, entities, doubt, problem: undefined };
  } catch (error) {
    signal.throwIfAborted();
    const matches = await recogniseInSlices(text.text, signal);
    const sure = matches.filter(({ confidence }) => confidence >= (threshold ?? patternThreshold));
    const entities = mergeEntities(text.text, sure.map(entityOfMatch));
    return { ...text, entities, doubt: 0, problem: messageOf(error) };
  }
}

function judge(found: readonly Found[], denied: (type: string) => boolean): SignalOutcome {
  const values: Record<string, number> = {};
  const evidence: string[] = [];
  let score = 0;
  for (const { source, entities } of found) {
    for (const { type, start, end, confidence } of entities) {
      values[type] = Math.max(values[type] ?? 0, confidence);
      if (!denied(type)) continue;
      score = Math.max(score, confidence);
      evidence.push(`${type} ${source} ${start}..${end}`);
    }
  }
  if (evidence.length > 0)
    return { status: 'matched', score: clampToUnit(score), value: score, evidence, values };
  const problem = found.find((one) => one.problem !== undefined)?.problem;
  if (problem !== undefined) return { status: 'unavailable', reason: problem };
  return {
    status: 'not_matched',
    score: clampToUnit(Math.max(0, ...found.map(({ doubt }) => doubt))),
    values,
  };
}

export const piiFamily: SignalFamily<PiiRule> = {
  type: 'pii',
  configKey: 'pii',
  summary: 'Finds personal data and secrets of types that are not allowed.',
  cost: 'encoder',
  schema,
  check(rules, report) {
    rules.forEach((rule, index) => {
      for (const field of ['pii_types_allowed', 'pii_types_denied'] as const) {
        rule[field]?.forEach((name, at) => {
          if (piiTypes.some((type) => type === name.toUpperCase()) || name.toUpperCase() === 'NO_PII') return;
          const message = `found \`${name}\`, which the embedded models never report${didYouMean(name, piiTypes)}`;
          report(index, [field, at], message, 'warning');
        });
      }
      if (rule.pii_types_denied !== undefined && !rule.pii_types_denied.some(deniedBy(rule))) {
        const message = 'found no type that is not allowed as well, so the rule never matches';
        report(index, ['pii_types_denied'], message);
      }
    });
  },
  compile(rules, { encoder, thresholds }) {
    // Rules that read the same texts with the same threshold share what is found in them.
    const shared = new Map<string, symbol>();
    return rules.map((rule) => {
      const threshold = rule.threshold ?? thresholds?.pii;
      const key = `${rule.include_history} ${threshold}`;
      const reading = shared.get(key) ?? Symbol(key);
      shared.set(key, reading);
      const denied = deniedBy(rule);
      return {
        name: rule.name,
        reads: [modelNames.pii],
        warmUp: () => import('../pii/recognise.js'),
        async evaluate(request, signal) {
          const shared = request.memo(reading, (): { work: SharedWork<Found[]> | undefined } => ({
            work: undefined,
          }));
          if (shared.work === undefined || shared.work.stopped) {
            const texts = guardedTexts(request, rule.include_history);
            shared.work = new SharedWork((stop) =>
              mapLimited(
                texts,
                guardConcurrency,
                (text) => findIn(text, request, encoder, threshold, stop),
                stop,
              ),
            );
          }
          const found = await shared.work.join(signal);
          return judge(found, denied);
        },
      };
    });
  },
};
