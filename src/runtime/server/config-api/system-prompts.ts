/**
 * `/config/system-prompts`: the system prompts of decisions by their names, an older way to read and change them.
 *
 * @module
 */
import { z } from 'zod';
import { formatPath } from '../../config/diagnostics.js';
import { at, textAt } from '../../config/raw.js';
import type { SystemPromptChange } from '../../config/system-prompts.js';
import type { RouterConfig } from '../../config/types.js';
import { VsrError } from '../../errors.js';
import type { Fields } from '../api/route.js';

const changeSchema = z.strictObject({
  decision: z.string().min(1),
  prompt: z.string().nullable().optional(),
  mode: z.enum(['insert', 'replace']).optional(),
  enabled: z.boolean().optional(),
});
const bodySchema = z.strictObject({ system_prompts: z.array(changeSchema).min(1) });

/** What GET gives: one entry per prompt, in the order of the decisions. */
export function systemPromptsOf({ decisions }: RouterConfig) {
  return decisions.flatMap(({ name, plugins }) =>
    plugins.flatMap(({ type, configuration }) => {
      if (type !== 'system_prompt') return [];
      return [
        {
          decision: name,
          prompt: textAt(configuration, 'system_prompt') ?? '',
          enabled: at(configuration, 'enabled') !== false,
          mode: textAt(configuration, 'mode') ?? 'insert',
        },
      ];
    }),
  );
}

/**
 * The changes that a body asks for: what GET gives, or one entry of it alone.
 *
 * @throws VsrError `VSR_INPUT_INVALID` naming the first field that is wrong.
 */
export function systemPromptChanges(fields: Fields): readonly SystemPromptChange[] {
  const isOne = !Object.hasOwn(fields, 'system_prompts');
  const parsed = bodySchema.safeParse(isOne ? { system_prompts: [fields] } : fields);
  if (parsed.success) {
    return parsed.data.system_prompts.map(({ decision, prompt, mode, enabled }) => ({
      decision,
      prompt,
      mode,
      enabled,
    }));
  }
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((part) => (typeof part === 'number' ? part : String(part)));
  const field = formatPath(path.slice(isOne ? 2 : 0));
  throw new VsrError(
    'VSR_INPUT_INVALID',
    `${field === '' ? 'The body' : `\`${field}\``} is wrong: ${issue?.message}.`,
    {
      ...(field !== '' && { param: field }),
      hint: 'Send `{"system_prompts": [{"decision": "NAME", "prompt": "…", "mode": "insert", "enabled": true}]}`; what is left out stays, `"prompt": null` takes the prompt away.',
    },
  );
}
