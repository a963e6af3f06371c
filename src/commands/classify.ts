/**
 * `classify`: shows where prompts would go and why, without sending them anywhere.
 *
 * @module
 */
import type { RoutingRequest } from '../runtime/apis/types.js';
import type { Explanation } from '../runtime/policy/explanation.js';
import type { EvalResponse } from '../runtime/server/eval-response.js';
import type { Identity } from '../runtime/signals/types.js';
import { type CommandContext, defineCommand } from './command.js';
import { unlessStopped } from './interruption.js';
import { pullOption } from './support/hub-models.js';
import type { Session } from './support/session.js';

/** Enough to keep the model's threads busy; more would only wait. */
const concurrency = 16;

export const classify = defineCommand({
  path: ['classify'],
  describe: 'show which model would answer a prompt, and why; nothing is sent',
  examples: [
    'vllm-sr classify "Prove that the square root of 2 is irrational"',
    'vllm-sr classify --config config.yaml --explain "Why is my loop slow?"',
    'vllm-sr classify --json < prompt.txt',
    'vllm-sr classify --jsonl --file prompts.jsonl > routed.jsonl',
  ],
  arguments: [
    { name: 'prompt', describe: 'the prompt; read from stdin if left out', required: false, variadic: true },
  ],
  options: {
    config: {
      kind: 'string',
      short: 'c',
      placeholder: 'file',
      describe: 'configuration file (default: the built-in configuration)',
    },
    pull: pullOption,
    explain: {
      kind: 'flag',
      describe: 'also margins, what lost each decision, and the smallest changes that flip it',
    },
    json: { kind: 'flag', describe: 'print what POST /api/v1/eval answers' },
    trace: { kind: 'flag', describe: 'with --json or --jsonl: add the rule trees, as ?trace=true does' },
    jsonl: {
      kind: 'flag',
      describe: 'read {"prompt"} or {"messages"} per line, print one JSON body per line',
    },
    file: { kind: 'string', placeholder: 'file', describe: 'with --jsonl: read this file, not stdin' },
    model: {
      kind: 'string',
      placeholder: 'name',
      describe: 'what a client would put into `model` (default: a name that asks the router to choose)',
    },
    user: { kind: 'string', placeholder: 'name', describe: 'whose request it would be, for role_bindings' },
    group: { kind: 'string', placeholder: 'names', describe: 'groups of that user, separated by commas' },
  },
  async run({ options, args }, context) {
    const { VsrError } = await import('../runtime/errors.js');
    const usage = (message: string, hint: string) => new VsrError('VSR_USAGE', message, { hint });
    if (options.jsonl && args.length > 0) {
      throw usage(
        '--jsonl reads its prompts from stdin or --file.',
        'Leave out the prompt, or leave out --jsonl.',
      );
    }
    if (options.file !== undefined && !options.jsonl) {
      throw usage('--file goes with --jsonl.', 'Add --jsonl, or use stdin: vllm-sr classify < prompt.txt');
    }
    if (options.trace && !options.json && !options.jsonl) {
      throw usage('--trace goes with --json or --jsonl.', 'Use --explain for output to read.');
    }
    if (options.jsonl && (options.user !== undefined || options.group !== undefined)) {
      throw usage(
        '--user and --group do not go with --jsonl.',
        'Write it into the lines: {"prompt": "…", "identity": {"user_id": "alice", "groups": ["staff"]}}.',
      );
    }
    const prompt = options.jsonl ? '' : await promptFrom(args, context);
    if (!options.jsonl && prompt.trim() === '') {
      throw usage(
        'There is no prompt.',
        'Write it after the command, or pipe it in: vllm-sr classify < prompt.txt',
      );
    }
    // Opened first: a missing file should not wait for the model.
    const { openInput } = await import('./support/lines.js');
    const input = options.jsonl ? await openInput(options.file ?? '-', context) : undefined;

    const { openSession } = await import('./support/session.js');
    // People see every head; programs get what the decisions need, which may be no model at all.
    const encoder = options.json || options.jsonl ? 'if-needed' : 'if-possible';
    const session = await openSession({ config: options.config, encoder, pull: options.pull }, context);
    try {
      // Loading is no part of what a signal takes. If it fails, the signals say so.
      const wants = encoder === 'if-needed' ? session.router.reads : undefined;
      const ready = session.encoder?.ready({ wants }).catch(() => undefined);
      await unlessStopped(Promise.resolve(ready), context.signal);
      if (input !== undefined) return await classifyLines(input, session, options, context);
      const { promptRequest } = await import('./support/requests.js');
      const identity = identityFrom(options.user, options.group);
      const request = promptRequest(prompt, options.model ?? autoName(session), { identity });
      const printed = options.json
        ? printBody(request, session, options, context)
        : printExplanation(request, session, options.explain, context);
      await unlessStopped(printed, context.signal);
      return 0;
    } finally {
      await session.close();
    }
  },
});

