/**
 * `test`: checks a configuration against prompts with a known right answer. No model is called.
 *
 * @module
 */
import type { LoadedConfig } from '../runtime/config/types.js';
import type { PolicyTestFile } from '../runtime/policy/test-file.js';
import type { Router } from '../runtime/selection/types.js';
import { type CommandContext, defineCommand } from './command.js';
import { pullOption } from './support/hub-models.js';
import type { TestRun } from './support/policy-tests/summary.js';

/** Enough to keep the model's threads busy; more would only wait. */
const concurrency = 16;

const reporters = ['pretty', 'json', 'junit'] as const;

export const test = defineCommand({
  path: ['test'],
  describe: 'check a configuration against prompts whose decision, model or signals are known',
  examples: [
    'vllm-sr test policy.test.yaml',
    'vllm-sr test tests/*.test.yaml --config config.yaml --min-coverage 90%',
    'vllm-sr test policy.test.yaml --reporter junit --output report.xml',
    'a case:  {prompt: "Fix this loop", expect: {decision: coding, matched: ["keyword:code"]}}',
  ],
  arguments: [{ name: 'files', describe: 'YAML files with `cases`', required: false, variadic: true }],
  options: {
    config: {
      kind: 'string',
      short: 'c',
      placeholder: 'file',
      describe: 'configuration file (default: the one that the test file names)',
    },
    reporter: {
      kind: 'string',
      placeholder: 'kind',
      describe: 'form of the report',
      choices: reporters,
      default: 'pretty',
    },
    output: {
      kind: 'string',
      short: 'o',
      placeholder: 'file',
      describe: 'write the report there; stdout gets the pretty one',
    },
    'min-coverage': {
      kind: 'string',
      placeholder: 'share',
      describe: 'fail if less of the policy is reached, e.g. 0.9 or 90%',
    },
    pull: pullOption,
    json: { kind: 'flag', describe: 'print the report as JSON; the same as --reporter json' },
    schema: { kind: 'flag', describe: 'print the JSON Schema of test files, for editors' },
  },
  async run({ options, args }, context) {
    if (options.schema) {
      const { policyTestJsonSchemaText } = await import('../runtime/policy/test-file.js');
      context.stdout.write(policyTestJsonSchemaText());
      return 0;
    }
    const [{ shareOption }, { VsrError }] = await Promise.all([
      import('./support/share.js'),
      import('../runtime/errors.js'),
    ]);
    if (args.length === 0) {
      throw new VsrError('VSR_USAGE', 'There is no test file.', {
        hint: 'Name one or several: vllm-sr test policy.test.yaml',
      });
    }
    if (options.json && options.reporter === 'junit') {
      throw new VsrError('VSR_USAGE', '`--json` and `--reporter junit` exclude each other.', {
        hint: 'Leave one of them out.',
      });
    }
    const least = shareOption('min-coverage', options['min-coverage']);
    const suites = await readSuites(args, options.config, context);
    const run = await runSuites(suites, options, context);
    context.signal.throwIfAborted();
    await printRun(run, options.json ? 'json' : options.reporter, options.output, context);
    const { countsOfRun } = await import('./support/policy-tests/summary.js');
    const low = least === undefined ? [] : run.coverage.filter(({ coverage }) => coverage.share < least);
    if (low.length > 0) {
      const { percentText } = await import('./support/share.js');
      const found = low
        .map(({ config, coverage }) => `${percentText(coverage.share)} of ${config}`)
        .join(', ');
      throw new VsrError(
        'VSR_GATE_FAILED',
        `The cases reach ${found}; --min-coverage asks for ${percentText(least ?? 0)}.`,
        {
          hint: 'Add cases for what the report lists under coverage.',
        },
      );
    }
    return countsOfRun(run).failed > 0 ? 1 : 0;
  },
});

/** A test file and the configuration it is about. */
interface Suite {
  readonly file: PolicyTestFile;
  readonly loaded: LoadedConfig;
}

