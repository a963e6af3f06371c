/**
 * `dsl decompile`: from a configuration to a DSL file.
 *
 * @module
 */
import { defineCommand } from './command.js';

export const dslDecompile = defineCommand({
  path: ['dsl', 'decompile'],
  describe: 'write the routing part of a configuration as a DSL file',
  examples: ['vllm-sr dsl decompile config.yaml', 'vllm-sr dsl decompile config.yaml --output policy.dsl'],
  arguments: [{ name: 'config', describe: 'configuration file of any layout', required: true }],
  options: {
    output: { kind: 'string', short: 'o', placeholder: 'file', describe: 'write here instead of stdout' },
    force: { kind: 'flag', short: 'f', describe: 'overwrite the file if it exists' },
  },
  async run({ options, args: [file = ''] }, context) {
    const [{ readConfigText }, { decompileConfigText }, { writeResult }] = await Promise.all([
      import('./config-file.js'),
      import('../runtime/dsl/decompile.js'),
      import('./support/dsl-file.js'),
    ]);
    const { text, left } = decompileConfigText(await readConfigText(file, context), file);
    await writeResult(text, { output: options.output, force: options.force }, context);
    if (left.length > 0) {
      const keys = left.map((key) => `\`${key}\``).join(', ');
      context.stderr.write(
        `Not in the DSL: ${keys}. Keep ${file} for \`vllm-sr dsl compile --base ${file}\`.\n`,
      );
    }
    return 0;
  },
});
