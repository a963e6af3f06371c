/**
 * `eval`: measures on labelled prompts how often the router is right, and how quick it is.
 *
 * @module
 */
import type { Encoder } from '../runtime/inference/types.js';
import type { Router } from '../runtime/selection/types.js';
import { type CommandContext, defineCommand } from './command.js';
import { unlessStopped } from './interruption.js';
import type { Case } from './support/evaluation/cases.js';
import type { Result } from './support/evaluation/metrics.js';
import { pullOption } from './support/hub-models.js';
import type { Line } from './support/lines.js';
import { limitOption, virtualModelOption } from './support/row-options.js';
import type { RecipeCount } from './support/virtual-models.js';

const defaultConcurrency = 4;

export const evaluate = defineCommand({
  path: ['eval'],
  describe: 'measure on labelled prompts how often the router decides right',
  examples: [
    'vllm-sr eval prompts.jsonl --config config.yaml --min-accuracy 0.85',
    'vllm-sr eval prompts.jsonl --errors',
    'zcat prompts.jsonl.gz | vllm-sr eval - --json',
    'a row:  {"prompt": "Integrate x^2", "label": "math"}   or "decision", or "model"',
  ],
  arguments: [
    {
      name: 'data',
      describe: 'JSON Lines with prompt or messages, and one of label, decision, model; - reads stdin',
      required: true,
    },
  ],
  options: {
    config: {
      kind: 'string',
      short: 'c',
      placeholder: 'file',
      describe: 'configuration file (default: the built-in configuration)',
    },
    model: virtualModelOption,
    'min-accuracy': {
      kind: 'string',
      placeholder: 'share',
      describe: 'fail if fewer answers are right, e.g. 0.85 or 85%',
    },
    limit: limitOption,
    concurrency: {
      kind: 'number',
      placeholder: 'rows',
      describe: 'rows at a time; 1 measures latency without waiting',
      default: defaultConcurrency,
      min: 1,
      max: 256,
      integer: true,
    },
    pull: pullOption,
    errors: { kind: 'flag', describe: 'print the rows that were decided wrong' },
    json: { kind: 'flag', describe: 'print the figures as JSON' },
  },
  async run({ options, args }, context) {
    const [{ openInput }, { openSession }, { VsrError }, { shareOption }] = await Promise.all([
      import('./support/lines.js'),
      import('./support/session.js'),
      import('../runtime/errors.js'),
      import('./support/share.js'),
    ]);
    const least = shareOption('min-accuracy', options['min-accuracy']);
    const [data = '-'] = args;
    const name = data === '-' ? '<stdin>' : data;
    const input = await openInput(data, context);
    const session = await openSession(
      { config: options.config, encoder: 'if-needed', pull: options.pull },
      context,
    );
    // Only rows with a label need the model beyond what the rules need; most files have none.
    let encoder = session.encoder;
    const requireEncoder = async (): Promise<Encoder> => {
      encoder = await session.requireEncoder();
      return encoder;
    };
    try {
      // The first row should not be charged with loading the model.
      await unlessStopped(Promise.resolve(encoder?.ready({ wants: session.router.reads })), context.signal);
      const started = performance.now();
      const outcome = await answerRows(
        input,
        name,
        { ...options, router: session.router, requireEncoder },
        context,
      );
      const seconds = (performance.now() - started) / 1000;
      if (outcome.results.length === 0) {
        throw new VsrError('VSR_INPUT_INVALID', `${name} has no usable row.`, {
          hint: 'Write one JSON object per line, e.g. {"prompt": "Integrate x^2", "label": "math"}.',
        });
      }
      const [{ reportOf, reportText }, { paletteFor, plural }, { terminalWidth }] = await Promise.all([
        import('./support/evaluation/report.js'),
        import('./support/output.js'),
        import('./support/text.js'),
      ]);
      const report = reportOf({
        results: outcome.results,
        invalid: outcome.invalid,
        seconds,
        errors: options.errors,
        concurrency: options.concurrency,
        config: { source: session.loaded.source, hash: session.loaded.hash },
        modelBundleHash: encoder?.bundleHash,
      });
      context.stdout.write(
        options.json
          ? `${JSON.stringify(report, null, 2)}\n`
          : reportText(report, { width: terminalWidth(context.stdout), palette: await paletteFor(context) }),
      );
      if (least !== undefined && report.accuracy < least) {
        throw new VsrError(
          'VSR_ACCURACY_TOO_LOW',
          `Accuracy ${report.accuracy.toFixed(4)} is below ${least}: ${report.correct} of ${report.total} rows are right.`,
          options.errors ? {} : { hint: 'See the rows decided wrong with --errors.' },
        );
      }
      if (outcome.invalid > 0)
        context.stderr.write(`${plural(outcome.invalid, 'row')} could not be used; all others were.\n`);
      return outcome.invalid > 0 ? 1 : 0;
    } finally {
      await session.close();
    }
  },
});

