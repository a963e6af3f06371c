/**
 * `config show`: what a configuration file means once it is read.
 *
 * @module
 */
import { defineCommand } from './command.js';
import { configOption, loadForCommand } from './config-file.js';

export const configShow = defineCommand({
  path: ['config', 'show'],
  describe: 'print a configuration in its canonical form, defaults filled in, secrets masked',
  examples: ['vllm-sr config show', 'vllm-sr config show --config old.yaml'],
  options: { config: configOption },
  async run({ options }, context) {
    const { printConfig } = await import('../runtime/config/print.js');
    context.stdout.write(printConfig(await loadForCommand(options.config, context)));
    return 0;
  },
});
