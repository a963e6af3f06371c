/**
 * `complexity`: whether a text is nearer to examples of hard requests or to those of easy ones.
 *
 * @module
 */
import { z } from 'zod';
import { clampToUnit, logistic } from '../math/probabilities.js';
import { noEncoder, outcomeOfTopic } from './encoder-outcome.js';
import { ExampleSet, prototypeScoringSchema } from './prototypes.js';
import { description } from './rule-fields.js';
import { embeddingWants, TextEmbeddings } from './text-embeddings.js';
import type { SignalFamily, SignalOutcome } from './types.js';

export const complexityLevels = ['hard', 'medium', 'easy'] as const;
export type ComplexityLevel = (typeof complexityLevels)[number];

/** Of 80 own requests this bound puts 61 on their level, 0.05 does 59 and 0.2 does 48. */
const defaultBound = 0.1;
/** How fast a margin beyond its bound becomes certain: 0.1 beyond is 88 %. */
const slope = 20;

const margin = z.number().min(-2).max(2);
const examples = (kind: string) =>
  z
    .strictObject({
      candidates: z
        .array(z.string().refine((text) => text.trim() !== '', { message: 'a candidate must not be empty' }))
        .default([])
        .describe(`Example requests that are ${kind}.`),
      image_candidates: z.array(z.string()).optional().describe('Accepted, not used.'),
    })
    .describe(`What is ${kind}.`);

const schema = z.strictObject({
  name: z
    .string()
    .min(1)
    .regex(/^[^:]+$/, 'must not have a colon: conditions write `name:hard`')
    .describe('Name of the rule. Conditions name a level with it: `name:hard`, `name:medium`, `name:easy`.'),
  description,
  threshold: margin
    .min(0)
    .optional()
    .describe(
      `Bound of the margin, which is the similarity to the hard examples minus that to the easy ones: above it a text is hard, below its negative easy, else medium. Margins beyond 0.4 are rare. Default: ${defaultBound}.`,
    ),
  hard_above: margin.optional().describe('Margin above which a text is hard, instead of `threshold`.'),
  hard_below: margin
    .optional()
    .describe('Margin below which a text is hard: for examples that stand the other way round.'),
  easy_above: margin.optional().describe('Margin above which a text is easy; goes with `hard_below`.'),
  easy_below: margin.optional().describe('Margin below which a text is easy, instead of minus `threshold`.'),
  hard: examples('hard').prefault({}),
  easy: examples('easy').prefault({}),
  prototype_scoring: prototypeScoringSchema
    .optional()
    .describe('How similarities to single examples become one; on by default.'),
  composer: z
    .looseObject({})
    .optional()
    .describe('Rule tree over other signals; the rule gives no level where it does not hold.'),
});

export type ComplexityRule = z.infer<typeof schema>;

interface Bounds {
  readonly hardAbove: number;
  readonly easyBelow: number;
  /** −1 where a low margin means hard: margin and bounds are turned around then. */
  readonly sign: 1 | -1;
}

/** True if the rule says what a low margin means, instead of a high one. */
function isTurned({ hard_below, easy_above }: ComplexityRule): boolean {
  return hard_below !== undefined || easy_above !== undefined;
}

function boundsOf(rule: ComplexityRule): Bounds {
  const { threshold = defaultBound, hard_above, easy_below, hard_below, easy_above } = rule;
  if (!isTurned(rule)) {
    return { hardAbove: hard_above ?? threshold, easyBelow: easy_below ?? -threshold, sign: 1 };
  }
  return { hardAbove: -(hard_below ?? -threshold), easyBelow: -(easy_above ?? threshold), sign: -1 };
}

/**
 * Probability of each level: logistic in the distance to its bound, and what is left for `medium`. They sum to
 * 1, and a level that matches with room to spare has more than half, except in a narrow middle.
 */
function levelScores(
  value: number,
  { hardAbove, easyBelow }: Bounds,
): Readonly<Record<ComplexityLevel, number>> {
  const hard = logistic(slope * (value - hardAbove));
  const easy = logistic(slope * (easyBelow - value));
  return { hard, easy, medium: clampToUnit(1 - hard - easy) };
}