async function promptFrom(args: readonly string[], context: CommandContext): Promise<string> {
  if (args.length > 0) return args.join(' ');
  if (context.stdin.isTTY === true) return '';
  const { readAll } = await import('./support/lines.js');
  // The line break at the end comes from the pipe and is no part of the prompt.
  return (await readAll(context.stdin, context.signal)).replace(/\r?\n$/, '');
}

function identityFrom(user: string | undefined, group: string | undefined): Identity | undefined {
  const groups = (group ?? '').split(',').flatMap((name) => name.trim() || []);
  return user === undefined && groups.length === 0 ? undefined : { userId: user, groups };
}

/** Rows and prompts without a model ask the router to choose. */
function autoName({ loaded }: Session): string {
  return loaded.config.router.autoModelNames[0] ?? 'auto';
}

interface BodyOptions {
  readonly trace: boolean;
  readonly explain: boolean;
}

/** What `POST /api/v1/eval` answers, and the explanation if it is asked for. */
async function bodyOf(
  request: RoutingRequest,
  { router }: Session,
  { trace, explain }: BodyOptions,
): Promise<EvalResponse & { readonly explanation?: Explanation }> {
  const { evalResponse } = await import('../runtime/server/eval-response.js');
  const evaluation = await router.evaluate(request, 'full');
  const body = evalResponse(router, request, evaluation, { trace });
  if (!explain) return body;
  const { explainRequest } = await import('../runtime/policy/explanation.js');
  const { explanation } = await explainRequest(router, request, evaluation);
  return { ...body, explanation };
}

async function printBody(
  request: RoutingRequest,
  session: Session,
  options: BodyOptions,
  context: CommandContext,
) {
  const body = await bodyOf(request, session, options);
  context.signal.throwIfAborted();
  context.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
}

async function printExplanation(
  request: RoutingRequest,
  { router, encoder, loaded, plan: models }: Session,
  explain: boolean,
  context: CommandContext,
) {
  const [{ explanation }, { headsReport }, { paletteFor }, { terminalWidth }] = await Promise.all([
    import('./support/explanation.js'),
    import('./support/heads.js'),
    import('./support/output.js'),
    import('./support/text.js'),
  ]);
  const evaluation = await router.evaluate(request, 'full');
  context.signal.throwIfAborted();
  const plan = router.select(evaluation, request);
  const palette = await paletteFor(context);
  const width = terminalWidth(context.stdout);
  const explained = explain
    ? await (await import('../runtime/policy/explanation.js')).explainRequest(router, request, evaluation)
    : undefined;
  context.stdout.write(explanation({ router, plan, width, palette, explained }));
  if (encoder === undefined) return;
  const { text } = evaluation;
  context.stdout.write(
    `\n${await headsReport({ text, encoder, plan: models, thresholds: loaded.config.thresholds, width, palette })}`,
  );
}

/** One line out per line in, in order; a bad line is answered with its error and the others go on. */
async function classifyLines(
  input: CommandContext['stdin'],
  session: Session,
  options: BodyOptions & { readonly model: string | undefined },
  context: CommandContext,
): Promise<number> {
  const [{ linesOf, mapInOrder, parseObject }, { rowRequest }, { writeOut, plural }, { messageOf }] =
    await Promise.all([
      import('./support/lines.js'),
      import('./support/requests.js'),
      import('./support/output.js'),
      import('../runtime/errors.js'),
    ]);
  const answers = mapInOrder(
    linesOf(input, context.signal),
    concurrency,
    async ({ number, text }) => {
      try {
        const fields = parseObject(text);
        const model =
          typeof fields.model === 'string' && fields.model.trim() !== ''
            ? fields.model.trim()
            : (options.model ?? autoName(session));
        return { failed: false, body: await bodyOf(rowRequest(fields, model), session, options) };
      } catch (error) {
        return { failed: true, body: { line: number, error: messageOf(error) } };
      }
    },
    context.signal,
  );
  let failures = 0;
  for await (const { failed, body } of answers) {
    if (failed) failures++;
    await writeOut(context.stdout, `${JSON.stringify(body)}\n`, context.signal);
  }
  if (failures > 0)
    context.stderr.write(`${plural(failures, 'line')} could not be classified; see "error" in the output.\n`);
  return failures > 0 ? 1 : 0;
}
