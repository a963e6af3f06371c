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
    'vllm-sr config migrate --in-place',
  ],
  options: {
    config: configOption,
    output: { kind: 'string', short: 'o', placeholder: 'file', describe: 'write here instead of stdout' },
    'in-place': { kind: 'flag', describe: 'rewrite the file itself; the old one is kept beside it as .bak' },
    force: { kind: 'flag', short: 'f', describe: 'overwrite the file if it exists' },
  },
  async run({ options }, context) {
    const { migrateConfigText } = await import('../runtime/config/migrate.js');
    const { formatDiagnostics } = await import('../runtime/config/diagnostics.js');
    if (options['in-place'] && options.output !== undefined) {
      const { VsrError } = await import('../runtime/errors.js');
      throw new VsrError('VSR_USAGE', '`--in-place` and `--output` exclude each other.', {
        hint: 'Leave one of them out.',
      });
    }
    const text = await readConfigText(options.config, context);
    const migrated = migrateConfigText(text, options.config);
    if (migrated.diagnostics.length > 0) {
      context.stderr.write(`${formatDiagnostics(options.config, migrated.diagnostics, 'each')}\n`);
    }
    if (options['in-place']) {
      if (!migrated.changed) {
        context.stderr.write(`${options.config} is in the canonical layout already.\n`);
        return 0;
      }
      const [{ replaceKeepingOld }, { basename }] = await Promise.all([
        import('./write-file.js'),
        import('node:path'),
      ]);
      const backup = await replaceKeepingOld(resolve(context.cwd, options.config), text, migrated.text);
      context.stderr.write(`Rewrote ${options.config}; the old one is ${basename(backup)}.\n`);
      return 0;
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
