/**
 * `learn`: trains a classifier on the embedded encoder from labelled prompts, in this process and in seconds.
 *
 * @module
 */

import type { Encoder } from '../runtime/inference/types.js';
import type { HeadFile } from '../runtime/models/learned-head/format.js';
import { type CommandContext, defineCommand } from './command.js';
import { stopCheck } from './interruption.js';
import type { LabelledRows } from './support/learn/rows.js';

/** One text at a time: neighbours in a batch may move a result by a hair, and the same rows give the same head. */
const concurrency = 1;

const mostFolds = 5;

export const learn = defineCommand({
  path: ['learn'],
  describe: 'train a classifier of your own from labelled prompts; a few dozen are enough to start',
  examples: [
    'vllm-sr learn tickets --data tickets.jsonl',
    'vllm-sr learn tickets --data tickets.jsonl --dry-run --json',
    'a row:  {"prompt": "Where is my invoice?", "label": "billing"}',
  ],
  arguments: [{ name: 'name', describe: 'what signals call the classifier', required: true }],
  options: {
    data: {
      kind: 'string',
      placeholder: 'file',
      describe: 'JSON Lines with prompt or messages, and label; - reads stdin',
    },
    output: {
      kind: 'string',
      short: 'o',
      formerly: 'out',
      placeholder: 'folder',
      describe: 'where to save it (default: the models folder)',
    },
    description: { kind: 'string', placeholder: 'text', describe: 'what it tells apart, for people' },
    unbalanced: { kind: 'flag', describe: 'let classes weigh as many rows as they have' },
    'dry-run': { kind: 'flag', describe: 'train and measure, save nothing' },
    force: { kind: 'flag', short: 'f', describe: 'replace a classifier of this name' },
    json: { kind: 'flag', describe: 'print figures and place as JSON' },
  },
  whenStopped: 'nothing was saved.',
  async run({ options, args }, context) {
    const [name = ''] = args;
    const { data } = options;
    const dir = await targetFolder(name, data, options.output, context);
    if (data === undefined) return 2;
    if (!options.force && !options['dry-run']) await refuseExisting(dir, name);
    const { readLabelledRows } = await import('./support/learn/rows.js');
    const labelled = await readLabelledRows(data, context);
    if (labelled.repeated > 0) {
      const { plural } = await import('./support/output.js');
      context.stderr.write(`Left out ${plural(labelled.repeated, 'row')} with a text that came before.\n`);
    }
    const { createEncoder } = await import('../runtime/inference/encoder.js');
    const { availableParallelism } = await import('node:os');
    const encoder = createEncoder({ threadsPerWorker: Math.min(4, availableParallelism()) });
    const file = await trainHead(name, labelled, encoder, options, context).finally(() => encoder.close());
    context.signal.throwIfAborted();
    if (!options['dry-run']) await save(file, dir, context);
    await print(file, options['dry-run'] ? undefined : dir, options.json, context);
    return 0;
  },
});

/** Checks the arguments; throws VSR_USAGE. */
async function targetFolder(
  name: string,
  data: string | undefined,
  out: string | undefined,
  context: CommandContext,
): Promise<string> {
  const [{ VsrError }, { headName }, { embeddedNames }, { hubSettings }, { join, resolve }] =
    await Promise.all([
      import('../runtime/errors.js'),
      import('../runtime/models/learned-head/read.js'),
      import('../runtime/models/catalog/purposes.js'),
      import('../runtime/models/hub/settings.js'),
      import('node:path'),
    ]);
  if (!headName.test(name)) {
    throw new VsrError('VSR_USAGE', `\`${name.slice(0, 100)}\` is no name for a classifier.`, {
      hint: 'Use letters, digits, dots, dashes and underscores.',
    });
  }
  if (embeddedNames.has(name)) {
    throw new VsrError('VSR_USAGE', `\`${name}\` is the name of an embedded model.`, {
      hint: 'Give the classifier a name of its own, so that both can be told apart.',
    });
  }
  if (data === undefined) {
    throw new VsrError('VSR_USAGE', 'There is no data to learn from.', {
      hint: `Give it with --data FILE: vllm-sr learn ${name} --data rows.jsonl`,
    });
  }
  return out === undefined
    ? join(hubSettings(context.env, context.cwd).modelsDir, name)
    : resolve(context.cwd, out);
}

/** Before the work, not after it. */
async function refuseExisting(dir: string, name: string): Promise<void> {
  const [{ existsSync }, { join }, { headFile }, { VsrError }] = await Promise.all([
    import('node:fs'),
    import('node:path'),
    import('../runtime/models/learned-head/format.js'),
    import('../runtime/errors.js'),
  ]);
  const file = join(dir, headFile);
  if (!existsSync(file)) return;
  throw new VsrError('VSR_FILE_EXISTS', `${file} exists already; it was left as it is.`, {
    hint: `Use --force to replace \`${name}\`, another name, or --dry-run to see the figures first.`,
  });
}

