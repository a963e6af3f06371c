/**
 * `fast_response`: answers at once with a fixed text; no model is asked.
 *
 * @module
 */
import { z } from 'zod';
import type { PluginKind } from './types.js';

const schema = z.strictObject({
  enabled: z.boolean().optional().describe('`false` switches the plugin off; on by default.'),
  message: z.string().min(1).describe('Text of the answer.'),
});

type FastResponseConfiguration = z.infer<typeof schema>;

export const fastResponse: PluginKind<FastResponseConfiguration> = {
  type: 'fast_response',
  summary: 'Answers with a fixed text instead of asking a model.',
  scope: 'all',
  schema,
  compile({ enabled, message }) {
    if (enabled === false) return undefined;
    const verdict = { action: 'respond', text: message, path: 'fast_response' } as const;
    return { type: 'fast_response', onRequest: () => verdict };
  },
};