/** Reads all files before anything runs, so that a typing error in the last one does not come last. */
async function readSuites(
  files: readonly string[],
  configOption: string | undefined,
  context: CommandContext,
): Promise<Suite[]> {
  const [
    { parsePolicyTests },
    { dirname, join, relative, resolve },
    { readFile },
    { VsrError, messageOf, systemCode },
  ] = await Promise.all([
    import('../runtime/policy/test-file.js'),
    import('node:path'),
    import('node:fs/promises'),
    import('../runtime/errors.js'),
  ]);
  const { loadForCommand } = await import('./config-file.js');
  const configs = new Map<string, LoadedConfig>();
  const suites: Suite[] = [];
  for (const name of files) {
    const path = resolve(context.cwd, name);
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') {
        throw new VsrError('VSR_FILE_UNREADABLE', `There is no file ${name}.`, { cause });
      }
      throw new VsrError('VSR_FILE_UNREADABLE', `${name} cannot be read: ${messageOf(cause)}`, { cause });
    });
    const file = parsePolicyTests(text, name);
    const named = file.config === undefined ? undefined : join(dirname(name), file.config);
    const config = configOption ?? named;
    if (config === undefined) {
      throw new VsrError('VSR_USAGE', `${name} names no configuration.`, {
        hint: 'Write `config: config.yaml` at its top, or give --config FILE.',
      });
    }
    const key = resolve(context.cwd, config);
    let loaded = configs.get(key);
    if (loaded === undefined) {
      const shown = config === configOption ? config : relative(context.cwd, key) || config;
      loaded = await loadForCommand(shown, context, { quiet: true });
      configs.set(key, loaded);
    }
    suites.push({ file, loaded });
  }
  return suites;
}

async function runSuites(
  suites: readonly Suite[],
  { pull }: { readonly pull: boolean },
  context: CommandContext,
): Promise<TestRun> {
  const [{ openRouters }, { CoverageCollector }, { runCase }, { mapInOrder }] = await Promise.all([
    import('./support/routers.js'),
    import('../runtime/policy/coverage.js'),
    import('./support/policy-tests/run.js'),
    import('./support/lines.js'),
  ]);
  const configs = [...new Set(suites.map(({ loaded }) => loaded))];
  const started = performance.now();
  const { routers, close } = await openRouters(configs, { pull }, context);
  try {
    const byConfig = new Map(
      routers.map((router) => [
        router.loaded,
        { router, coverage: new CoverageCollector(router.loaded.config) },
      ]),
    );
    const files: TestRun['files'][number][] = [];
    for (const { file } of suites) await checkSuite(file, suites, routers);
    for (const { file, loaded } of suites) {
      const target = byConfig.get(loaded);
      if (target === undefined) continue;
      const cases = [];
      const results = mapInOrder(
        file.cases,
        concurrency,
        (each) => runCase(each, target.router, target.coverage),
        context.signal,
      );
      for await (const result of results) cases.push(result);
      files.push({
        file: file.source,
        config: { source: loaded.source, hash: loaded.hash },
        modelBundleHash: target.router.encoder?.bundleHash,
        cases,
      });
    }
    return {
      files,
      coverage: [...byConfig].map(([{ source }, { coverage }]) => ({
        config: source,
        coverage: coverage.report(),
      })),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await close();
  }
}

/** Throws for expectations of names that the configuration does not have. */
async function checkSuite(
  file: PolicyTestFile,
  suites: readonly Suite[],
  routers: readonly Router[],
): Promise<void> {
  const loaded = suites.find((suite) => suite.file === file)?.loaded;
  const router = routers.find((each) => each.loaded === loaded);
  if (router === undefined) return;
  const [{ checkExpectations }, { testFileError }, { Findings }, { signalsInUse }] = await Promise.all([
    import('../runtime/policy/expectations.js'),
    import('../runtime/policy/test-file.js'),
    import('../runtime/config/diagnostics.js'),
    import('../runtime/policy/signals-in-use.js'),
  ]);
  const findings = new Findings();
  checkExpectations(file, router.loaded.config, signalsInUse(router.loaded.config), findings);
  if (findings.hasErrors) throw testFileError(file.source, findings, file.locate);
}

async function printRun(
  run: TestRun,
  reporter: string,
  output: string | undefined,
  context: CommandContext,
): Promise<void> {
  const [{ jsonReport }, { junitReport }, { prettyReport }, { paletteFor }, { terminalWidth }] =
    await Promise.all([
      import('./support/policy-tests/json.js'),
      import('./support/policy-tests/junit.js'),
      import('./support/policy-tests/pretty.js'),
      import('./support/output.js'),
      import('./support/text.js'),
    ]);
  const pretty = async () =>
    prettyReport(run, { width: terminalWidth(context.stdout), palette: await paletteFor(context) });
  const plain = await paletteFor({ color: false });
  const text = () => {
    if (reporter === 'json') return jsonReport(run);
    return reporter === 'junit' ? junitReport(run) : prettyReport(run, { width: undefined, palette: plain });
  };
  if (output === undefined) {
    context.stdout.write(reporter === 'pretty' ? await pretty() : text());
    return;
  }
  const [{ writeNewFile }, { resolve }] = await Promise.all([import('./write-file.js'), import('node:path')]);
  await writeNewFile(resolve(context.cwd, output), text(), { overwrite: true });
  context.stdout.write(await pretty());
}
