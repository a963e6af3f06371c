/**
 * Files of policy tests: prompts, and what a configuration should make of them.
 *
 * @module
 */
import { z } from 'zod';
import { Findings, formatDiagnostics, type Locate, type Path, type Place } from '../config/diagnostics.js';
import { parseSource } from '../config/document.js';
import { reportIssues } from '../config/issues.js';
import { toPlain } from '../config/nodes.js';
import { VsrError } from '../errors.js';

/** What stands for "no decision matched" and "no model answers". */
export const none = 'none';

const nameList = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

const signalName = z
  .string()
  .regex(/^[^:]+:.+$/, { message: 'write a signal as `family:name`, e.g. `keyword:code`' });

const expectationSchema = z
  .strictObject({
    decision: nameList
      .optional()
      .describe('Name of the decision that wins; a list: one of them; `none`: no decision matches.'),
    model: nameList.optional().describe('Model that would answer; a list: one of them; `none`: no model.'),
    recipe: z
      .string()
      .min(1)
      .optional()
      .describe('Recipe whose rules decided; `default`: those under `routing`.'),
    blocked: z.boolean().optional().describe('Whether the request is refused by a decision.'),
    reasoning: z.boolean().optional().describe('Whether the model reasons before it answers.'),
    reasoning_effort: z.string().min(1).optional().describe('Effort of the reasoning, e.g. `high`.'),
    matched: z.array(signalName).optional().describe('Signals that match, as `family:name`.'),
    not_matched: z.array(signalName).optional().describe('Signals that do not match, as `family:name`.'),
    plugins: z.array(z.string().min(1)).optional().describe('Plugins that run; others may run as well.'),
    min_confidence: z.number().min(0).max(1).optional().describe('Least confidence of the decision.'),
  })
  .refine((expect) => Object.values(expect).some((value) => value !== undefined), {
    message: 'expects nothing; give `decision`, `model`, `matched` or another field',
  })
  .describe('What has to be the case. Every field that is given is checked.');

const identitySchema = z
  .strictObject({
    user_id: z.string().min(1).optional().describe('Who sends the request.'),
    groups: z.array(z.string().min(1)).default([]).describe('Groups of the sender.'),
  })
  .describe('Identity of the sender, as a trusted proxy or an API key of the listener would give it.');

const contextShape = {
  identity: identitySchema.optional(),
  metadata: z.record(z.string(), z.unknown()).optional().describe('`metadata` of the request.'),
  request: z
    .looseObject({})
    .optional()
    .describe('Further fields of the chat request, e.g. `tools` or `max_tokens`.'),
};

const caseSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe('Shown in reports. Default: the prompt.'),
    prompt: z.string().min(1).optional().describe('The prompt, as one user message.'),
    prompts: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Several prompts with the same expectation; each is a case of its own.'),
    messages: z
      .array(z.looseObject({}))
      .min(1)
      .optional()
      .describe('A conversation, as in a chat request; stands instead of `prompt`.'),
    ...contextShape,
    skip: z
      .union([z.boolean(), z.string().min(1)])
      .default(false)
      .describe('`true`, or the reason: the case is counted and not run.'),
    expect: expectationSchema,
  })
  .refine(
    ({ prompt, prompts, messages }) =>
      [prompt, prompts, messages].filter((given) => given !== undefined).length === 1,
    { message: 'give exactly one of `prompt`, `prompts` and `messages`' },
  )
  .describe('A prompt, or several, and what is expected.');

/** Schema of a file of policy tests. */
export const policyTestSchema = z
  .strictObject({
    version: z.literal(1).default(1).describe('Layout of this file.'),
    description: z.string().optional().describe('For people only.'),
    config: z
      .string()
      .min(1)
      .optional()
      .describe('Configuration file, relative to this file; `--config` stands above it.'),
    defaults: z.strictObject(contextShape).default({}).describe('What cases have that say nothing else.'),
    cases: z.array(caseSchema).min(1).describe('The cases.'),
  })
  .describe('Policy tests of vllm-sr.');

