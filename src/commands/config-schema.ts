/**
 * `config schema`: the JSON Schema of configuration files, for editors.
 *
 * @module
 */
import { resolve } from 'node:path';
import { defineCommand } from './command.js';

export const configSchema = defineCommand({
  path: ['config', 'schema'],
  describe: 'print the JSON Schema of configuration files, for editors',
  examples: [
    'vllm-sr config schema --output vllm-sr.schema.json',
    'vllm-sr config schema > config.schema.json',
  ],
  options: {
    output: {
      kind: 'string',
      short: 'o',
      placeholder: 'file',
      describe: 'write here instead of stdout, over an older one, and say how a configuration names it',
    },
  },
  async run({ options }, context) {
    const { configJsonSchemaText } = await import('../runtime/config/json-schema.js');
    if (options.output === undefined) {
      context.stdout.write(configJsonSchemaText());
      return 0;
    }
    const { writeNewFile } = await import('./write-file.js');
    await writeNewFile(resolve(context.cwd, options.output), configJsonSchemaText(), { overwrite: true });
    context.stderr.write(
      `Wrote ${options.output}. Editors use it if a configuration beside it begins with:\n` +
        `# yaml-language-server: $schema=./${options.output.replace(/^.*[\\/]/, '')}\n`,
    );
    return 0;
  },
});
