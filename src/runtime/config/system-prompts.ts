/**
 * The system prompts of decisions, in the text of a config file.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { suggestion } from '../text/suggestions.js';
import { ConfigEdit } from './edit.js';
import { migrateConfigText } from './migrate.js';
import { asRecord, at, listAt, textAt } from './raw.js';

/** What is to become of one decision's system prompt. What is undefined stays. */
export interface SystemPromptChange {
  readonly decision: string;
  /** `null` takes the prompt away. */
  readonly prompt: string | null | undefined;
  readonly mode: 'insert' | 'replace' | undefined;
  readonly enabled: boolean | undefined;
}

const pluginType = 'system_prompt';

/**
 * The text with other system prompts; all else, comments too, is left alone. A file of the layouts before v0.3 is
 * rewritten in the canonical one.
 *
 * @throws ConfigError if the text is no config file; VsrError `VSR_INPUT_INVALID` for a decision that is not there or
 *   has several prompts.
 */
export function changeSystemPrompts(
  text: string,
  changes: readonly SystemPromptChange[],
  source: string,
): string {
  const migrated = migrateConfigText(text, source);
  const edit = new ConfigEdit(migrated.early ? migrated.text : text, source);
  const decisions = [...listAt(edit.values(), 'routing', 'decisions')];
  const names = decisions.flatMap((decision) => textAt(decision, 'name') ?? []);
  for (const [index, change] of changes.entries()) {
    const field = `system_prompts[${index}].decision`;
    const at = decisions.findIndex((decision) => textAt(decision, 'name') === change.decision);
    if (at < 0) {
      throw new VsrError('VSR_INPUT_INVALID', `There is no decision \`${change.decision.slice(0, 100)}\`.`, {
        param: field,
        hint: suggestion(change.decision, names),
      });
    }
    decisions[at] = withPrompt(decisions[at], change, field);
  }
  edit.merge({ routing: { decisions } });
  return edit.toString();
}

function withPrompt(
  decision: unknown,
  { prompt, mode, enabled, decision: name }: SystemPromptChange,
  field: string,
) {
  const plugins = listAt(decision, 'plugins');
  const own = plugins.filter((plugin) => textAt(plugin, 'type') === pluginType);
  if (own.length > 1) {
    throw new VsrError('VSR_INPUT_INVALID', `Decision \`${name}\` has ${own.length} system prompts.`, {
      param: field,
      hint: 'Say with PATCH /config/router what its `plugins` are to be.',
    });
  }
  const [standing] = own;
  const { plugins: _, ...rest } = asRecord(decision) ?? {};
  if (prompt === null) {
    const others = plugins.filter((plugin) => plugin !== standing);
    return others.length === 0 ? rest : { ...rest, plugins: others };
  }
  const configuration = {
    ...asRecord(at(standing, 'configuration')),
    ...(prompt !== undefined && { system_prompt: prompt }),
    ...(mode !== undefined && { mode }),
    ...(enabled !== undefined && { enabled }),
  };
  const plugin = { ...asRecord(standing), type: pluginType, configuration };
  const others = plugins.map((one) => (one === standing ? plugin : one));
  return { ...rest, plugins: standing === undefined ? [...plugins, plugin] : others };
}
