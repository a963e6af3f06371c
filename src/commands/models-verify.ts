/**
 * `models verify`: reads the files of models again and compares their contents.
 *
 * @module
 */
import type { VerifiedFile } from '../runtime/models/hub/verify.js';
import { type CommandContext, defineCommand } from './command.js';
import { type HubModels, openHubModels, registryOption, revisionOption } from './support/hub-models.js';

interface Verified {
  readonly name: string;
  readonly source: 'embedded' | 'cached' | 'local';
  readonly files: readonly VerifiedFile[];
}

export const modelsVerify = defineCommand({
  path: ['models', 'verify'],
  describe: 'check the contents of the embedded and downloaded models against their checksums',
  examples: ['vllm-sr models verify', 'vllm-sr models verify mom-domain-classifier --json'],
  arguments: [{ name: 'name', describe: 'default: all that are there', required: false, variadic: true }],
  options: {
    config: registryOption,
    revision: revisionOption,
    json: { kind: 'flag', describe: 'print the outcome as JSON' },
  },
  async run({ options, args }, context) {
    const models = await openHubModels(options.config, context);
    const { VsrError } = await import('../runtime/errors.js');
    const verified = [
      ...(args.length === 0 ? [await verifyEmbedded()] : []),
      ...(await verifyHub(models, args, options.revision, context)),
    ];
    if (options.json) {
      context.stdout.write(`${JSON.stringify({ models: verified }, null, 2)}\n`);
    } else {
      for (const { name, files } of verified) context.stdout.write(lineOf(name, files));
    }
    const bad = verified.filter(({ files }) => files.some(isBad));
    if (bad.length === 0) return 0;
    const names = bad.map(({ name }) => name);
    throw new VsrError('VSR_MODEL_DAMAGED', `Damaged: ${names.join(', ')}.`, {
      hint: `Fetch what is damaged anew with \`vllm-sr models pull ${names.join(' ')}\`.`,
    });
  },
});

async function verifyEmbedded(): Promise<Verified> {
  const { embeddedBundleDir, readBundle, verifyBundle } = await import('../runtime/inference/bundle.js');
  const bundle = readBundle(embeddedBundleDir());
  await verifyBundle(bundle);
  return { name: bundle.name, source: 'embedded', files: [{ path: bundle.dir, state: 'ok' }] };
}

async function verifyHub(
  hub: HubModels,
  names: readonly string[],
  revision: string | undefined,
  context: CommandContext,
): Promise<Verified[]> {
  const [{ findLocal, notDownloaded }, { verifyModel }, { namedModel }, { strangersHere }] =
    await Promise.all([
      import('../runtime/models/hub/local-models.js'),
      import('../runtime/models/hub/verify.js'),
      import('./support/named-model.js'),
      import('../runtime/models/hub/pulled.js'),
    ]);
  const { catalog, settings } = hub;
  const { cwd, signal } = context;
  const all = async () => {
    const strangers = await strangersHere(catalog, settings);
    return [...catalog.entries, ...strangers.map(({ entry }) => entry)];
  };
  const entries =
    names.length === 0 ? await all() : await Promise.all(names.map((name) => namedModel(name, hub, context)));
  const verified: Verified[] = [];
  for (const entry of entries) {
    const found = await findLocal(entry, settings, { revision, cwd });
    if (found === undefined) {
      if (names.length > 0) throw notDownloaded(entry);
      continue;
    }
    verified.push({
      name: entry.name,
      source: found.kind === 'cached' ? 'cached' : 'local',
      files: await verifyModel(found, settings, signal),
    });
  }
  return verified;
}

function isBad({ state }: VerifiedFile): boolean {
  return state === 'damaged' || state === 'missing';
}

function lineOf(name: string, files: readonly VerifiedFile[]): string {
  const bad = files.filter(isBad);
  if (bad.length > 0) return `${name}: ${bad.map(({ path, state }) => `${path} is ${state}`).join(', ')}\n`;
  const unknown = files.every(({ state }) => state === 'unknown');
  return `${name}: ${unknown ? 'nothing says what its files should contain' : 'ok'}\n`;
}