async function trainHead(
  name: string,
  { rows, labels, sha256 }: LabelledRows,
  encoder: Encoder,
  options: { readonly description: string | undefined; readonly unbalanced: boolean },
  context: CommandContext,
): Promise<HeadFile> {
  const [
    { withProgress },
    { embed },
    { train },
    { headFileOf },
    { metricsOf },
    { readBundle, embeddedBundleDir },
  ] = await Promise.all([
    import('./support/progress.js'),
    import('./support/learn/embed.js'),
    import('../runtime/policy/learn/train.js'),
    import('../runtime/policy/learn/head-file.js'),
    import('./support/evaluation/metrics.js'),
    import('../runtime/inference/bundle.js'),
  ]);
  const { packageVersion } = await import('../runtime/package-root.js');
  const texts = rows.map(({ text }) => text);
  const embeddings = await withProgress(
    `Reading ${rows.length} texts`,
    `Read ${rows.length} texts`,
    () => embed(texts, encoder, concurrency, context.signal),
    context,
  );
  const sizes = labels.map((label) => rows.filter((row) => row.label === label).length);
  const folds = Math.min(mostFolds, ...sizes);
  const dimension = embeddings[0]?.length ?? 0;
  const classes = rows.map(({ label }) => labels.indexOf(label));
  const balanced = !options.unbalanced;
  const trained = await withProgress(
    'Training',
    'Trained and cross-validated',
    () =>
      train(
        { embeddings, classes },
        { labels, dimension, balanced, folds, pause: stopCheck(context.signal) },
      ),
    context,
  );
  const { per_class, confusion, macro_f1 } = metricsOf(
    trained.heldOut.map(({ row, wanted, predicted }) => ({
      line: row,
      kind: 'label',
      expected: labels[wanted] ?? '',
      predicted: labels[predicted] ?? '',
      milliseconds: 0,
      text: undefined,
    })),
  );
  const mutable = Object.fromEntries(
    Object.entries(confusion).map(([label, counts]) => [label, { ...counts }]),
  );
  return headFileOf(trained, {
    name,
    description: options.description,
    encoder: { name: readBundle(embeddedBundleDir()).encoder.name, sha256: encoder.bundleHash, dimension },
    labels,
    folds,
    balanced,
    dataSha256: sha256,
    tool: `vllm-sr ${packageVersion()}`,
    classes: { per_class: { ...per_class }, confusion: mutable, macro_f1 },
  });
}

async function save(file: HeadFile, dir: string, context: CommandContext): Promise<void> {
  const [{ mkdir }, { join }, { headFile, headText }, { writeNewFile }, { VsrError, messageOf }] =
    await Promise.all([
      import('node:fs/promises'),
      import('node:path'),
      import('../runtime/models/learned-head/format.js'),
      import('./write-file.js'),
      import('../runtime/errors.js'),
    ]);
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw new VsrError('VSR_FILE_UNWRITABLE', `${dir} cannot be made: ${messageOf(cause)}`, {
      hint: 'Save elsewhere with --output FOLDER, or set VLLM_SR_MODELS_DIR.',
      cause,
    });
  });
  await writeNewFile(join(dir, headFile), headText(file), { overwrite: true });
  context.stderr.write(`Saved as ${join(dir, headFile)}\n`);
}

async function print(
  file: HeadFile,
  dir: string | undefined,
  json: boolean,
  context: CommandContext,
): Promise<void> {
  if (json) {
    const [{ headWarnings }] = await Promise.all([import('../runtime/policy/learn/head-file.js')]);
    const { weights: _, bias: __, ...rest } = file;
    const body = { ...rest, path: dir ?? null, warnings: headWarnings(file) };
    context.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
    return;
  }
  const [{ headReport }, { paletteFor }, { terminalWidth }, { hubSettings }, { join }] = await Promise.all([
    import('./support/learn/report.js'),
    import('./support/output.js'),
    import('./support/text.js'),
    import('../runtime/models/hub/settings.js'),
    import('node:path'),
  ]);
  const width = terminalWidth(context.stdout);
  context.stdout.write(headReport(file, { width, palette: await paletteFor(context) }));
  if (dir === undefined) return;
  const named = dir === join(hubSettings(context.env, context.cwd).modelsDir, file.name);
  const reference = named ? `model: ${file.name}` : `model_path: ${JSON.stringify(dir)}`;
  context.stdout.write(
    `\nUse it in a configuration:\n  routing:\n    signals:\n      classifiers:\n        - {name: ${file.name}, type: local, ${reference}}\n`,
  );
}
