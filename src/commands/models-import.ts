/**
 * `models import`: takes a model out of a folder, under a name of the catalogue or one of one's own.
 *
 * @module
 */
import { resolve } from 'node:path';
import { defineCommand } from './command.js';
import { openHubModels, registryOption } from './support/hub-models.js';

export const modelsImport = defineCommand({
  path: ['models', 'import'],
  describe: 'take a model out of a folder: config.json, tokenizer, and ONNX or safetensors',
  examples: ['vllm-sr models import ./exported --name mom-domain-classifier'],
  arguments: [{ name: 'folder', describe: 'folder with the model', required: true }],
  options: {
    name: { kind: 'string', placeholder: 'name', describe: 'what the model is called here' },
    config: registryOption,
    json: { kind: 'flag', describe: 'print the outcome as JSON' },
  },
  async run({ options, args }, context) {
    const [{ VsrError }, { importFolder }, { bytesText }, { catalog, settings }] = await Promise.all([
      import('../runtime/errors.js'),
      import('../runtime/models/hub/import-folder.js'),
      import('./support/output.js'),
      openHubModels(options.config, context),
    ]);
    if (options.name === undefined || !/^(?:models\/)?[\w][\w.-]{0,99}$/.test(options.name)) {
      const what =
        options.name === undefined
          ? 'The model needs a name.'
          : `\`${options.name.slice(0, 100)}\` is no name for a model.`;
      throw new VsrError('VSR_USAGE', what, {
        hint: 'Give `--name NAME`: letters, digits, dots and dashes.',
      });
    }
    // An alias means the model it stands for.
    const name = catalog.find(options.name)?.name ?? options.name.replace(/^models\//, '');
    const [folder = ''] = args;
    const imported = await importFolder(resolve(context.cwd, folder), name, settings);
    if (options.json) {
      const { dir, files, bytes, found } = imported;
      const report = {
        name,
        path: dir,
        files,
        size_bytes: bytes,
        architecture: found.architecture,
        task: found.task,
        labels: found.labels,
      };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    } else {
      const { found, files, bytes, dir } = imported;
      context.stderr.write(
        `${name}: ${found.architecture}, ${found.task}, ${files.length} files, ${bytesText(bytes)}\n`,
      );
      context.stdout.write(`${dir}\n`);
    }
    return 0;
  },
});
