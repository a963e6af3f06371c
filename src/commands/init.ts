/**
 * `init`: writes a config file for what runs here, after a few questions.
 *
 * @module
 */

import type { Candidate, PresetName, Role } from '../runtime/config/starter.js';
import { type CommandContext, defineCommand } from './command.js';
import { defaultConfigFile } from './config-file.js';
import { Interruption } from './interruption.js';

/** Kept here, because help must not load what writes the file; a test compares them. */
const presetChoices = [
  'balanced',
  'cost-saver',
  'privacy-local',
  'minimal',
] as const satisfies readonly PresetName[];
const defaultPort = 8899;

interface Answers {
  readonly preset: PresetName;
  readonly models: ReadonlyMap<Role, Candidate>;
  readonly port: number;
}

export const init = defineCommand({
  path: ['init'],
  describe: 'write a config.yaml for the models found here, after a few questions',
  examples: [
    'vllm-sr init',
    'vllm-sr init --yes --preset cost-saver',
    'vllm-sr init --output router/config.yaml --force',
  ],
  options: {
    yes: { kind: 'flag', short: 'y', describe: 'ask nothing and take the defaults' },
    preset: {
      kind: 'string',
      placeholder: 'name',
      describe: 'set of routing rules to start with',
      choices: presetChoices,
    },
    port: {
      kind: 'number',
      short: 'p',
      placeholder: 'number',
      describe: `port for clients (default: ${defaultPort})`,
      min: 1,
      max: 65_535,
      integer: true,
    },
    output: {
      kind: 'string',
      short: 'o',
      placeholder: 'file',
      describe: 'file to write',
      default: defaultConfigFile,
    },
    force: { kind: 'flag', short: 'f', describe: 'overwrite the file if it exists' },
  },
  whenStopped: 'nothing was written.',
  async run({ options }, context) {
    const { existsSync } = await import('node:fs');
    const { basename, dirname, join, resolve } = await import('node:path');
    const { VsrError } = await import('../runtime/errors.js');
    const file = resolve(context.cwd, options.output);
    if (!options.force && existsSync(file)) {
      // Before the questions, not after them.
      throw new VsrError('VSR_FILE_EXISTS', `${options.output} exists already; it was left as it is.`, {
        hint: 'Use --force to overwrite it, or write elsewhere with --output FILE.',
      });
    }
    const { discover } = await import('../runtime/discovery/discover.js');
    const text = await import('../runtime/config/starter.js');
    const discovery = await discover({ env: context.env, signal: context.signal });
    const found = text.candidatesFrom(discovery);
    context.stderr.write(describeFindings(found));
    const wanted = { preset: presetChoices.find((name) => name === options.preset), port: options.port };
    if (!options.yes && !context.interactive) {
      context.stderr.write(
        'This is no terminal, so nothing is asked: the defaults are taken, as with --yes.\n',
      );
    }
    const answers =
      options.yes || !context.interactive
        ? defaultAnswers(found, wanted, text.chooseModels)
        : await ask(found, wanted, context);
    if (found.length > 0 && answers.models.get('private') === text.echoCandidate) {
      context.stderr.write(
        'Warning: no model of your own was found, so private prompts go to the built-in echo until you replace it.\n',
      );
    }
    const { configJsonSchemaText, schemaFileName } = await import('../runtime/config/json-schema.js');
    const { loadConfigText } = await import('../runtime/config/load.js');
    const { mkdir } = await import('node:fs/promises');
    const { writeNewFile } = await import('./write-file.js');
    const content = text.starterConfig({ ...answers, fileName: basename(file) });
    // A file that `validate` refuses must never be written, whatever model names a server made up.
    loadConfigText(content, options.output, context.env);
    await mkdir(dirname(file), { recursive: true });
    await writeNewFile(file, content, { overwrite: options.force });
    await writeNewFile(join(dirname(file), schemaFileName), configJsonSchemaText(), { overwrite: true });
    context.stdout.write(nextSteps(options.output, answers));
    return 0;
  },
});

