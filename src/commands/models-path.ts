/**
 * `models path`: where the files of a model lie.
 *
 * @module
 */
import { defineCommand } from './command.js';
import { openHubModels, registryOption, revisionOption } from './support/hub-models.js';

export const modelsPath = defineCommand({
  path: ['models', 'path'],
  describe: 'print the folder with the files of a downloaded model',
  examples: ['vllm-sr models path mom-domain-classifier', 'ls "$(vllm-sr models path mom-pii-classifier)"'],
  arguments: [
    { name: 'name', describe: 'a name out of `vllm-sr models list`, or a repository', required: true },
  ],
  options: { config: registryOption, revision: revisionOption },
  async run({ options, args }, context) {
    const hub = await openHubModels(options.config, context);
    const { settings } = hub;
    const { namedModel } = await import('./support/named-model.js');
    const { findLocal, modelFolder, notDownloaded } = await import('../runtime/models/hub/local-models.js');
    const [name = ''] = args;
    const entry = await namedModel(name, hub, context);
    const found = await findLocal(entry, settings, { revision: options.revision, cwd: context.cwd });
    if (found === undefined) throw notDownloaded(entry);
    context.stdout.write(`${await modelFolder(found, settings)}\n`);
    return 0;
  },
});