interface RowOptions {
  readonly router: Router;
  readonly requireEncoder: () => Promise<Encoder>;
  readonly limit: number | undefined;
  readonly concurrency: number;
  readonly errors: boolean;
  readonly model: string | undefined;
}

interface Outcome {
  readonly results: Result[];
  /** Rows that could not be used. */
  readonly invalid: number;
}

/** Answers all rows; bad ones are reported with their place and the others go on. */
async function answerRows(
  input: CommandContext['stdin'],
  name: string,
  { router, requireEncoder, limit, concurrency, errors, model }: RowOptions,
  context: CommandContext,
): Promise<Outcome> {
  const [
    { linesOf, mapInOrder },
    { knownNames, readCase },
    { isVsrError, messageOf },
    { selectText },
    { askedModel, RecipeCount },
  ] = await Promise.all([
    import('./support/lines.js'),
    import('./support/evaluation/cases.js'),
    import('../runtime/errors.js'),
    import('../runtime/signals/request.js'),
    import('./support/virtual-models.js'),
  ]);
  const recipes = new RecipeCount();
  const predict = await predictor(router, requireEncoder, recipes);
  const { config } = router.loaded;
  const known = knownNames(config);
  const asked = askedModel(model, config);
  const answers = mapInOrder(
    take(linesOf(input, context.signal), limit),
    concurrency,
    async ({ number, text }) => {
      try {
        const row = readCase(text, known, config, asked);
        const started = performance.now();
        const predicted = await predict(row);
        return { line: number, row, predicted, milliseconds: performance.now() - started };
      } catch (error) {
        return { line: number, error };
      }
    },
    context.signal,
  );
  const results: Result[] = [];
  let invalid = 0;
  for await (const answer of answers) {
    if ('error' in answer) {
      invalid++;
      const hint = isVsrError(answer.error) && answer.error.hint !== undefined ? ` ${answer.error.hint}` : '';
      context.stderr.write(`${name}:${answer.line}: ${messageOf(answer.error).replace(/\.$/, '')}.${hint}\n`);
      continue;
    }
    const { line, row, predicted, milliseconds } = answer;
    const { kind, expected } = row;
    // Texts are kept only where they are shown: a file may have millions of rows.
    const text = errors && predicted !== expected ? selectText(row.request.messages) : undefined;
    results.push({ line, kind, expected, predicted, milliseconds, text });
  }
  recipes.print(context);
  return { results, invalid };
}

async function predictor(
  router: Router,
  requireEncoder: () => Promise<Encoder>,
  recipes: RecipeCount,
): Promise<(row: Case) => Promise<string>> {
  const [{ none }, { categoryOf, domainModel }, { selectText }, { VsrError }, { qualifiedName }] =
    await Promise.all([
      import('./support/evaluation/cases.js'),
      import('../runtime/signals/domain-category.js'),
      import('../runtime/signals/request.js'),
      import('../runtime/errors.js'),
      import('../runtime/decision/routing-of.js'),
    ]);
  return async ({ request, kind }) => {
    if (kind === 'label') {
      const encoder = await requireEncoder();
      const { encoded } = await encoder.encode(selectText(request.messages));
      const label = categoryOf(encoded)?.label;
      if (label !== undefined) return label;
      throw new VsrError('VSR_INFERENCE_UNAVAILABLE', `the model bundle has no head ${domainModel}`);
    }
    // What serving does; a full evaluation gives the same decision and takes longer.
    const plan = await router.plan(request);
    const { decision, recipe } = plan.evaluation;
    recipes.add(plan.evaluation);
    if (kind === 'decision') return decision === undefined ? none : qualifiedName(recipe, decision.name);
    return plan.modelRef?.loraName ?? plan.target?.model.name ?? none;
  };
}

async function* take(lines: AsyncIterable<Line>, limit: number | undefined): AsyncGenerator<Line> {
  let taken = 0;
  for await (const line of lines) {
    yield line;
    if (++taken === limit) return;
  }
}
