/**
 * `models show`: the card of one model.
 *
 * @module
 */
import type { RegistryEntry } from '../runtime/inference/embedded-models.js';
import type { CatalogEntry } from '../runtime/models/catalog/types.js';
import type { LocalModel } from '../runtime/models/hub/local-models.js';
import { type CommandContext, defineCommand } from './command.js';
import { type HubModels, openHubModels, registryOption } from './support/hub-models.js';
import type { ModelUse } from './support/model-uses.js';

export const modelsShow = defineCommand({
  path: ['models', 'show'],
  describe: 'show the card of a model: data, figures, confusion, latency, licence',
  examples: [
    'vllm-sr models show mom-domain-classifier',
    'vllm-sr models show mom-pii-classifier | less',
    'vllm-sr models show mom-jailbreak-classifier --json',
  ],
  arguments: [{ name: 'name', describe: 'a name out of `vllm-sr models list`', required: true }],
  options: {
    config: registryOption,
    json: { kind: 'flag', describe: 'print the registry entry as JSON, without the card' },
  },
  async run({ options, args }, context) {
    const [{ embeddedModels }, hub] = await Promise.all([
      import('../runtime/inference/embedded-models.js'),
      openHubModels(options.config, context),
    ]);
    const [name = ''] = args;
    const { learnedCard } = await import('./support/learned-heads.js');
    const learned = await learnedCard(name.trim(), hub.settings.modelsDir, options.json, context);
    if (learned !== undefined) {
      context.stdout.write(learned);
      return 0;
    }
    const { model, entry } = await modelNamed(name, embeddedModels(), hub, context);
    const { findLocal } = await import('../runtime/models/hub/local-models.js');
    const local = entry && (await findLocal(entry, hub.settings, { cwd: context.cwd }));
    const { modelUses } = await import('./support/model-uses.js');
    const uses = await modelUses(hub, options.config !== undefined, context);
    if (options.json) {
      const { embeddedModelJson, hubModelJson } = await import('./support/model-json.js');
      const json =
        model === undefined ? hubModelJson(entry, local, uses) : embeddedModelJson(model, entry, local, uses);
      context.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
      return 0;
    }
    context.stdout.write(
      model === undefined
        ? await hubText(entry, local, uses, context)
        : await cardText(model, entry, local, uses, context),
    );
    return 0;
  },
});

type Named =
  | { readonly model: RegistryEntry; readonly entry: CatalogEntry | undefined }
  | { readonly model: undefined; readonly entry: CatalogEntry };

async function modelNamed(
  name: string,
  models: readonly RegistryEntry[],
  hub: HubModels,
  context: CommandContext,
): Promise<Named> {
  const { catalog, settings } = hub;
  const { embeddedNamed } = await import('./support/hub-models.js');
  const exact = embeddedNamed(models, name.trim());
  if (exact !== undefined) return { model: exact, entry: catalog.find(exact.name) };
  const [{ namedModel }, { asFound }, { findLocal }] = await Promise.all([
    import('./support/named-model.js'),
    import('../runtime/models/hub/pulled.js'),
    import('../runtime/models/hub/local-models.js'),
  ]);
  const named = await namedModel(name, hub, context);
  const entry = await asFound(named, await findLocal(named, settings, { cwd: context.cwd }));
  const model = embeddedNamed(models, entry.name);
  return model === undefined ? { model, entry } : { model, entry };
}

/** Facts of a model that is not in the package; its card stands on its page. */
async function hubText(
  entry: CatalogEntry,
  local: LocalModel | undefined,
  uses: readonly ModelUse[],
  context: CommandContext,
): Promise<string> {
  const [{ paletteFor }, { hubGives, sizeText, stateOf, whereOf }] = await Promise.all([
    import('./support/output.js'),
    import('./support/hub-models.js'),
  ]);
  const palette = await paletteFor(context);
  const { labels, threshold, maxTokens, source, standIn } = entry;
  const optional = (label: string, value: string | undefined) =>
    value === undefined ? [] : [[label, value] as const];
  const facts = [
    ['task', `${entry.task}, reads ${entry.input === 'pair' ? 'two texts together' : 'one text'}`] as const,
    ['gives', `${hubGives(entry)}${labels.length === 0 ? '' : `: ${labels.join(', ')}`}`] as const,
    ...optional('threshold', threshold?.toString()),
    [
      'architecture',
      `${entry.architecture}${maxTokens === undefined ? '' : `, up to ${maxTokens} tokens`}`,
    ] as const,
    ['state', stateOf(entry, local)] as const,
    ...useFacts(entry.name, uses),
    ['repository', whereOf(entry)] as const,
    ...optional('size', sizeText(entry, local) || undefined),
    ...optional('needs', entry.requires.join(', ') || undefined),
    [
      'licence',
      `${entry.license ?? 'see its page'}${entry.gated ? ', to be accepted on its page first' : ''}`,
    ] as const,
    ...optional('stand-in', standIn && `${standIn} (embedded), until it is downloaded`),
    ...optional('aliases', entry.aliases.join(', ') || undefined),
  ];
  const label = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = facts.map(([name, value]) => `${palette.dim(name.padEnd(label))}${value}\n`).join('');
  const advice =
    source.kind === 'served'
      ? source.advice.replaceAll('`', '')
      : local === undefined
        ? `vllm-sr models pull ${entry.name}  downloads it.`
        : `vllm-sr models path ${entry.name}  prints its folder.`;
  return `${palette.bold(entry.name)}\n${lines}\n${advice}\n`;
}

