/**
 * `conversation`: the shape of the request: its messages, tools and images, whatever they say.
 *
 * @module
 */
import { z } from 'zod';
import {
  countImages,
  countMessages,
  countToolCalls,
  countToolCycles,
  isToolLoopActive,
} from './conversation-shape.js';
import { compareWith, predicateProblem, predicateSchema } from './predicate.js';
import { description } from './rule-fields.js';
import type { SignalFamily, SignalRequest } from './types.js';

const roles = ['user', 'assistant', 'system', 'developer', 'tool', 'non_user'] as const;

const sourceSchema = z
  .strictObject({
    type: z
      .enum([
        'message',
        'tool_definition',
        'assistant_tool_call',
        'assistant_tool_cycle',
        'active_tool_loop',
        'image_content',
      ])
      .describe(
        '`message`: messages; `tool_definition`: tools offered to the model; `assistant_tool_call`: calls it made; `assistant_tool_cycle`: its turns whose calls were answered; `active_tool_loop`: 1 while it is using tools, else 0; `image_content`: images.',
      ),
    role: z
      .enum(roles)
      .optional()
      .describe('Of `message`: whose messages; `non_user` is everybody else. Default: all.'),
  })
  .describe('What is counted.');

const schema = z.strictObject({
  name: z.string().min(1).describe('Name of the rule, used in decision conditions.'),
  description,
  feature: z
    .strictObject({
      type: z.enum(['count', 'exists']).describe('`count`: how many; `exists`: 1 if there is any, else 0.'),
      source: sourceSchema,
    })
    .describe('What is measured.'),
  predicate: predicateSchema.optional(),
});

type ConversationRule = z.infer<typeof schema>;
type Source = z.infer<typeof sourceSchema>;

function countOf({ type, role }: Source, request: SignalRequest): number {
  const { messages } = request;
  switch (type) {
    case 'message':
      return countMessages(messages, role);
    case 'tool_definition':
      return request.toolDefinitions;
    case 'assistant_tool_call':
      return countToolCalls(messages);
    case 'assistant_tool_cycle':
      return countToolCycles(messages);
    case 'active_tool_loop':
      return isToolLoopActive(messages) ? 1 : 0;
    case 'image_content':
      return countImages(messages);
  }
}

export const conversationFamily: SignalFamily<ConversationRule> = {
  type: 'conversation',
  configKey: 'conversation',
  summary: 'Counts messages by role, tools, tool calls and images, and sees a tool loop under way.',
  cost: 'free',
  schema,
  check(rules, report) {
    rules.forEach(({ feature, predicate }, index) => {
      const { type, role } = feature.source;
      if (role !== undefined && type !== 'message') {
        const message = `found \`${role}\`, but only \`message\` sources have a role; remove it`;
        report(index, ['feature', 'source', 'role'], message);
      }
      if (predicate === undefined) return;
      const problem = predicateProblem(predicate);
      if (problem !== undefined) report(index, ['predicate'], problem);
      else if (feature.type === 'exists') {
        const message =
          'compared with 1 (it is there) or 0 (it is not); write `type: count` to compare numbers';
        report(index, ['predicate'], message, 'warning');
      }
    });
  },
  compile(rules) {
    return rules.map(({ name, feature, predicate }) => ({
      name,
      evaluate(request) {
        const count = countOf(feature.source, request);
        const value = feature.type === 'exists' ? Math.min(count, 1) : count;
        const holds = predicate === undefined ? value > 0 : compareWith(value, predicate).holds;
        return { status: holds ? 'matched' : 'not_matched', value };
      },
    }));
  },
};
