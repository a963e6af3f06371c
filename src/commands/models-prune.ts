/**
 * `models prune`: gives back the space that downloads take and nothing uses.
 *
 * @module
 */
import { defineCommand } from './command.js';
import { openHubModels, registryOption } from './support/hub-models.js';

export const modelsPrune = defineCommand({
  path: ['models', 'prune'],
  describe: 'remove unfinished downloads and superseded commits, or the models that are named',
  examples: [
    'vllm-sr models prune --dry-run',
    'vllm-sr models prune',
    'vllm-sr models prune mom-embedding-pro',
  ],
  arguments: [{ name: 'name', describe: 'models to remove altogether', required: false, variadic: true }],
  options: {
    config: registryOption,
    'dry-run': { kind: 'flag', describe: 'say what would be removed, and stop' },
    json: { kind: 'flag', describe: 'print the outcome as JSON' },
  },
  async run({ options, args }, context) {
    const { catalog, settings } = await openHubModels(options.config, context);
    const [{ findLeftovers, removeLeftovers }, { hubSource }, { bytesText }] = await Promise.all([
      import('../runtime/models/hub/prune.js'),
      import('../runtime/models/hub/pull.js'),
      import('./support/output.js'),
    ]);
    const repos = args.map((name) => hubSource(catalog.resolve(name)).repo);
    const leftovers = await findLeftovers(settings, repos);
    const bytes = leftovers.reduce((sum, each) => sum + each.bytes, 0);
    if (!options['dry-run']) await removeLeftovers(leftovers);
    if (options.json) {
      const removed = leftovers.map(({ kind, repo, path, bytes: size }) => ({
        kind,
        repo,
        path,
        size_bytes: size,
      }));
      const report = { dry_run: options['dry-run'], removed, freed_bytes: bytes };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return 0;
    }
    for (const { kind, path } of leftovers) context.stdout.write(`${kind}  ${path}\n`);
    const verb = options['dry-run'] ? 'could be freed' : 'freed';
    context.stdout.write(leftovers.length === 0 ? 'Nothing to remove.\n' : `${bytesText(bytes)} ${verb}.\n`);
    return 0;
  },
});
