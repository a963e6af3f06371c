/**
 * `tune`: finds thresholds from labelled prompts, and puts them into the configuration if asked to.
 *
 * @module
 */
import type { RouterConfig } from '../runtime/config/types.js';
import type { Evaluation } from '../runtime/decision/evaluation.js';
import type { Figures, Goal } from '../runtime/policy/thresholds.js';
import type { SignalResult } from '../runtime/policy/tune/tune-signals.js';
import type { Router } from '../runtime/selection/types.js';
import { type CommandContext, defineCommand } from './command.js';
import { configOption } from './config-file.js';
import { untilStopped } from './interruption.js';
import { pullOption } from './support/hub-models.js';
import { virtualModelOption } from './support/row-options.js';
import type { TuneReport } from './support/tune/report.js';
import type { TuningRow } from './support/tune/rows.js';

/** Enough to keep the model's threads busy; more would only wait. */
const concurrency = 16;

export const tune = defineCommand({
  path: ['tune'],
  describe: 'find thresholds from labelled prompts, for a precision or the best F1',
  examples: [
    'vllm-sr tune labelled.jsonl --config config.yaml',
    'vllm-sr tune labelled.jsonl --precision 95% --write',
    'a row:  {"prompt": "Explain each step", "signals": {"embedding:steps": true}}',
    '   or:  {"prompt": "…", "label": "embedding:steps"}   or   {"prompt": "…", "decision": "careful_math"}',
  ],
  arguments: [
    {
      name: 'data',
      describe: 'JSON Lines with prompt or messages, and one of signals, label, decision; - reads stdin',
      required: true,
    },
  ],
  options: {
    config: configOption,
    model: virtualModelOption,
    precision: {
      kind: 'string',
      placeholder: 'share',
      describe: 'find most at this precision, e.g. 0.95 or 95% (default: best F1)',
    },
    pull: pullOption,
    write: { kind: 'flag', describe: 'put the thresholds into the file; comments stay, a backup is kept' },
    json: { kind: 'flag', describe: 'print the figures as JSON' },
  },
  whenStopped: 'no threshold was written.',
  async run({ options, args }, context) {
    const [{ shareOption }, { openInput }, { loadForCommand }, { openRouters }] = await Promise.all([
      import('./support/share.js'),
      import('./support/lines.js'),
      import('./config-file.js'),
      import('./support/routers.js'),
    ]);
    const least = shareOption('precision', options.precision);
    const goal: Goal = least === undefined ? { kind: 'f1' } : { kind: 'precision', least };
    const [data = '-'] = args;
    const input = await openInput(data, context);
    const loaded = await loadForCommand(options.config, context, { quiet: true });
    const name = data === '-' ? '<stdin>' : data;
    const { rows, invalid } = await readRows(input, name, loaded.config, options.model, context);
    const { routers, close } = await openRouters([loaded], options, context);
    try {
      const [router] = routers;
      if (router === undefined) return 1;
      const results = await tuneAll(rows, router, goal, name, context);
      const checked = await checkAfter(rows, router, results, context);
      context.signal.throwIfAborted();
      const report = { goal, rows: rows.length, ...checked };
      const written = options.write
        ? await write(options.config, loaded.config, checked.results, context).catch(
            async (error: unknown) => {
              // What took long to find is told, whatever becomes of the file.
              await print({ ...report, written: undefined }, options.json, context);
              throw error;
            },
          )
        : undefined;
      await print({ ...report, written }, options.json, context);
      if (invalid === 0) return 0;
      const { plural } = await import('./support/output.js');
      context.stderr.write(`${plural(invalid, 'row')} could not be used; all others were.\n`);
      return 1;
    } finally {
      await close();
    }
  },
});