function levelOf(value: number, { hardAbove, easyBelow }: Bounds): ComplexityLevel {
  if (value > hardAbove) return 'hard';
  return value < easyBelow ? 'easy' : 'medium';
}

export const complexityFamily: SignalFamily<ComplexityRule> = {
  type: 'complexity',
  configKey: 'complexity',
  summary: 'Tells hard requests from easy ones, by similarity to examples of both.',
  cost: 'encoder',
  schema,
  conditionNames: ({ name }) => complexityLevels.map((level) => `${name}:${level}`),
  check(rules, report) {
    rules.forEach((rule, index) => {
      for (const side of ['hard', 'easy'] as const) {
        const { candidates, image_candidates: images } = rule[side];
        if (images !== undefined) {
          const message = 'not available in this version: images are not compared';
          report(index, [side, 'image_candidates'], message, 'warning');
        }
        if (candidates.length > 0) continue;
        const message = `found none, so the similarity to what is ${side} counts as 0; give a few examples`;
        report(index, [side, 'candidates'], message, 'warning');
      }
      if (isTurned(rule) && (rule.hard_above !== undefined || rule.easy_below !== undefined)) {
        const message = 'and `easy_above` exclude `hard_above` and `easy_below`; keep one pair';
        report(index, ['hard_below'], message);
      }
      const { hardAbove, easyBelow } = boundsOf(rule);
      if (easyBelow > hardAbove) {
        const field = isTurned(rule) ? 'easy_above' : 'easy_below';
        report(index, [field], 'is on the hard side of the bound of hard, so both would hold; swap them');
      }
      if (Math.max(Math.abs(hardAbove), Math.abs(easyBelow)) > 0.5) {
        const field = rule.threshold === undefined ? 'hard_above' : 'threshold';
        const message = `found ${rule[field] ?? easyBelow}, a margin between two similarities that hardly any text reaches; usual are 0.03 to 0.2`;
        report(index, [field], message, 'warning');
      }
    });
  },
  compile(rules, { encoder }) {
    const embeddings = encoder === undefined ? undefined : new TextEmbeddings(encoder);
    return rules.flatMap((rule) => {
      const key = Symbol(rule.name);
      const bounds = boundsOf(rule);
      const sets = embeddings && {
        hard: new ExampleSet(embeddings, rule.hard.candidates, rule.prototype_scoring),
        easy: new ExampleSet(embeddings, rule.easy.candidates, rule.prototype_scoring),
      };
      const judge = async (
        query: Float32Array,
      ): Promise<Readonly<Record<ComplexityLevel, SignalOutcome>>> => {
        if (sets === undefined) return { hard: noEncoder, medium: noEncoder, easy: noEncoder };
        const [hard, easy] = await Promise.all([sets.hard.nearness(query), sets.easy.nearness(query)]);
        const { sign, hardAbove, easyBelow } = bounds;
        // A side without examples has -1, which no text has.
        const margin = Math.max(0, hard.value) - Math.max(0, easy.value);
        const value = sign * margin;
        const scores = levelScores(value, bounds);
        const found = levelOf(value, bounds);
        const outcome = (level: ComplexityLevel, threshold: number): SignalOutcome => ({
          status: level === found ? 'matched' : 'not_matched',
          score: scores[level],
          value: margin,
          threshold: sign * threshold,
          evidence: [hard.text, easy.text],
        });
        return {
          hard: outcome('hard', hardAbove),
          medium: outcome('medium', value > 0 ? hardAbove : easyBelow),
          easy: outcome('easy', easyBelow),
        };
      };
      return complexityLevels.map((level) => ({
        name: `${rule.name}:${level}`,
        reads: embeddingWants,
        warmUp: async () => sets && Promise.all([sets.hard.load(), sets.easy.load()]),
        evaluate: (request) =>
          sets === undefined
            ? noEncoder
            : outcomeOfTopic(request, embeddingWants, async ({ embedding }) => {
                const levels = await request.memo(key, () => judge(embedding));
                return levels[level];
              }),
      }));
    });
  },
};
