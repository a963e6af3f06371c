/**
 * `dsl fmt`: puts a DSL file into the one common form, comments kept.
 *
 * @module
 */
import { defineCommand } from './command.js';
import { fileArgument } from './support/dsl-file.js';

export const dslFmt = defineCommand({
  path: ['dsl', 'fmt'],
  describe: 'format a DSL file in place; comments stay where they are',
  examples: [
    'vllm-sr dsl fmt policy.dsl',
    'vllm-sr dsl fmt policy.dsl --check',
    'vllm-sr dsl fmt - --stdout < policy.dsl',
  ],
  arguments: [fileArgument],
  options: {
    output: { kind: 'string', short: 'o', placeholder: 'file', describe: 'write here instead' },
    check: { kind: 'flag', describe: 'change nothing; exit with 1 if the file is not formatted' },
    stdout: { kind: 'flag', describe: 'print the result instead' },
  },
  async run({ options, args: [file = '-'] }, context) {
    const [{ VsrError }, { parseDsl }, { formatProgram }, { withLineEndsOf }, { readDslText, writeResult }] =
      await Promise.all([
        import('../runtime/errors.js'),
        import('../runtime/dsl/analyse.js'),
        import('../runtime/dsl/format.js'),
        import('../runtime/text/line-ends.js'),
        import('./support/dsl-file.js'),
      ]);
    const ways = [options.output !== undefined, options.check, options.stdout].filter(Boolean).length;
    if (ways > 1) {
      throw new VsrError('VSR_USAGE', '--output, --check and --stdout do not go together.', {
        hint: 'Choose one of them; without any, the file itself is written.',
      });
    }
    if (file === '-' && ways === 0) {
      throw new VsrError('VSR_USAGE', 'stdin cannot be formatted in place.', { hint: 'Add --stdout.' });
    }
    const text = await readDslText(file, context);
    const formatted = withLineEndsOf(text, formatProgram(parseDsl(text, file)));
    if (options.check) {
      if (formatted === text) return 0;
      context.stderr.write(`${file} is not formatted. Format it with: vllm-sr dsl fmt ${file}\n`);
      return 1;
    }
    if (options.stdout) {
      await writeResult(formatted, { output: undefined, force: false }, context);
    } else if (options.output !== undefined) {
      await writeResult(formatted, { output: options.output, force: true }, context);
    } else if (formatted !== text) {
      const [{ realpath }, { resolve }] = await Promise.all([
        import('node:fs/promises'),
        import('node:path'),
      ]);
      // Through a link: it is the file behind it that changes.
      const target = await realpath(resolve(context.cwd, file));
      await writeResult(formatted, { output: target, force: true }, context);
      context.stderr.write(`Formatted ${file}.\n`);
    }
    return 0;
  },
});
