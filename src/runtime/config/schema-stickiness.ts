/**
 * Schema of `global.router.stickiness`.
 *
 * @module
 */
import { z } from 'zod';

export const stickinessSchema = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether a conversation in the middle of using tools stays with the model that called them.'),
    ttl_seconds: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .default(1800)
      .describe('How long a model is remembered after the last request of its loop.'),
    max_sessions: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Loops remembered at most.'),
    session_headers: z
      .array(z.string().min(1).toLowerCase())
      .default(['x-session-id', 'x-claude-code-session-id'])
      .describe(
        'Request headers that name a session; the first one present counts. Without one a loop is known by the messages before it.',
      ),
  })
  .describe('Staying with a model during tool loops. A block is never overridden.');
