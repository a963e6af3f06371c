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
      context.stdout.write(`${JSON.stringify({ models: models.map(jsonOf) }, null, 2)}\n`);
      return 0;
    }
    const [{ renderTable }, { paletteFor }, { terminalWidth }] = await Promise.all([
      import('./support/table.js'),
      import('./support/output.js'),
      import('./support/text.js'),
    ]);
    const palette = await paletteFor(context);
    context.stdout.write(
      renderTable(
        [
          { header: 'name' },
          { header: 'task' },
          { header: 'gives', flexible: true },
          { header: 'accuracy', align: 'right' },
          { header: 'source' },
          { header: 'licence' },
        ],
        models.map((model) => [
          model.name,
          model.task,
          gives(model),
          accuracyOf(model)?.toFixed(3) ?? '',
          model.source,
          model.license,
        ]),
        { width: terminalWidth(context.stdout), paintHeader: palette.dim },
      ),
    );
    const [first] = models;
    if (first !== undefined) {
      const megabytes = (first.sizeBytes / 1e6).toFixed(1);
      context.stdout.write(
        `\nAll read one pass of ${first.base} (${first.precision}); together ${megabytes} MB, bundle ${first.bundle.version}.\n`,
      );
    }
    return 0;
  },
});

function gives({ dimension, labels }: RegistryEntry): string {
  return dimension === undefined ? `${labels.length} labels` : `${dimension} dimensions`;
}

/** The figure nearest to real use that the bundle names. */
function accuracyOf({ metrics }: RegistryEntry): number | undefined {
  const value = ['accuracy', 'natural_accuracy', 'held_back_accuracy']
    .map((name) => metrics[name])
    .find(isNumber);
  return value;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** JSON in snake case, as every other interface writes it. */
function jsonOf(model: RegistryEntry): Record<string, unknown> {
  return {
    name: model.name,
    task: model.task,
    source: model.source,
    labels: model.labels,
    threshold: model.threshold ?? null,
    dimension: model.dimension ?? null,
    max_tokens: model.maxTokens,
    base: model.base,
    precision: model.precision,
    license: model.license,
    size_bytes: model.sizeBytes,
    accuracy: accuracyOf(model) ?? null,
    metrics: model.metrics,
    bundle: model.bundle,
    card: model.card ?? null,
  };
}
