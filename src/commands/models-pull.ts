/**
 * `models pull`: brings models from the hub.
 *
 * @module
 */
import type { CatalogEntry } from '../runtime/models/catalog/types.js';
import type { HubClient } from '../runtime/models/hub/client.js';
import { type CommandContext, defineCommand } from './command.js';
import { type HubModels, openHubModels, registryOption, revisionOption } from './support/hub-models.js';

export const modelsPull = defineCommand({
  path: ['models', 'pull'],
  describe: 'download models from the hub: only the needed files, resumed and verified',
  examples: [
    'vllm-sr models pull mom-domain-classifier',
    'vllm-sr models pull mom-pii-classifier --dry-run',
    'vllm-sr models pull --from-config --config prod.yaml',
    'HF_TOKEN=… vllm-sr models pull mom-embedding-flash',
  ],
  arguments: [
    {
      name: 'name',
      describe: 'a name out of `vllm-sr models list`, an alias, or a repository',
      required: false,
      variadic: true,
    },
  ],
  options: {
    all: { kind: 'flag', describe: 'all models of the catalogue' },
    'from-config': { kind: 'flag', describe: 'the models that the configuration names' },
    config: registryOption,
    revision: revisionOption,
    'dry-run': { kind: 'flag', describe: 'say what would be downloaded, with sizes, and stop' },
    json: { kind: 'flag', describe: 'print the outcome as JSON' },
  },
  whenStopped: 'what was downloaded is kept, and the same command goes on from there.',
  async run({ options, args }, context) {
    const models = await openHubModels(
      options['from-config'] ? (options.config ?? 'config.yaml') : options.config,
      context,
    );
    const entries = await chosen(args, options, models, context);
    const [{ createHubClient }, { isVsrError }] = await Promise.all([
      import('../runtime/models/hub/client.js'),
      import('../runtime/errors.js'),
    ]);
    const client = createHubClient(models.settings);
    const outcomes: Outcome[] = [];
    let failure: unknown;
    try {
      const queue = [...entries];
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        try {
          const pulled = await pullModel(client, entry, options, context);
          outcomes.push(pulled);
          if (!options.json) context.stdout.write(await textOf(pulled));
          const base = await baseOf(pulled, models);
          const known = [...queue, ...outcomes].some(({ name }) => name === base?.name);
          if (base !== undefined && !known) queue.push(base);
        } catch (error) {
          if (context.signal.aborted || !isVsrError(error)) throw error;
          failure ??= error;
          const { code, message, hint } = error;
          outcomes.push({ name: entry.name, state: 'failed', error: { code, message, hint } });
          // What is wrong with one model says nothing about the next; what is wrong with the network does.
          if (!ownFault.test(code)) break;
          if (entries.length > 1) context.stderr.write(`${entry.name}: ${error.message}\n`);
        }
      }
    } finally {
      await client.close();
    }
    if (options.json) context.stdout.write(`${JSON.stringify(await report(outcomes), null, 2)}\n`);
    if (failure === undefined) return 0;
    const failed = outcomes.filter(({ state }) => state === 'failed');
    if (entries.length > 1) context.stderr.write(`${failed.length} of ${entries.length} models failed.\n`);
    throw failure;
  },
});

/** The model that an adapter sits on, which only the adapter itself may know. */
async function baseOf(outcome: Outcome, { catalog }: HubModels): Promise<CatalogEntry | undefined> {
  if (outcome.state === 'failed' || outcome.dir === undefined) return undefined;
  if (!outcome.files.some(({ path }) => path === 'adapter_model.safetensors')) return undefined;
  const [{ readAdapterConfig }, { asBase }] = await Promise.all([
    import('../runtime/models/catalog/local-folder.js'),
    import('../runtime/models/catalog/file-rules.js'),
  ]);
  const name = catalog.find(outcome.name)?.requires[0] ?? (await readAdapterConfig(outcome.dir))?.base;
  // A folder of the machine where the adapter was trained is nothing that can be pulled.
  const base = name === undefined ? undefined : (catalog.find(name) ?? catalog.repository(name));
  return base?.source.kind === 'hub' ? asBase(base) : undefined;
}

/** Failures that are about one repository. */
const ownFault = /^VSR_(?:MODEL_|HUB_(?:GATED|UNAUTHORIZED|\w+_NOT_FOUND|CHECKSUM|ANSWER_INVALID))/;

interface PullFlags {
  readonly all: boolean;
  readonly 'from-config': boolean;
  readonly revision: string | undefined;
  readonly 'dry-run': boolean;
}

