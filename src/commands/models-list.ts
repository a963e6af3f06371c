/**
 * `models list`: the models that the router itself runs.
 *
 * @module
 */
import type { RegistryEntry } from '../runtime/models/registry.js';
import { defineCommand } from './command.js';

export const modelsList = defineCommand({
  path: ['models', 'list'],
  describe: 'list the models that come with the router and read the prompts',
  examples: ['vllm-sr models list', 'vllm-sr models list --json'],
  options: {
    json: { kind: 'flag', describe: 'print all there is to know as JSON' },
  },
  async run({ options }, context) {
    const { embeddedModels } = await import('../runtime/models/registry.js');
    const models = embeddedModels();
    if (options.json) {
      const { entryJson } = await import('./support/model-entry.js');
      context.stdout.write(`${JSON.stringify({ models: models.map(entryJson) }, null, 2)}\n`);
      return 0;
    }
    const [{ renderTable }, { paletteFor }, { terminalWidth }, { figureOf, givesOf, megabytes }] =
      await Promise.all([
        import('./support/table.js'),
        import('./support/output.js'),
        import('./support/text.js'),
        import('./support/model-entry.js'),
      ]);
    const palette = await paletteFor(context);
    context.stdout.write(
      renderTable(
        [
          { header: 'name' },
          { header: 'task' },
          { header: 'input' },
          { header: 'gives' },
          { header: 'measured', flexible: true },
          { header: 'size', align: 'right' },
          { header: 'source' },
          { header: 'licence' },
        ],
        models.map((model) => [
          model.name,
          model.task,
          model.input,
          givesOf(model),
          measured(figureOf(model)),
          megabytes(model.sizeBytes),
          model.source,
          model.license,
        ]),
        { width: terminalWidth(context.stdout), paintHeader: palette.dim },
      ),
    );
    const notes = (['text', 'pair'] as const).flatMap((input) => {
      const [first, ...others] = models.filter((model) => model.input === input);
      return first === undefined ? [] : [graphNote(first, others.length + 1, megabytes(first.sizeBytes))];
    });
    const version = models[0]?.bundle.version ?? '';
    context.stdout.write(
      `\n${notes.join('')}Bundle ${version}. \`vllm-sr models show NAME\` prints a card.\n`,
    );
    return 0;
  },
});

/** `0.950 natural accuracy`: the figure with what it is, since tasks are measured in different ways. */
function measured(figure: { readonly name: string; readonly value: number } | undefined): string {
  return figure === undefined ? '' : `${figure.value.toFixed(3)} ${figure.name.replaceAll('_', ' ')}`;
}

/** Models of one graph are loaded, and take memory, together. */
function graphNote({ input, base, precision }: RegistryEntry, count: number, size: string): string {
  const subject = `${count} ${count === 1 ? 'model reads' : 'models read'}`;
  const how =
    input === 'text'
      ? `${subject} one pass of ${base} (${precision})`
      : `${subject} two texts together, loaded when first used (${base}, ${precision})`;
  return `${how}: ${size} with the tokenizer.\n`;
}
