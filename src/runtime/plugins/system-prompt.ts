/**
 * `system_prompt`: gives the model instructions that fit the decision.
 *
 * @module
 */
import { z } from 'zod';
import type { PluginKind } from './types.js';

const schema = z
  .strictObject({
    enabled: z.boolean().optional().describe('`false` switches the plugin off; on by default.'),
    system_prompt: z.string().optional().describe('Instructions for the model.'),
    mode: z
      .enum(['insert', 'replace'])
      .optional()
      .describe(
        '`insert` (default) puts the text in front of the existing system message, `replace` in its place.',
      ),
  })
  .refine(
    (configuration) => configuration.enabled === false || (configuration.system_prompt ?? '').trim() !== '',
    {
      path: ['system_prompt'],
      message: 'system_prompt needs a text (or `enabled: false`)',
    },
  );

type SystemPromptConfiguration = z.infer<typeof schema>;

export const systemPrompt: PluginKind<SystemPromptConfiguration> = {
  type: 'system_prompt',
  summary: 'Adds instructions for the model to the request.',
  scope: 'auto',
  schema,
  compile({ enabled, system_prompt: text = '', mode = 'insert' }) {
    if (enabled === false || text.trim() === '') return undefined;
    const verdict = { action: 'continue' } as const;
    return {
      type: 'system_prompt',
      onRequest(request) {
        request.setSystemPrompt(text, mode);
        return verdict;
      },
    };
  },
};
