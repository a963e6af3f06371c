/**
 * `config schema`: the JSON Schema of configuration files, for editors.
 *
 * @module
 */
import { defineCommand } from './command.js';

export const configSchema = defineCommand({
  path: ['config', 'schema'],
  describe: 'print the JSON Schema of configuration files, for editors',
  examples: ['vllm-sr config schema > config.schema.json'],
  options: {},
  async run(_input, context) {
    const { configJsonSchema } = await import('../runtime/config/json-schema.js');
    context.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return 0;
  },
});