/** Reads all rows; bad ones are reported with their place and the others go on. */
async function readRows(
  input: CommandContext['stdin'],
  name: string,
  config: RouterConfig,
  model: string | undefined,
  context: CommandContext,
): Promise<{ readonly rows: readonly TuningRow[]; readonly invalid: number }> {
  const [{ linesOf }, { readTuningRow, tuningNames }, { isVsrError, messageOf, VsrError }, { askedModel }] =
    await Promise.all([
      import('./support/lines.js'),
      import('./support/tune/rows.js'),
      import('../runtime/errors.js'),
      import('./support/virtual-models.js'),
    ]);
  const names = tuningNames(config);
  const asked = askedModel(model, config);
  const rows: TuningRow[] = [];
  let invalid = 0;
  for await (const { number, text } of linesOf(input, context.signal)) {
    try {
      rows.push(readTuningRow(number, text, names, config, asked));
    } catch (error) {
      invalid++;
      const hint = isVsrError(error) && error.hint !== undefined ? ` ${error.hint}` : '';
      context.stderr.write(`${name}:${number}: ${messageOf(error).replace(/\.$/, '')}.${hint}\n`);
    }
  }
  if (rows.length > 0) return { rows, invalid };
  throw new VsrError('VSR_INPUT_INVALID', `${name} has no usable row.`, {
    hint: 'Write one JSON object per line, e.g. {"prompt": "…", "signals": {"embedding:x": true}}.',
  });
}

/** The result of every signal that the rows say something about; throws if that is too little for all of them. */
async function tuneAll(
  rows: readonly TuningRow[],
  router: Router,
  goal: Goal,
  name: string,
  context: CommandContext,
): Promise<SignalResult[]> {
  const [
    { ObservationCollector, signalLabel },
    { fewestPerSide, tuneSignal },
    { mapInOrder },
    { VsrError },
    { RecipeCount },
  ] = await Promise.all([
    import('../runtime/policy/tune/observations.js'),
    import('../runtime/policy/tune/tune-signals.js'),
    import('./support/lines.js'),
    import('../runtime/errors.js'),
    import('./support/virtual-models.js'),
  ]);
  const labels = new Set(
    rows.flatMap((row) => (row.labels.kind === 'labels' ? [...row.labels.matching] : [])),
  );
  const collector = new ObservationCollector(router.loaded.config, labels);
  const evaluated = mapInOrder(
    rows,
    concurrency,
    async (row) => ({
      row,
      evaluation: await router.evaluate(row.request, 'full'),
    }),
    context.signal,
  );
  const recipes = new RecipeCount();
  for await (const { row, evaluation } of evaluated) {
    collector.add(row.line, row.labels, evaluation);
    recipes.add(evaluation);
  }
  recipes.print(context);
  const results: SignalResult[] = [];
  for await (const signal of untilStopped(collector.signals(), context.signal)) {
    results.push(tuneSignal(signal, goal));
  }
  if (results.some(({ status }) => status !== 'too_few')) return results;
  const needs = results.flatMap((result) =>
    result.status === 'too_few'
      ? [
          `${signalLabel(result)} has ${result.positives} that should match and ${result.negatives} that should not`,
        ]
      : [],
  );
  if (needs.length === 0) {
    throw new VsrError('VSR_TOO_FEW_ROWS', `${name} says nothing about a signal with a threshold.`, {
      hint: 'Label signals that a decision asks for and that measure something, such as embedding, domain or jailbreak. Rows about a recipe ask for it: {"model": "…"} with a name of its entrypoints.',
    });
  }
  throw new VsrError('VSR_TOO_FEW_ROWS', `${name} has too few rows for a threshold: ${needs.join('; ')}.`, {
    hint: `Each signal needs at least ${fewestPerSide} rows of either kind; 30 and more give narrow intervals.`,
  });
}

interface Checked {
  readonly results: readonly SignalResult[];
  readonly after: ReadonlyMap<string, Figures>;
  readonly decisions: TuneReport['decisions'];
}

