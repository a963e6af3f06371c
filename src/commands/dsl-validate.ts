/**
 * `dsl validate`: checks a DSL file, and with `--run-tests` runs its TEST blocks.
 *
 * @module
 */
import type { Analysis } from '../runtime/dsl/analyse.js';
import type { BaseConfig } from '../runtime/dsl/compose.js';
import type { CaseResult } from '../runtime/dsl/run-tests.js';
import { type CommandContext, defineCommand } from './command.js';
import { untilStopped } from './interruption.js';
import { baseOption, fileArgument } from './support/dsl-file.js';

export const dslValidate = defineCommand({
  path: ['dsl', 'validate'],
  describe: 'check a DSL file: every problem at once, each with its place',
  examples: [
    'vllm-sr dsl validate policy.dsl',
    'vllm-sr dsl validate policy.dsl --base infra.yaml --strict',
    'vllm-sr dsl validate policy.dsl --run-tests',
  ],
  arguments: [fileArgument],
  options: {
    base: { ...baseOption, describe: 'configuration file with the models, to check against them too' },
    'run-tests': { kind: 'flag', describe: 'run the TEST blocks; signals are computed, no model is called' },
    strict: { kind: 'flag', describe: 'treat warnings and constraints as errors' },
    json: { kind: 'flag', describe: 'print findings and tests as JSON' },
  },
  async run({ options, args: [file = '-'] }, context) {
    const { readBase, readDslText, printDslDiagnostics } = await import('./support/dsl-file.js');
    const { analyse } = await import('../runtime/dsl/analyse.js');
    const base = await readBase(options.base, context);
    const analysis = analyse(await readDslText(file, context), { base, env: context.env });
    const { diagnostics } = analysis;
    const valid = !analysis.failed && !(options.strict && diagnostics.length > 0);
    if (!options.json) await printDslDiagnostics(file, diagnostics, context);
    // Tests of a file that the router would refuse have no answer.
    const results =
      options['run-tests'] && !analysis.failed ? await runTests(analysis, base, context) : undefined;
    const failures = results?.filter(({ passed }) => !passed).length ?? 0;
    if (options.json) {
      const report = { valid, source: file, diagnostics, ...(results !== undefined && { tests: results }) };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    } else {
      if (results !== undefined) await printResults(file, results, context);
      await printVerdict(file, { analysis, valid, strict: options.strict }, context);
    }
    return valid && failures === 0 ? 0 : 1;
  },
});

async function runTests(
  analysis: Analysis,
  base: BaseConfig | undefined,
  context: CommandContext,
): Promise<CaseResult[]> {
  const [{ testGroups, runGroup }, { openRouters }, { promptRequest }] = await Promise.all([
    import('../runtime/dsl/run-tests.js'),
    import('./support/routers.js'),
    import('./support/requests.js'),
  ]);
  const groups = testGroups(analysis, { base, env: context.env });
  if (groups.length === 0) return [];
  const opened = await openRouters(
    groups.map(({ loaded }) => loaded),
    { pull: false },
    context,
  );
  try {
    const results: CaseResult[] = [];
    for (const [index, group] of groups.entries()) {
      const router = opened.routers[index];
      if (router === undefined) continue;
      const model = group.loaded.config.router.autoModelNames[0] ?? 'auto';
      const evaluate = (prompt: string) => router.evaluate(promptRequest(prompt, model), 'full');
      for await (const result of untilStopped(runGroup(group, evaluate), context.signal))
        results.push(result);
    }
    return results;
  } finally {
    await opened.close();
  }
}

async function printResults(
  file: string,
  results: readonly CaseResult[],
  context: CommandContext,
): Promise<void> {
  const { paletteFor, plural } = await import('./support/output.js');
  const { green, red, dim } = await paletteFor(context);
  const { quote } = await import('../runtime/dsl/format-values.js');
  for (const { test, recipe, query, expected, actual, passed, unavailable, line, column } of results) {
    const name = recipe === undefined ? test : `${recipe}/${test}`;
    const short = quote(query.length > 60 ? `${query.slice(0, 59)}…` : query);
    if (passed) {
      context.stdout.write(`${green('ok')}    ${name}: ${short} -> ${expected}\n`);
      continue;
    }
    const got = actual === undefined ? 'no route' : `\`${actual}\``;
    context.stdout.write(`${red('FAIL')}  ${name}: ${short} -> expected \`${expected}\`, got ${got}\n`);
    context.stdout.write(`      ${dim(`${file}:${line}:${column}`)}\n`);
    if (unavailable.length > 0) context.stdout.write(`      without an answer: ${unavailable.join(', ')}\n`);
  }
  const passed = results.filter((result) => result.passed).length;
  context.stdout.write(
    results.length === 0
      ? `${file} has no TEST blocks.\n`
      : `${passed} of ${plural(results.length, 'test')} passed.\n`,
  );
}

async function printVerdict(
  file: string,
  { analysis, valid, strict }: { analysis: Analysis; valid: boolean; strict: boolean },
  context: CommandContext,
): Promise<void> {
  const { plural } = await import('./support/output.js');
  const counts = (['error', 'warning', 'constraint'] as const).flatMap((severity) => {
    const count = analysis.diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [plural(count, severity)];
  });
  const found = counts.join(', ');
  if (valid) context.stdout.write(`${file} is valid${found === '' ? '' : ` (${found})`}.\n`);
  else
    context.stderr.write(`${file}: ${found}${analysis.failed || !strict ? '' : ', refused by --strict'}\n`);
}
