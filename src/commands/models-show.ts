/**
 * `models show`: the card of one model.
 *
 * @module
 */
import type { RegistryEntry } from '../runtime/models/registry.js';
import { type CommandContext, defineCommand } from './command.js';

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
    json: { kind: 'flag', describe: 'print the registry entry as JSON, without the card' },
  },
  async run({ options, args }, context) {
    const { embeddedModels } = await import('../runtime/models/registry.js');
    const [name = ''] = args;
    const model = await modelNamed(name, embeddedModels());
    if (options.json) {
      const { entryJson } = await import('./support/model-entry.js');
      context.stdout.write(`${JSON.stringify(entryJson(model), null, 2)}\n`);
      return 0;
    }
    context.stdout.write(await cardText(model, context));
    return 0;
  },
});

async function modelNamed(name: string, models: readonly RegistryEntry[]): Promise<RegistryEntry> {
  const found = models.find((model) => model.name === name.trim());
  if (found !== undefined) return found;
  const [{ VsrError }, { suggestion }] = await Promise.all([
    import('../runtime/errors.js'),
    import('../runtime/text/suggestions.js'),
  ]);
  const names = models.map((model) => model.name);
  // "jailbreak" is no slip of the keyboard, but says clearly enough what was meant.
  const wanted = name.trim().toLowerCase();
  const near = wanted.length < 3 ? [] : names.filter((one) => one.includes(wanted));
  const advice =
    near.length > 0
      ? `did you mean ${near.map((one) => `\`${one}\``).join(' or ')}?`
      : suggestion(name, names);
  throw new VsrError('VSR_USAGE', `There is no model \`${name.slice(0, 100)}\`.`, {
    hint: `${advice.charAt(0).toUpperCase()}${advice.slice(1)} See \`vllm-sr models list\`.`,
  });
}

async function cardText(model: RegistryEntry, context: CommandContext): Promise<string> {
  const [{ paletteFor }, { terminalWidth }, { renderMarkdown }] = await Promise.all([
    import('./support/output.js'),
    import('./support/text.js'),
    import('./support/markdown.js'),
  ]);
  const palette = await paletteFor(context);
  const facts = await factsOf(model);
  const label = Math.max(...facts.map(([name]) => name.length)) + 2;
  const head = facts.map(([name, value]) => `${palette.dim(name.padEnd(label))}${value}\n`).join('');
  const card = await readCard(model);
  if (card === undefined) return `${palette.bold(model.name)}\n${head}\nThis model comes without a card.\n`;
  return `${head}\n${renderMarkdown(card, { width: terminalWidth(context.stdout), palette })}`;
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

async function factsOf(model: RegistryEntry): Promise<readonly (readonly [string, string])[]> {
  const { givesOf, megabytes } = await import('./support/model-entry.js');
  const { threshold, thresholds, labels } = model;
  const single = Object.entries(thresholds).map(([label, value]) => `${label} ${value}`);
  return [
    ['task', `${model.task}, reads ${model.input === 'pair' ? 'two texts together' : 'one text'}`],
    ['gives', `${givesOf(model)}${labels.length === 0 ? '' : `: ${labels.join(', ')}`}`],
    ...(threshold === undefined ? [] : [['threshold', [String(threshold), ...single].join(', ')] as const]),
    ['base', `${model.base}, ${model.precision}, up to ${model.maxTokens} tokens at a time`],
    ['size', `${megabytes(model.sizeBytes)}, shared by all models that read the same input`],
    ['licence', model.license],
    ['bundle', `${model.bundle.name} ${model.bundle.version} (${model.bundle.sha256.slice(0, 12)})`],
  ];
}
