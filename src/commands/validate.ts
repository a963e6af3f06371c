/**
 * `validate`: checks a configuration file without starting anything.
 *
 * @module
 */
import type { LoadedConfig, RouterConfig } from '../runtime/config/types.js';
import { defineCommand } from './command.js';
import { configOption, readConfigText } from './config-file.js';
import { plural } from './support/output.js';

export const validate = defineCommand({
  path: ['validate'],
  describe: 'check a configuration file: every problem at once, each with its place',
  examples: ['vllm-sr validate', 'vllm-sr validate --config prod.yaml --strict', 'vllm-sr validate --json'],
  options: {
    config: configOption,
    strict: {
      kind: 'flag',
      describe: 'also look for what is valid and most likely not meant; exit code 1 for any warning',
    },
    json: { kind: 'flag', describe: 'print the findings as JSON' },
  },
  async run({ options }, context) {
    const [{ ConfigError, formatDiagnostics, sortDiagnostics }, { lintConfigText }] = await Promise.all([
      import('../runtime/config/diagnostics.js'),
      import('../runtime/config/lint/lint.js'),
    ]);
    const text = await readConfigText(options.config, context);
    try {
      const rules = options.strict ? 'all' : 'certain';
      const { loaded, diagnostics: found } = lintConfigText(text, options.config, context.env, { rules });
      // Whether the names are models is seen on the machine: some are folders of it.
      const models =
        loaded.config.modelCatalog.requests.length > 0
          ? await (await import('./support/own-models.js')).modelFindings(loaded, context)
          : [];
      const diagnostics = sortDiagnostics([...found, ...models]);
      const warnings = diagnostics.filter(({ severity }) => severity === 'warning').length;
      const failed = options.strict && warnings > 0;
      if (options.json) {
        const report = { valid: !failed, source: loaded.source, diagnostics };
        context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
        return failed ? 1 : 0;
      }
      if (diagnostics.length > 0) {
        context.stderr.write(`${formatDiagnostics(loaded.source, diagnostics)}\n`);
      }
      if (failed) {
        context.stderr.write(`${loaded.source}: ${plural(warnings, 'warning')}, refused by --strict\n`);
      } else {
        context.stdout.write(summary(loaded));
      }
      return failed ? 1 : 0;
    } catch (error) {
      if (!(options.json && error instanceof ConfigError)) throw error;
      const report = { valid: false, source: error.source, diagnostics: error.diagnostics };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return 1;
    }
  },
});

function summary({ source, config }: LoadedConfig): string {
  const families = Object.entries(config.signals)
    .filter(([, rules]) => rules.length > 0)
    .map(([family, rules]) => `${family} ${rules.length}`);
  const rows: [string, string][] = [
    ['listeners', config.listeners.map(({ address, port }) => `${address}:${port}`).join(', ')],
    ['models', config.models.map(({ name }) => name).join(', ') || 'none'],
    ['default model', config.defaultModel ?? 'none'],
    ['signals', families.join(', ') || 'none'],
    ...projectionRow(config),
    ['decisions', `${config.decisions.length} (strategy: ${config.strategy})`],
    ...recipeRow(config),
  ];
  return `${source} is valid.\n${rows.map(([label, value]) => `  ${label.padEnd(14)} ${value}\n`).join('')}`;
}

function projectionRow({ projections }: RouterConfig): [string, string][] {
  const kinds = Object.entries(projections).filter(([, list]) => list.length > 0);
  return kinds.length === 0
    ? []
    : [['projections', kinds.map(([kind, list]) => `${kind} ${list.length}`).join(', ')]];
}

function recipeRow({ recipes, entrypoints }: RouterConfig): [string, string][] {
  const names = Object.keys(entrypoints);
  if (recipes.length === 0 && names.length === 0) return [];
  return [['recipes', `${recipes.map(({ name }) => name).join(', ') || 'none'} (${names.join(', ')})`]];
}
