/**
 * `models list`: the models that the router itself runs, embedded or of the hub.
 *
 * @module
 */
import type { RegistryEntry } from '../runtime/inference/embedded-models.js';
import { type CommandContext, defineCommand } from './command.js';
import { type HubModels, openHubModels, registryOption } from './support/hub-models.js';
import type { ModelJson } from './support/model-json.js';
import type { ModelUse } from './support/model-uses.js';

export const modelsList = defineCommand({
  path: ['models', 'list'],
  describe: 'list the models that read the prompts: those in the package and those of the hub',
  examples: ['vllm-sr models list', 'vllm-sr models list --json'],
  options: {
    config: registryOption,
    json: { kind: 'flag', describe: 'print all there is to know as JSON' },
  },
  async run({ options }, context) {
    const [{ embeddedModels }, hub] = await Promise.all([
      import('../runtime/inference/embedded-models.js'),
      openHubModels(options.config, context),
    ]);
    const models = embeddedModels();
    const { modelUses } = await import('./support/model-uses.js');
    const uses = await modelUses(hub, options.config !== undefined, context);
    const { learnedHeads, learnedJson, learnedTable } = await import('./support/learned-heads.js');
    if (options.json) {
      const report = {
        config: hub.loaded?.source ?? null,
        models: await modelsJson(models, hub, uses, context),
        learned: learnedHeads(hub.settings.modelsDir).map(learnedJson),
      };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return 0;
    }
    const [{ renderTable }, { bytesText, paletteFor }, { terminalWidth }, { figureOf, givesOf }] =
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
          bytesText(model.sizeBytes),
          model.source,
          model.license,
        ]),
        { width: terminalWidth(context.stdout), paintHeader: palette.dim },
      ),
    );
    const notes = (['text', 'pair'] as const).flatMap((input) => {
      const [first, ...others] = models.filter((model) => model.input === input);
      return first === undefined ? [] : [graphNote(first, others.length + 1, bytesText(first.sizeBytes))];
    });
    const version = models[0]?.bundle.version ?? '';
    context.stdout.write(
      `\n${notes.join('')}Bundle ${version}. \`vllm-sr models show NAME\` prints a card.\n`,
    );
    const learned = await learnedTable(hub.settings.modelsDir, context);
    if (learned !== '') context.stdout.write(`\n${learned}`);
    context.stdout.write(`\n${await hubTable(hub, context)}`);
    if (uses.length > 0) context.stdout.write(`\n${await usesTable(uses, context)}`);
    return 0;
  },
});

/** Embedded models with what the hub has under their name, then the others of the hub and of the configuration. */
async function modelsJson(
  models: readonly RegistryEntry[],
  { catalog, settings }: HubModels,
  uses: readonly ModelUse[],
  { cwd }: CommandContext,
): Promise<ModelJson[]> {
  const [{ findLocal }, { embeddedNamed }, { embeddedModelJson, hubModelJson }] = await Promise.all([
    import('../runtime/models/hub/local-models.js'),
    import('./support/hub-models.js'),
    import('./support/model-json.js'),
  ]);
  const embedded = models.map(async (model) => {
    const entry = catalog.find(model.name);
    const local = entry && (await findLocal(entry, settings, { cwd }));
    return embeddedModelJson(model, entry, local, uses);
  });
  const others = catalog.entries
    .filter(({ name }) => embeddedNamed(models, name) === undefined)
    .map(async (entry) => hubModelJson(entry, await findLocal(entry, settings, { cwd }), uses));
  // Folders and repositories that only the configuration names.
  const strangers = uses
    .filter(({ entry }) => catalog.find(entry.name) === undefined)
    .map(({ entry, local }) => hubModelJson(entry, local, uses));
  const { strangersHere } = await import('../runtime/models/hub/pulled.js');
  const here = (await strangersHere(catalog, settings))
    .filter(({ entry }) => !strangers.some(({ name }) => name === entry.name))
    .map(({ entry, local }) => hubModelJson(entry, local, uses));
  return [...(await Promise.all([...embedded, ...others])), ...strangers, ...here];
}

/** What the configuration asks for, and who answers. */
async function usesTable(uses: readonly ModelUse[], context: CommandContext): Promise<string> {
  const [{ renderTable }, { paletteFor }, { terminalWidth }, { answersFor, useState }] = await Promise.all([
    import('./support/table.js'),
    import('./support/output.js'),
    import('./support/text.js'),
    import('./support/model-uses.js'),
  ]);
  const palette = await paletteFor(context);
  return renderTable(
    [
      { header: 'named in the configuration' },
      { header: 'state' },
      { header: 'answers' },
      { header: 'at', flexible: true },
    ],
    uses.map((use) => [use.entry.name, useState(use), answersFor(use), use.path]),
    { width: terminalWidth(context.stdout), paintHeader: palette.dim },
  );
}

/** Everything of the catalogue with its state, and what else is here, under a heading of its own. */
async function hubTable({ catalog, settings }: HubModels, context: CommandContext): Promise<string> {
  const [{ renderTable }, { paletteFor }, { terminalWidth }, { findLocal }, support] = await Promise.all([
    import('./support/table.js'),
    import('./support/output.js'),
    import('./support/text.js'),
    import('../runtime/models/hub/local-models.js'),
    import('./support/hub-models.js'),
  ]);
  const palette = await paletteFor(context);
  const { strangersHere } = await import('../runtime/models/hub/pulled.js');
  const known = catalog.entries.map(async (entry) => ({
    entry,
    local: await findLocal(entry, settings, { cwd: context.cwd }),
  }));
  const models = [...(await Promise.all(known)), ...(await strangersHere(catalog, settings))];
  const rows = models.map(({ entry, local }) => {
    return [
      entry.name,
      entry.task,
      support.hubGives(entry),
      support.stateOf(entry, local),
      support.sizeText(entry, local),
      entry.gated ? `${entry.license ?? ''} (gated)` : (entry.license ?? ''),
      support.whereOf(entry),
    ];
  });
  const table = renderTable(
    [
      { header: 'hub model' },
      { header: 'task' },
      { header: 'gives' },
      { header: 'state' },
      { header: 'size', align: 'right' },
      { header: 'licence' },
      { header: 'repository', flexible: true },
    ],
    rows,
    { width: terminalWidth(context.stdout), paintHeader: palette.dim },
  );
  return `${table}\n\`vllm-sr models pull NAME\` downloads one; \`vllm-sr models show NAME\` says which embedded model stands in for it.\n`;
}

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