async function chosen(
  names: readonly string[],
  flags: PullFlags,
  { catalog, loaded }: HubModels,
  context: CommandContext,
): Promise<CatalogEntry[]> {
  const { VsrError } = await import('../runtime/errors.js');
  const ways = [names.length > 0, flags.all, flags['from-config']].filter(Boolean).length;
  if (ways !== 1) {
    throw new VsrError(
      'VSR_USAGE',
      ways === 0 ? 'No model is named.' : 'Names, `--all` and `--from-config` exclude each other.',
      {
        hint: 'Name models out of `vllm-sr models list`, or give either `--all` or `--from-config`.',
      },
    );
  }
  if (flags.revision !== undefined && (flags.all || flags['from-config'] || names.length > 1)) {
    throw new VsrError('VSR_USAGE', '`--revision` is for one model.', {
      hint: 'Name one model, or write `revision` in the configuration under `global.model_catalog.registry`.',
    });
  }
  if (flags.all) return catalog.entries.filter(({ source }) => source.kind === 'hub');
  if (!flags['from-config']) {
    const named = names.map((name) => catalog.resolve(name));
    return unique(named.flatMap((entry) => [entry, ...catalog.needs(entry)]));
  }
  if (loaded === undefined) return [];
  const { requestedModels } = await import('./support/own-models.js');
  const named = await requestedModels(loaded, context);
  const pullable = unique(named.flatMap(({ entry, needs }) => [entry, ...needs])).filter(
    ({ source }) => source.kind === 'hub',
  );
  if (pullable.length === 0) {
    context.stderr.write('The configuration names no model of the hub: the embedded models serve it.\n');
  }
  return pullable;
}

function unique(entries: readonly CatalogEntry[]): CatalogEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

type Outcome =
  | {
      readonly name: string;
      readonly state: 'downloaded' | 'present' | 'planned';
      readonly repo: string;
      readonly revision: string;
      readonly commit: string;
      readonly dir: string | undefined;
      readonly files: readonly OutcomeFile[];
      readonly downloadBytes: number;
    }
  | {
      readonly name: string;
      readonly state: 'failed';
      readonly error: { readonly code: string; readonly message: string; readonly hint: string | undefined };
    };

interface OutcomeFile {
  readonly path: string;
  readonly role: string;
  readonly size: number | undefined;
  readonly cached: boolean;
}

async function pullModel(
  client: HubClient,
  entry: CatalogEntry,
  flags: PullFlags,
  context: CommandContext,
): Promise<Outcome> {
  const { planOne, pullOne } = await import('./support/pull-models.js');
  if (client.settings.offline) {
    const there = await alreadyThere(client, entry, flags);
    if (there !== undefined) return there;
  }
  const plan = await planOne(client, entry, flags.revision, context);
  const missing = plan.files.filter(({ cached }) => !cached);
  const downloadBytes = missing.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const common = {
    name: entry.name,
    repo: plan.repo,
    revision: plan.revision,
    commit: plan.commit,
    downloadBytes,
  };
  if (flags['dry-run']) return { ...common, state: 'planned', dir: undefined, files: plan.files };
  const { dir, files } = await pullOne(client, plan, context);
  const wasCached = (path: string) => plan.files.some((file) => file.path === path && file.cached);
  return {
    ...common,
    state: missing.length === 0 ? 'present' : 'downloaded',
    dir,
    files: files.map(({ path, role, size }) => ({ path, role, size, cached: wasCached(path) })),
  };
}

/** Without the hub, what is complete is good enough. */
async function alreadyThere(
  { settings }: HubClient,
  entry: CatalogEntry,
  { revision }: PullFlags,
): Promise<Outcome | undefined> {
  const { findLocal, modelFolder } = await import('../runtime/models/hub/local-models.js');
  const found = await findLocal(entry, settings, { revision });
  if (found?.kind !== 'cached') return undefined;
  return {
    name: entry.name,
    state: 'present',
    repo: found.repo,
    revision: found.revision,
    commit: found.commit,
    dir: await modelFolder(found, settings),
    files: found.files.map(({ path, role, size }) => ({ path, role, size, cached: true })),
    downloadBytes: 0,
  };
}

async function textOf(outcome: Outcome): Promise<string> {
  if (outcome.state === 'failed') return '';
  if (outcome.state !== 'planned') return `${outcome.name}  ${outcome.dir ?? ''}\n`;
  const [{ renderTable }, { bytesText }] = await Promise.all([
    import('./support/table.js'),
    import('./support/output.js'),
  ]);
  const table = renderTable(
    [{ header: 'file' }, { header: 'role' }, { header: 'size', align: 'right' }, { header: 'state' }],
    outcome.files.map(({ path, role, size, cached }) => [
      path,
      role,
      size === undefined ? '' : bytesText(size),
      cached ? 'cached' : 'to download',
    ]),
    { width: undefined, indent: 2 },
  );
  const { name, repo, commit, downloadBytes } = outcome;
  return `${name}: ${repo}@${commit.slice(0, 12)}\n${table}  ${bytesText(downloadBytes)} to download\n`;
}

async function report(outcomes: readonly Outcome[]): Promise<Record<string, unknown>> {
  const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, each) => total + pick(each), 0);
  return {
    models: outcomes.map((outcome) => {
      if (outcome.state === 'failed') {
        const { code, message, hint } = outcome.error;
        return { name: outcome.name, state: 'failed', error: { code, message, hint: hint ?? null } };
      }
      const { downloadBytes, files, dir, ...rest } = outcome;
      return {
        ...rest,
        path: dir ?? null,
        size_bytes: files.reduce((total, { size }) => total + (size ?? 0), 0),
        download_bytes: downloadBytes,
        files: files.map(({ path, role, size, cached }) => ({
          path,
          role,
          size_bytes: size ?? null,
          cached,
        })),
      };
    }),
    download_bytes: sum((outcome) => (outcome.state === 'failed' ? 0 : outcome.downloadBytes)),
  };
}