/** Evaluates all rows again with the new thresholds; takes back those that the signal does not go by. */
async function checkAfter(
  rows: readonly TuningRow[],
  router: Router,
  found: readonly SignalResult[],
  context: CommandContext,
): Promise<Checked> {
  const [
    { ObservationCollector, signalLabel },
    { figuresOf },
    { createRouter },
    { mapInOrder },
    { qualifiedName },
  ] = await Promise.all([
    import('../runtime/policy/tune/observations.js'),
    import('../runtime/policy/thresholds.js'),
    import('../runtime/selection/router.js'),
    import('./support/lines.js'),
    import('../runtime/decision/routing-of.js'),
  ]);
  const winnerOf = ({ decision, recipe }: Evaluation) => decision && qualifiedName(recipe, decision.name);
  const config = await withNewThresholds(router.loaded.config, found);
  const edited = createRouter({ ...router.loaded, config }, router.encoder, router.remote);
  const labels = new Set(
    rows.flatMap((row) => (row.labels.kind === 'labels' ? [...row.labels.matching] : [])),
  );
  const collector = new ObservationCollector(config, labels);
  const decisions = { rows: 0, before: 0, after: 0 };
  const evaluated = mapInOrder(
    rows,
    concurrency,
    async (row) => ({
      row,
      before: await router.evaluate(row.request, 'full'),
      after: await edited.evaluate(row.request, 'full'),
    }),
    context.signal,
  );
  for await (const { row, before, after } of evaluated) {
    collector.add(row.line, row.labels, after);
    if (row.labels.kind !== 'decision') continue;
    decisions.rows++;
    if (winnerOf(before) === row.labels.decision) decisions.before++;
    if (winnerOf(after) === row.labels.decision) decisions.after++;
  }
  const now = new Map(collector.signals().map((signal) => [signalLabel(signal), signal]));
  const after = new Map<string, Figures>();
  const results = found.map((result): SignalResult => {
    if (result.status !== 'change') return result;
    const signal = now.get(signalLabel(result));
    if (signal !== undefined && signal.threshold !== result.tuned.threshold)
      return { ...result, status: 'keep' };
    return result;
  });
  for (const [key, { observations }] of now) {
    const count = (positive: boolean, matched: boolean) =>
      observations.filter((each) => each.positive === positive && each.matched === matched).length;
    after.set(key, figuresOf(count(true, true), count(false, true), count(true, false)));
  }
  // Rows that name decisions speak of other signals once thresholds have moved: their figures do not compare.
  const comparable = rows.every(({ labels: each }) => each.kind !== 'decision');
  return {
    results,
    after: comparable ? after : new Map(),
    decisions: decisions.rows === 0 ? undefined : decisions,
  };
}

/** The configuration with all new thresholds. */
async function withNewThresholds(
  config: RouterConfig,
  results: readonly SignalResult[],
): Promise<RouterConfig> {
  const [{ changesOf }, { withThreshold }] = await Promise.all([
    import('./support/tune/report.js'),
    import('../runtime/policy/edits.js'),
  ]);
  return changesOf(results).reduce(
    (edited, { recipe, type, name, tuned }) =>
      withThreshold(edited, type, name, tuned.threshold, recipe) ?? edited,
    config,
  );
}

/** Writes the new thresholds, after checking that the file then says what it should and nothing else. */
async function write(
  file: string,
  config: RouterConfig,
  results: readonly SignalResult[],
  context: CommandContext,
): Promise<TuneReport['written']> {
  const [
    { changesOf },
    { withThresholds },
    { readConfigText },
    { replaceKeepingOld },
    { loadConfigText },
    { resolve },
  ] = await Promise.all([
    import('./support/tune/report.js'),
    import('../runtime/policy/tune/write-thresholds.js'),
    import('./config-file.js'),
    import('./write-file.js'),
    import('../runtime/config/load.js'),
    import('node:path'),
  ]);
  const thresholds = changesOf(results).map(({ recipe, type, name, tuned }) => ({
    recipe,
    type,
    name,
    threshold: tuned.threshold,
  }));
  if (thresholds.length === 0) return undefined;
  const text = await readConfigText(file, context);
  const edited = withThresholds(text, file, thresholds);
  const [{ isDeepStrictEqual }, { VsrError }] = await Promise.all([
    import('node:util'),
    import('../runtime/errors.js'),
  ]);
  const wanted = await withNewThresholds(config, results);
  const { signals, recipes } = loadConfigText(edited, file, context.env).config;
  if (!isDeepStrictEqual([signals, recipes], [wanted.signals, wanted.recipes])) {
    throw new VsrError(
      'VSR_INPUT_INVALID',
      `${file} was left as it is: the thresholds stand in a form that cannot be edited safely.`,
      {
        hint: 'Put the numbers in by hand; anchors and merge keys are in the way.',
      },
    );
  }
  const kept = await replaceKeepingOld(resolve(context.cwd, file), text, edited);
  return { file, backup: `${file}${kept.slice(kept.lastIndexOf('.'))}` };
}

async function print(report: TuneReport, json: boolean, context: CommandContext): Promise<void> {
  const [{ tuneJson, tuneText }, { paletteFor }, { terminalWidth }] = await Promise.all([
    import('./support/tune/report.js'),
    import('./support/output.js'),
    import('./support/text.js'),
  ]);
  context.stdout.write(
    json
      ? `${JSON.stringify(tuneJson(report), null, 2)}\n`
      : tuneText(report, { width: terminalWidth(context.stdout), palette: await paletteFor(context) }),
  );
}
