/**
 * `diff`: which recorded requests would move if one configuration took the place of another. No model is called.
 *
 * @module
 */
import type { TrafficDiff } from '../runtime/policy/traffic-diff.js';
import { type CommandContext, defineCommand } from './command.js';
import { unlessStopped, untilStopped } from './interruption.js';
import type { Sides } from './support/diff/routes.js';
import { pullOption } from './support/hub-models.js';
import { limitOption } from './support/row-options.js';

export const diff = defineCommand({
  path: ['diff'],
  describe: 'show which requests would move from one configuration to another, and what that costs',
  examples: [
    'vllm-sr diff old.yaml new.yaml --traffic prompts.jsonl',
    'vllm-sr diff old.yaml new.yaml --traffic prompts.jsonl --fail-on-moves 5%',
    'zcat log.jsonl.gz | vllm-sr diff old.yaml new.yaml --traffic - --json',
  ],
  arguments: [
    { name: 'old', describe: 'configuration file as it is', required: true },
    { name: 'new', describe: 'configuration file as it would be', required: true },
  ],
  options: {
    traffic: {
      kind: 'string',
      short: 't',
      placeholder: 'file',
      describe: 'JSON Lines with prompt or messages, and usage if known; - reads stdin',
    },
    limit: limitOption,
    'completion-tokens': {
      kind: 'number',
      placeholder: 'tokens',
      describe: 'length of answers whose row does not say it',
      default: 300,
      min: 0,
    },
    examples: {
      kind: 'number',
      placeholder: 'rows',
      describe: 'prompts shown per move',
      default: 2,
      min: 0,
      integer: true,
    },
    'fail-on-moves': {
      kind: 'string',
      placeholder: 'share',
      describe: 'fail if more requests move, e.g. 0.05 or 5%; 0 allows none',
    },
    pull: pullOption,
    json: { kind: 'flag', describe: 'print the figures as JSON' },
  },
  async run({ options, args }, context) {
    const [{ VsrError }, { percentText, shareOption }, { openInput }] = await Promise.all([
      import('../runtime/errors.js'),
      import('./support/share.js'),
      import('./support/lines.js'),
    ]);
    const most = shareOption('fail-on-moves', options['fail-on-moves']);
    const { traffic } = options;
    if (traffic === undefined) {
      throw new VsrError('VSR_USAGE', 'There are no requests to compare.', {
        hint: 'Give them with --traffic FILE: one {"prompt": "…"} or {"messages": […]} per line.',
      });
    }
    const input = await openInput(traffic, context);
    const [{ loadForCommand }, { openRouters }] = await Promise.all([
      import('./config-file.js'),
      import('./support/routers.js'),
    ]);
    const [old = '', renewed = ''] = args;
    const configs = [
      await loadForCommand(old, context, { quiet: true }),
      await loadForCommand(renewed, context, { quiet: true }),
    ];
    const { routers, close } = await openRouters(configs, options, context);
    try {
      const [before, after] = routers;
      if (before === undefined || after === undefined) return 1;
      if (routeTheSame(before, after)) {
        context.stderr.write(
          'Note: the two configurations route the same; only comments or layout differ.\n',
        );
      }
      // Examples of embedding rules are part of no request.
      await unlessStopped(Promise.all([before.warmUp(), after.warmUp()]), context.signal);
      const name = traffic === '-' ? '<stdin>' : traffic;
      const { report, invalid } = await compare(input, name, { before, after }, options, context);
      if (report.requests === 0) {
        throw new VsrError('VSR_INPUT_INVALID', `${name} has no usable row.`, {
          hint: 'Write one JSON object per line, e.g. {"prompt": "Integrate x^2"}.',
        });
      }
      await print(report, { before, after }, invalid, options, context);
      if (most !== undefined && report.moved_share > most) {
        throw new VsrError(
          'VSR_GATE_FAILED',
          `${percentText(report.moved_share)} of the requests move (${report.moved} of ${report.requests}); --fail-on-moves allows ${percentText(most)}.`,
        );
      }
      if (invalid === 0) return 0;
      const { plural } = await import('./support/output.js');
      context.stderr.write(`${plural(invalid, 'row')} could not be used; all others were.\n`);
      return 1;
    } finally {
      await close();
    }
  },
});

/** Whether both configurations are the same; files that they name stand beside each of them. */
function routeTheSame({ loaded: before }: Sides['before'], { loaded: after }: Sides['after']): boolean {
  const named = ({ config: { knowledgeBases = [], signals } }: typeof before) =>
    knowledgeBases.length + (signals.classifiers ?? []).length > 0;
  const together = before.config.places?.baseDir === after.config.places?.baseDir;
  return before.hash === after.hash && (together || !named(before));
}

interface DiffOptions {
  readonly limit: number | undefined;
  readonly 'completion-tokens': number;
  readonly examples: number;
  readonly json: boolean;
}

/** Routes all rows; bad ones are reported with their place and the others go on. */
async function compare(
  input: CommandContext['stdin'],
  name: string,
  sides: Sides,
  { limit, 'completion-tokens': assumed, examples }: DiffOptions,
  context: CommandContext,
): Promise<{ readonly report: TrafficDiff; readonly invalid: number }> {
  const [{ linesOf }, { routeRow }, { TrafficDiffCollector }, { isVsrError, messageOf }] = await Promise.all([
    import('./support/lines.js'),
    import('./support/diff/routes.js'),
    import('../runtime/policy/traffic-diff.js'),
    import('../runtime/errors.js'),
  ]);
  const collector = new TrafficDiffCollector(examples);
  let invalid = 0;
  let taken = 0;
  // One at a time: rows that wait for each other would be charged with the waiting.
  for await (const line of untilStopped(linesOf(input, context.signal), context.signal)) {
    try {
      collector.add(await unlessStopped(routeRow(line, sides, assumed), context.signal));
    } catch (error) {
      context.signal.throwIfAborted();
      invalid++;
      const hint = isVsrError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
      context.stderr.write(`${name}:${line.number}: ${messageOf(error).replace(/\.$/, '')}.${hint}\n`);
    }
    if (++taken === limit) break;
  }
  return { report: collector.report(), invalid };
}

async function print(
  report: TrafficDiff,
  { before, after }: Sides,
  invalid: number,
  options: DiffOptions,
  context: CommandContext,
): Promise<void> {
  const assumedTokens = options['completion-tokens'];
  if (options.json) {
    const side = ({ loaded }: Sides['before']) => ({ source: loaded.source, hash: loaded.hash });
    const body = {
      before: side(before),
      after: side(after),
      invalid,
      ...report,
      assumptions: {
        completion_tokens: assumedTokens,
        prompt_tokens: 'estimated unless the row has usage.prompt_tokens',
        answer_length: 'the same for every model, reasoning or not',
      },
    };
    context.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
    return;
  }
  const [{ diffReport }, { paletteFor }, { terminalWidth }] = await Promise.all([
    import('./support/diff/report.js'),
    import('./support/output.js'),
    import('./support/text.js'),
  ]);
  context.stdout.write(
    diffReport({
      diff: report,
      before: before.loaded.source,
      after: after.loaded.source,
      assumedTokens,
      width: terminalWidth(context.stdout),
      palette: await paletteFor(context),
    }),
  );
}