/** JSON Schema (draft 2020-12) of the file, as text, for editors. */
export function policyTestJsonSchemaText(): string {
  const schema = z.toJSONSchema(policyTestSchema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ ...schema, title: 'vllm-sr policy tests' }, null, 2)}\n`;
}

export type Expectation = z.output<typeof expectationSchema>;

export interface PolicyCase {
  readonly name: string;
  /** Where it stands in the file. */
  readonly place: Place | undefined;
  /** Path of its entry, for findings. */
  readonly path: Path;
  /** Fields of a chat request: `prompt` or `messages`, and what else was given. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly identity: { readonly userId: string | undefined; readonly groups: readonly string[] } | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly expect: Expectation;
  /** Why it is not run; undefined: it is. */
  readonly skipped: string | undefined;
}

export interface PolicyTestFile {
  /** As given, for messages. */
  readonly source: string;
  /** As written in the file. */
  readonly config: string | undefined;
  readonly cases: readonly PolicyCase[];
  /** Where things stand, for findings about names. */
  readonly locate: Locate;
}

/**
 * Reads the text of a test file.
 *
 * @param source Name for messages.
 * @throws VsrError `VSR_INPUT_INVALID` with all that is wrong, each with its line and column.
 */
export function parsePolicyTests(text: string, source: string): PolicyTestFile {
  const findings = new Findings();
  const parsed = parseSource(text, findings, {
    kind: 'a test file',
    whenEmpty: 'write `cases:` with a `prompt` and an `expect` each',
  });
  if (parsed === undefined) throw testFileError(source, findings, () => undefined);
  const raw = toPlain(parsed.root);
  const result = policyTestSchema.safeParse(raw);
  if (!result.success) {
    reportIssues(result.error.issues, { schema: policyTestSchema, raw, findings, written: () => undefined });
    throw testFileError(source, findings, parsed.locate);
  }
  const { config, cases, defaults } = result.data;
  return {
    source,
    config,
    locate: parsed.locate,
    cases: cases.flatMap((entry, index) => casesOf(entry, index, defaults, parsed.locate)),
  };
}

/** The error for everything in `findings`. */
export function testFileError(source: string, findings: Findings, locate: Locate): VsrError {
  const errors = findings.resolve(locate).filter(({ severity }) => severity === 'error');
  const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
  return new VsrError('VSR_INPUT_INVALID', `${count} in ${source}:\n${formatDiagnostics(source, errors)}`);
}

type Entry = z.output<typeof caseSchema>;
type Defaults = z.output<typeof policyTestSchema>['defaults'];

function casesOf(entry: Entry, index: number, defaults: Defaults, locate: Locate): PolicyCase[] {
  const { name, prompt, prompts, messages, expect } = entry;
  const identity = entry.identity ?? defaults.identity;
  const shared = {
    identity: identity && { userId: identity.user_id, groups: identity.groups },
    metadata: entry.metadata ?? defaults.metadata,
    expect,
    skipped: entry.skip === true ? 'skipped' : entry.skip === false ? undefined : entry.skip,
  };
  const further = { ...defaults.request, ...entry.request };
  const path: Path = ['cases', index];
  const at = (more: Path): { place: Place | undefined; path: Path } => ({
    place: locate([...path, ...more], 'value'),
    path,
  });
  if (messages !== undefined) {
    const title = name ?? `conversation ${index + 1}`;
    return [{ ...shared, ...at([]), name: title, fields: { ...further, messages } }];
  }
  return (prompts ?? [prompt ?? '']).map((text, number) => ({
    ...shared,
    ...at(prompts === undefined ? [] : ['prompts', number]),
    name: titleOf(name, text, prompts !== undefined),
    // A conversation of one message, so that tools and limits of the request count as they would.
    fields: { ...further, messages: [{ role: 'user', content: text }] },
  }));
}

function titleOf(name: string | undefined, prompt: string, several: boolean): string {
  if (name !== undefined && !several) return name;
  const line = prompt.replace(/\s+/g, ' ').trim();
  const short = line.length > 70 ? `${line.slice(0, 69)}…` : line;
  return name === undefined ? short : `${name}: ${short}`;
}