async function cardText(
  model: RegistryEntry,
  entry: CatalogEntry | undefined,
  local: LocalModel | undefined,
  uses: readonly ModelUse[],
  context: CommandContext,
): Promise<string> {
  const [{ paletteFor }, { terminalWidth }, { renderMarkdown }] = await Promise.all([
    import('./support/output.js'),
    import('./support/text.js'),
    import('./support/markdown.js'),
  ]);
  const palette = await paletteFor(context);
  const facts = [...(await factsOf(model)), ...(await hubFacts(entry, local)), ...useFacts(model.name, uses)];
  const label = Math.max(...facts.map(([name]) => name.length)) + 2;
  const head = facts.map(([name, value]) => `${palette.dim(name.padEnd(label))}${value}\n`).join('');
  const card = await readCard(model);
  if (card === undefined) return `${palette.bold(model.name)}\n${head}\nThis model comes without a card.\n`;
  return `${head}\n${renderMarkdown(card, { width: terminalWidth(context.stdout), palette })}`;
}

/** What the configuration at hand makes of a model. */
function useFacts(name: string, uses: readonly ModelUse[]): readonly (readonly [string, string])[] {
  const named = uses.filter(({ entry }) => entry.name === name);
  const replacing = uses.find(({ embedded, local }) => embedded === name && local !== undefined);
  return [
    ...named.map(
      ({ path, local }) => ['named', `${path}${local === undefined ? ', not on this machine' : ''}`] as const,
    ),
    ...(replacing === undefined || replacing.entry.name === name
      ? []
      : [['replaced by', replacing.entry.name] as const]),
  ];
}

async function readCard({ card }: RegistryEntry): Promise<string | undefined> {
  if (card === undefined) return undefined;
  const [{ readFile }, { VsrError, messageOf }] = await Promise.all([
    import('node:fs/promises'),
    import('../runtime/errors.js'),
  ]);
  try {
    return await readFile(card, 'utf8');
  } catch (cause) {
    throw new VsrError('VSR_MODEL_BUNDLE_INVALID', `The card ${card} cannot be read: ${messageOf(cause)}`, {
      hint: 'Reinstall the package, or restore the model bundle from its source.',
      cause,
    });
  }
}

/** What the hub has under the name of an embedded model. */
async function hubFacts(
  entry: CatalogEntry | undefined,
  local: LocalModel | undefined,
): Promise<readonly (readonly [string, string])[]> {
  if (entry === undefined) return [];
  const { sizeText, stateOf, whereOf } = await import('./support/hub-models.js');
  const size = sizeText(entry, local);
  return [['on the hub', `${whereOf(entry)}, ${[size, stateOf(entry, local)].filter(Boolean).join(', ')}`]];
}

async function factsOf(model: RegistryEntry): Promise<readonly (readonly [string, string])[]> {
  const [{ givesOf }, { bytesText }] = await Promise.all([
    import('./support/model-entry.js'),
    import('./support/output.js'),
  ]);
  const { threshold, thresholds, labels } = model;
  const single = Object.entries(thresholds).map(([label, value]) => `${label} ${value}`);
  return [
    ['task', `${model.task}, reads ${model.input === 'pair' ? 'two texts together' : 'one text'}`],
    ['gives', `${givesOf(model)}${labels.length === 0 ? '' : `: ${labels.join(', ')}`}`],
    ...(threshold === undefined ? [] : [['threshold', [String(threshold), ...single].join(', ')] as const]),
    ['base', `${model.base}, ${model.precision}, up to ${model.maxTokens} tokens at a time`],
    ['size', `${bytesText(model.sizeBytes)}, shared by all models that read the same input`],
    ['licence', model.license],
    ['bundle', `${model.bundle.name} ${model.bundle.version} (${model.bundle.sha256.slice(0, 12)})`],
  ];
}
