/**
 * `config diff`: what differs in meaning between two configuration files.
 *
 * @module
 */
import type { Difference } from '../runtime/config/diff.js';
import { defineCommand } from './command.js';
import { loadForCommand } from './config-file.js';
import { type Palette, paletteFor, plural } from './support/output.js';

export const configDiff = defineCommand({
  path: ['config', 'diff'],
  describe: 'show what differs in meaning between two configuration files of any layout',
  examples: [
    'vllm-sr config diff config.yaml config.new.yaml',
    'vllm-sr config diff old.yaml new.yaml --json',
  ],
  arguments: [
    { name: 'old', describe: 'configuration file', required: true },
    { name: 'new', describe: 'configuration file', required: true },
  ],
  options: { json: { kind: 'flag', describe: 'print the differences as JSON' } },
  async run({ options, args }, context) {
    const [before = '', after = ''] = args;
    const { diffConfigs } = await import('../runtime/config/diff.js');
    // What is to be said of each file is the business of `validate`.
    const load = (file: string) => loadForCommand(file, context, { quiet: true });
    const differences = diffConfigs(await load(before), await load(after));
    if (options.json) {
      const report = { before, after, same: differences.length === 0, differences };
      context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    } else {
      const palette = await paletteFor(context);
      context.stdout.write(differences.map((difference) => line(difference, palette)).join(''));
      const summary =
        differences.length === 0 ? 'They mean the same.' : `${plural(differences.length, 'difference')}.`;
      context.stderr.write(`${summary}\n`);
    }
    return differences.length === 0 ? 0 : 1;
  },
});

function line({ kind, path, before, after }: Difference, { green, red, yellow, bold }: Palette): string {
  switch (kind) {
    case 'added':
      return `${green('+')} ${bold(path)}: ${shown(after)}\n`;
    case 'removed':
      return `${red('-')} ${bold(path)}: ${shown(before)}\n`;
    case 'changed':
      return `${yellow('~')} ${bold(path)}: ${shown(before)} → ${shown(after)}\n`;
  }
}

/** Texts that look like nothing else stay bare. */
function shown(value: unknown): string {
  if (typeof value === 'string' && /^[\w./:-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? '';
}