function describeFindings(found: readonly Candidate[]): string {
  if (found.length === 0) {
    return `No model server answers here and no API key is set, so the built-in echo model stands in:
routing can be tried, and real models added to the file later.
`;
  }
  const places = new Map<string, string[]>();
  for (const { place, name, backend } of found) {
    const where =
      backend.api_key_env === undefined
        ? `${place} at ${backend.base_url}`
        : `${place} (${backend.api_key_env})`;
    places.set(where, [...(places.get(where) ?? []), name]);
  }
  const lines = [...places].map(([where, names]) => {
    const more = names.length > 4 ? `, and ${names.length - 4} more` : '';
    return `  ${where}: ${names.slice(0, 4).join(', ')}${more}\n`;
  });
  return `Found:\n${lines.join('')}`;
}

interface Wanted {
  readonly preset: PresetName | undefined;
  readonly port: number | undefined;
}

type ChooseModels = typeof import('../runtime/config/starter.js').chooseModels;

function defaultAnswers(found: readonly Candidate[], wanted: Wanted, choose: ChooseModels): Answers {
  const preset = wanted.preset ?? 'balanced';
  return { preset, models: choose(preset, found), port: wanted.port ?? defaultPort };
}

const questions: Readonly<Record<Role, string>> = {
  general: 'Which model answers everyday questions?',
  strong: 'Which model answers hard questions?',
  private: 'Which model of your own answers private prompts?',
};

/** Asks what was not given as an option; throws an {@link Interruption} if the user stopped with Ctrl-C. */
async function ask(found: readonly Candidate[], wanted: Wanted, context: CommandContext): Promise<Answers> {
  const { select, number } = await import('@inquirer/prompts');
  const { chooseModels, echoCandidate, presets } = await import('../runtime/config/starter.js');
  const terminal = { input: context.stdin, output: context.stderr, signal: context.signal };
  try {
    const preset =
      wanted.preset ??
      (await select<PresetName>(
        {
          message: 'How shall prompts be routed?',
          choices: presetChoices.map((name) => ({ value: name, description: presets[name].summary })),
        },
        terminal,
      ));
    const models = chooseModels(preset, found);
    for (const [role, suggested] of models) {
      const eligible = role === 'private' ? found.filter(({ local }) => local) : found;
      if (eligible.length < 2) continue;
      const name = await select<string>(
        {
          message: questions[role],
          choices: eligible.map(({ name, place }) => ({ value: name, name: `${name} (${place})` })),
          default: suggested.name,
        },
        terminal,
      );
      models.set(role, eligible.find((candidate) => candidate.name === name) ?? echoCandidate);
    }
    const port =
      wanted.port ??
      (await number(
        {
          message: 'On which port shall clients connect?',
          default: defaultPort,
          min: 1,
          max: 65_535,
          required: true,
        },
        terminal,
      ));
    return { preset, models, port: port ?? defaultPort };
  } catch (error) {
    const stopped = error instanceof Error && /^(?:ExitPrompt|AbortPrompt)Error$/.test(error.name);
    // On a terminal in raw mode the key is read, and no signal comes.
    if (stopped) throw new Interruption('SIGINT');
    throw error;
  }
}

function nextSteps(file: string, { preset, models, port }: Answers): string {
  const config =
    file === defaultConfigFile ? '' : ` --config ${/[^\w./-]/.test(file) ? JSON.stringify(file) : file}`;
  const roles = [...models]
    .map(([role, { name, place }]) => `  ${role.padEnd(8)} ${name} (${place})\n`)
    .join('');
  return `Wrote ${file} (preset ${preset}).
${roles}
Next:
  vllm-sr serve${config}
  curl http://127.0.0.1:${port}/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model": "auto", "messages": [{"role": "user", "content": "Why is my loop slow?"}]}'
`;
}
