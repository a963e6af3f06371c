/**
 * `config migrate`: rewrites a file of an older generation in the canonical layout.
 *
 * @module
 */
import { resolve } from 'node:path';
import { defineCommand } from './command.js';
import { configOption, readConfigText } from './config-file.js';

export const configMigrate = defineCommand({
  path: ['config', 'migrate'],
  describe: 'rewrite an older configuration file in the canonical layout, comments kept',
  examples: [
    'vllm-sr config migrate --config old.yaml',
    'vllm-sr config migrate --config old.yaml --output config.yaml',
  ],
  options: {
    config: configOption,
    output: { kind: 'string', short: 'o', placeholder: 'file', describe: 'write here instead of stdout' },
    force: { kind: 'flag', describe: 'overwrite the output file' },
  },
  async run({ options }, context) {
    const { migrateConfigText } = await import('../runtime/config/migrate.js');
    const { formatDiagnostics } = await import('../runtime/config/diagnostics.js');
    const text = await readConfigText(options.config, context);
    const migrated = migrateConfigText(text, options.config);
    if (migrated.diagnostics.length > 0) {
      context.stderr.write(`${formatDiagnostics(options.config, migrated.diagnostics)}\n`);
    }
    if (options.output === undefined) {
      context.stdout.write(migrated.text);
      return 0;
    }
    const { writeNewFile } = await import('./write-file.js');
    await writeNewFile(resolve(context.cwd, options.output), migrated.text, { overwrite: options.force });
    context.stderr.write(
      `Wrote ${options.output}. Check it with: vllm-sr validate --config ${options.output}\n`,
    );
    return 0;
  },
});
