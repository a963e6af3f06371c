/**
 * Finds the tools of a server that classify texts, and how they want to be called.
 *
 * @module
 */
import type { Tool } from '@modelcontextprotocol/client';

/** Names that are looked for, in this order. */
const classifierNames = ['classify_text', 'classify', 'categorize', 'categorize_text'] as const;

/** Tool that lists the categories. */
export const categoriesTool = 'list_categories';

/** The tool that classifies; undefined if there is none. A configured name must be there. */
export function classifierTool(tools: readonly Tool[], configured: string | undefined): Tool | undefined {
  if (configured !== undefined) return tools.find(({ name }) => name === configured);
  for (const name of classifierNames) {
    const tool = tools.find((candidate) => candidate.name === name);
    if (tool !== undefined) return tool;
  }
  return tools.find(
    ({ name, description = '' }) => name !== categoriesTool && /classif/i.test(`${name} ${description}`),
  );
}

/** Arguments for a text. Tools name theirs differently, and some refuse what they have not declared. */
export function argumentsFor({ inputSchema }: Tool, text: string): Record<string, unknown> {
  const properties = inputSchema.properties ?? {};
  const declares = (name: string) => Object.hasOwn(properties, name);
  const name = declares('text') ? 'text' : (onlyText(properties, inputSchema.required) ?? 'text');
  const open = Object.keys(properties).length === 0 && inputSchema.additionalProperties !== false;
  return { [name]: text, ...(open || declares('with_probabilities') ? { with_probabilities: true } : {}) };
}

/** The property that must be the text where none is called that: the only required string, else the only string. */
function onlyText(
  properties: Readonly<Record<string, unknown>>,
  required: readonly string[] = [],
): string | undefined {
  const strings = Object.entries(properties).flatMap(([name, schema]) =>
    typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'string'
      ? [name]
      : [],
  );
  const candidates = strings.filter((name) => required.includes(name));
  if (candidates.length === 1) return candidates[0];
  return strings.length === 1 ? strings[0] : undefined;
}
