/**
 * `dsl compile`: from a DSL file to a configuration.
 *
 * @module
 */
import { defineCommand } from './command.js';
import { baseOption, fileArgument } from './support/dsl-file.js';

export const dslCompile = defineCommand({
  path: ['dsl', 'compile'],
  describe: 'turn a DSL file into the routing part of a configuration, or with --base into a whole one',
  examples: [
    'vllm-sr dsl compile policy.dsl',
    'vllm-sr dsl compile policy.dsl --base infra.yaml --output config.yaml',
  ],
  arguments: [fileArgument],
  options: {
    base: baseOption,
    format: {
      kind: 'string',
      placeholder: 'format',
      describe: 'form of the result',
      choices: ['yaml', 'json'],
      default: 'yaml',
    },
    output: { kind: 'string', short: 'o', placeholder: 'file', describe: 'write here instead of stdout' },
    force: { kind: 'flag', short: 'f', describe: 'overwrite the file if it exists' },
  },
  async run({ options, args: [file = '-'] }, context) {
    const { analyseFile, readBase, writeResult } = await import('./support/dsl-file.js');
    const { mergeIntoBase, routingYaml } = await import('../runtime/dsl/compose.js');
    const base = await readBase(options.base, context);
    const { compiled } = await analyseFile(file, base, context);
    let text = '';
    if (base === undefined) {
      text = options.format === 'json' ? `${JSON.stringify(compiled, null, 2)}\n` : routingYaml(compiled);
    } else {
      const merged = mergeIntoBase(compiled, base);
      if (merged.replaced.length > 0) {
        const keys = merged.replaced.map((key) => `\`${key}\``).join(', ');
        context.stderr.write(`${base.source}: ${keys} replaced by what ${file} says\n`);
      }
      text = merged.text;
      if (options.format === 'json') {
        const { parse } = await import('yaml');
        text = `${JSON.stringify(parse(merged.text), null, 2)}\n`;
      }
    }
    await writeResult(text, { output: options.output, force: options.force }, context);
    if (options.output !== undefined) {
      const next =
        base === undefined
          ? 'It holds the routing alone; --base FILE adds the rest.'
          : `Check it with: vllm-sr validate --config ${options.output}`;
      context.stderr.write(`Wrote ${options.output}. ${next}\n`);
    }
    return 0;
  },
});
