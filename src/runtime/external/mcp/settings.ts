/**
 * Servers that classify texts over the Model Context Protocol: what a configuration says of them.
 *
 * @module
 */
import { z } from 'zod';

/** Who says the categories of a text of which the servers say none: the domain model, or nobody. */
export const categoryFallbacks = ['embedded', 'none'] as const;
export type CategoryFallback = (typeof categoryFallbacks)[number];

/** `http` is how files of the first release write `streamable-http`. */
export const transportTypes = ['stdio', 'streamable-http', 'http'] as const;

export const mcpServerSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .optional()
      .describe('Shown in explanations and errors. Default: its program or host.'),
    enabled: z.boolean().default(true).describe('`false`: the server is not used.'),
    transport_type: z
      .enum(transportTypes)
      .optional()
      .describe('How it is reached. Default: `stdio` with a `command`, `streamable-http` with a `url`.'),
    command: z.string().min(1).optional().describe('Program of a `stdio` server, started by the router.'),
    args: z.array(z.string()).default([]).describe('Its arguments.'),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe('Environment variables it gets beside the usual few; those of the router are not passed on.'),
    cwd: z.string().min(1).optional().describe('Folder it runs in. Default: that of the router.'),
    url: z.string().min(1).optional().describe('URL of a `streamable-http` server.'),
    headers: z.record(z.string(), z.string()).default({}).describe('Headers of every request to `url`.'),
    tool_name: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Tool that classifies. Default: `classify_text`, `classify`, `categorize`, `categorize_text`, or the first one about classification.',
      ),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('Least confidence; below it the text has the category of `fallback_category`.'),
    fallback: z
      .enum(categoryFallbacks)
      .optional()
      .describe(
        'Who answers while the server does not: `embedded` the domain model, as far as it knows the categories, `none` nobody, so the signal is `unavailable`. Of several servers one with `none` decides. Default: `global.model_catalog.fallback`, else `embedded`.',
      ),
    fallback_category: z.string().min(1).default('other').describe('Category of what is not sure enough.'),
    use_suggestions: z
      .boolean()
      .default(false)
      .describe(
        'Whether what the server suggests counts: its `model` if the decision names it in `modelRefs`, and its `use_reasoning`. It is shown in any case.',
      ),
    timeout_seconds: z
      .number()
      .positive()
      .max(600)
      .default(10)
      .describe('Longest wait for a connection or an answer, seconds; then `fallback` holds.'),
    categories_ttl_seconds: z
      .number()
      .min(0)
      .default(300)
      .describe('After so many seconds the list of categories is asked for again, seconds.'),
    cache_ttl_seconds: z
      .number()
      .min(0)
      .default(300)
      .describe('How long an answer holds for the same text, seconds; 0 asks each time.'),
  })
  .describe('A server that says which category a text belongs to. It takes the place of the domain model.');

export const mcpServersSchema = z
  .union([mcpServerSchema, z.array(mcpServerSchema)])
  .describe('A server for the categories of `domains`, or several; each is asked.');

interface ServerBase {
  readonly name: string;
  readonly toolName: string | undefined;
  readonly threshold: number;
  readonly fallbackCategory: string;
  readonly fallback: CategoryFallback;
  /** Whether the server has a say in which model answers. */
  readonly useSuggestions: boolean;
  readonly timeoutMs: number;
  readonly categoriesTtlMs: number;
  readonly cacheTtlMs: number;
}

/** A server, ready to be connected. */
export type McpServerSettings = ServerBase &
  (
    | {
        readonly transport: 'stdio';
        readonly command: string;
        readonly args: readonly string[];
        readonly env: Readonly<Record<string, string>>;
        readonly cwd: string | undefined;
      }
    | {
        readonly transport: 'streamable-http';
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
      }
  );

export type McpServerEntry = z.output<typeof mcpServerSchema>;

/** What is wrong with an entry across its fields, and where; undefined if nothing is. */
export function mcpServerProblem(
  entry: Readonly<Record<string, unknown>>,
): { readonly field: string; readonly problem: string; readonly fix: string } | undefined {
  const { command, url, transport_type: type } = entry;
  if (command === undefined && url === undefined) {
    return {
      field: '',
      problem: 'the server has neither `command` nor `url`',
      fix: 'add `command` for a program, or `url` for a server over HTTP',
    };
  }
  if (command !== undefined && url !== undefined && type === undefined) {
    return {
      field: 'url',
      problem: 'the server has both `command` and `url`',
      fix: 'keep one of them, or say which one counts with `transport_type`',
    };
  }
  if (type === 'stdio' && command === undefined) {
    return {
      field: 'transport_type',
      problem: 'a `stdio` server needs a `command`',
      fix: 'add it, or use `streamable-http`',
    };
  }
  if (type !== undefined && type !== 'stdio' && url === undefined) {
    return {
      field: 'transport_type',
      problem: `a \`${String(type)}\` server needs a \`url\``,
      fix: 'add it, or use `stdio`',
    };
  }
  if (typeof url === 'string' && type !== 'stdio' && !/^https?:\/\/[^\s/]/i.test(url)) {
    return {
      field: 'url',
      problem: `\`url\`: found \`${url}\`; expected a full URL`,
      fix: 'write for example `http://127.0.0.1:9000/mcp`',
    };
  }
  return undefined;
}

/** `python server.py`: the program and what it runs, without folders and without options, which may hold secrets. */
function programName(command: string, args: readonly string[]): string {
  const base = (path: string) => path.split(/[\\/]/).at(-1) ?? path;
  const [first = ''] = args;
  return first === '' || first.startsWith('-') ? base(command) : `${base(command)} ${base(first)}`;
}

/** The servers of validated entries; those that are switched off are left out. */
export function mcpServersOf(
  entries: McpServerEntry | readonly McpServerEntry[] | undefined,
  fallback: CategoryFallback = 'embedded',
): McpServerSettings[] {
  const list: readonly McpServerEntry[] =
    entries === undefined ? [] : 'enabled' in entries ? [entries] : entries;
  return list.flatMap((entry): McpServerSettings[] => {
    if (!entry.enabled) return [];
    const { command, url } = entry;
    const base = {
      toolName: entry.tool_name,
      threshold: entry.threshold,
      fallbackCategory: entry.fallback_category,
      fallback: entry.fallback ?? fallback,
      useSuggestions: entry.use_suggestions,
      timeoutMs: entry.timeout_seconds * 1000,
      categoriesTtlMs: entry.categories_ttl_seconds * 1000,
      cacheTtlMs: entry.cache_ttl_seconds * 1000,
    };
    if (command !== undefined && (entry.transport_type === 'stdio' || entry.transport_type === undefined)) {
      const { args, env, cwd } = entry;
      return [
        {
          ...base,
          name: entry.name ?? programName(command, args),
          transport: 'stdio',
          command,
          args,
          env,
          cwd,
        },
      ];
    }
    if (url === undefined) return [];
    const name = entry.name ?? new URL(url).host;
    return [{ ...base, name, transport: 'streamable-http', url, headers: entry.headers }];
  });
}
