/**
 * What a decision does when it matches, and the named levels of priority that go with it.
 *
 * @module
 */
import { z } from 'zod';

/**
 * Levels of the roadmap: safety blocks, routing overrides, category boosts, consensus, default. Each has
 * the name of its purpose; `block` and `route` are those of the actions that live there.
 */
export const priorityLevels = {
  safety: 200,
  block: 200,
  override: 150,
  route: 150,
  boost: 100,
  consensus: 50,
  default: 0,
} as const satisfies Readonly<Record<string, number>>;

export type PriorityLevel = keyof typeof priorityLevels;

const levelNames = z.enum([
  'safety',
  'block',
  'override',
  'route',
  'boost',
  'consensus',
  'default',
] satisfies readonly PriorityLevel[]);

export const prioritySchema = z
  .union([z.number().multipleOf(1, 'expected a whole number'), levelNames])
  .describe(
    'The matching decision with the highest priority wins. A whole number or a level: `safety` or `block` 200, `override` or `route` 150, `boost` 100, `consensus` 50, `default` 0. Left out: 200 for a block, otherwise 0.',
  );

/** The number behind a priority as the file states it. */
export function priorityOf(
  priority: z.infer<typeof prioritySchema> | undefined,
  action: DecisionAction | undefined,
): number {
  if (typeof priority === 'number') return priority;
  if (priority !== undefined) return priorityLevels[priority];
  // A refusal that everything else outranks would protect nothing.
  return action?.type === 'block' ? priorityLevels.block : priorityLevels.default;
}

/** What a blocked client reads unless the decision has its own words. */
export const defaultBlockMessage = 'This request was blocked by a policy of this service.';

const blockSchema = z
  .strictObject({
    type: z.literal('block'),
    message: z.string().min(1).default(defaultBlockMessage).describe('What the client reads instead.'),
    status: z
      .union([z.literal(200), z.literal(403)])
      .default(200)
      .describe(
        '200: an ordinary answer whose `finish_reason` is `content_filter`; 403: an error in the client’s protocol.',
      ),
  })
  .describe('Refuse the request; no model is called.');

const routeSchema = z
  .strictObject({
    type: z.literal('route'),
    destination: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Model, virtual model of `entrypoints`, or recipe that takes the request instead of `modelRefs`.',
      ),
  })
  .describe('Send the request on, as decisions without an action do.');

const boostSchema = z
  .strictObject({
    type: z.literal('boost'),
    category: z.string().min(1).optional().describe('Domain whose probability is raised for all decisions.'),
    decision: z
      .string()
      .min(1)
      .optional()
      .describe('Decision whose measured conditions are raised. Exactly one of `category` and `decision`.'),
    weight: z
      .number()
      .min(-1)
      .max(1)
      .describe(
        'What is added. Weights of several boosts add up, within -1 to 1; scores stay within 0 to 1.',
      ),
  })
  .refine((boost) => (boost.category === undefined) !== (boost.decision === undefined), {
    message: 'a boost needs exactly one of `category` and `decision`',
  })
  .describe('Add weight to a category or to another decision; the decision itself never wins.');

const fallthroughSchema = z
  .strictObject({ type: z.literal('fallthrough') })
  .describe('Record the match, and let the next decision decide.');

export const actionSchema = z
  .discriminatedUnion('type', [blockSchema, routeSchema, boostSchema, fallthroughSchema])
  .describe('What a match does. Left out: the request goes to `modelRefs`.');

export type DecisionAction = z.infer<typeof actionSchema>;
export type BlockAction = z.infer<typeof blockSchema>;
export type BoostAction = z.infer<typeof boostSchema>;

/** Whether a decision can be the one that answers. */
export function competes(action: DecisionAction | undefined): boolean {
  return action === undefined || action.type === 'block' || action.type === 'route';
}
