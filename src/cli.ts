/**
 * The command line: turns command definitions into commander's calls, runs one, and ends with the right
 * exit code (0 fine, 1 refused or failed, 2 wrong usage, 130 or 143 stopped).
 *
 * @module
 */
import { setTimeout } from 'node:timers/promises';
import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Command, CommandContext, OptionSpec } from './commands/command.js';
import { errorReport } from './commands/error-report.js';
import { groupSummaries } from './commands/groups.js';
import { commands } from './commands/index.js';
import { interruptionOf, unlessStopped } from './commands/interruption.js';
import { packageVersion } from './runtime/package-root.js';

/** Runs the command line and returns the exit code. `words` excludes node and the script. */
export async function runCli(words: readonly string[], context: CommandContext): Promise<number> {
  const outcome = { exitCode: 0 };
  const program = buildProgram(context, outcome);
  try {
    if (words.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...words], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const report = errorReport(error, context.env);
    context.stderr.write(report.text);
    return report.exitCode;
  }
}

const summary =
  'A semantic router for large language models: one OpenAI-compatible endpoint that reads each prompt, ' +
  'decides by your rules which model answers, and can explain why.';

const firstSteps = `
First steps:
  vllm-sr serve                     start with what is found here, or the built-in echo model
  vllm-sr classify "why is my loop slow?"
  vllm-sr init                      write a config.yaml of your own

Results go to stdout, everything else to stderr.
Exit codes: 0 fine, 1 refused or failed, 2 wrong usage, 130 stopped by Ctrl-C.`;

function buildProgram(context: CommandContext, outcome: { exitCode: number }): Commander {
  const program = configure(new Commander('vllm-sr'), context)
    .description(summary)
    .version(packageVersion(), '-V, --version', 'print the version')
    .addHelpText('after', firstSteps)
    .helpCommand('help [command]', 'help for a command');
  const groups = new Map<string, Commander>();
  for (const command of commands) {
    const parent = command.path.length > 1 ? groupOf(command, program, groups, context) : program;
    parent.addCommand(toCommander(command, context, outcome));
  }
  return program;
}

function groupOf(
  command: Command,
  program: Commander,
  groups: Map<string, Commander>,
  context: CommandContext,
): Commander {
  const name = command.path[0] ?? '';
  let group = groups.get(name);
  if (group === undefined) {
    group = configure(new Commander(name), context).description(groupSummaries[name] ?? '');
    groups.set(name, group);
    program.addCommand(group);
  }
  return group;
}

function configure(commander: Commander, context: CommandContext): Commander {
  return commander
    .exitOverride()
    .showHelpAfterError('(add --help for usage)')
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => context.color,
    });
}

function toCommander(command: Command, context: CommandContext, outcome: { exitCode: number }): Commander {
  const commander = configure(new Commander(command.path.at(-1) ?? ''), context).description(
    command.describe,
  );
  if (command.arguments === undefined && 'config' in command.options) {
    commander.configureOutput({
      outputError: (text, write) => {
        write(text);
        // Most often it is the name of the file.
        if (text.includes('too many arguments')) write('name a configuration file with --config FILE\n');
      },
    });
  }
  for (const argument of command.arguments ?? []) {
    const name = argument.variadic === true ? `${argument.name}...` : argument.name;
    const added = new Argument(argument.required ? `<${name}>` : `[${name}]`, argument.describe);
    if (argument.choices !== undefined) added.choices([...argument.choices]);
    commander.addArgument(added);
  }
  for (const [name, spec] of Object.entries(command.options)) {
    commander.addOption(toOption(name, spec));
    if (spec.formerly === undefined) continue;
    const { short: _, ...earlier } = spec;
    commander.addOption(toOption(spec.formerly, earlier).hideHelp());
  }
  if (command.examples.length > 0) {
    commander.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
  }
  return commander.action(async () => {
    const camelCased: Readonly<Record<string, unknown>> = commander.opts();
    const options: Record<string, unknown> = {};
    for (const [name, { formerly }] of Object.entries(command.options)) {
      // Commander turns `--no-watch` into `watch`, which is true unless the flag is given.
      const negated = /^no-(.+)/.exec(name)?.[1];
      if (negated !== undefined) options[name] = camelCased[camelCase(negated)] === false;
      else if (formerly !== undefined && isGiven(commander, formerly) && !isGiven(commander, name))
        options[name] = camelCased[camelCase(formerly)];
      else options[name] = camelCased[camelCase(name)];
    }
    outcome.exitCode = await runUntilStopped(command, { options, args: commander.args }, context);
  });
}

/** Time that a command has for cleaning up once it is stopped. Milliseconds. */
const mostForCleaningUp = 2_000;

/** Runs a command; one that Ctrl-C or SIGTERM stops says so and gives their exit code. */
async function runUntilStopped(
  command: Command,
  input: Parameters<Command['run']>[0],
  context: CommandContext,
): Promise<number> {
  const { whenStopped } = command;
  const running = command.run(input, context);
  if (whenStopped === 'end') {
    return running.catch((error: unknown) => {
      if (context.signal.aborted) return 0;
      throw error;
    });
  }
  try {
    return await stoppedInTime(running, context.signal);
  } catch (error) {
    const interruption = interruptionOf(error, context.signal);
    if (interruption === undefined) throw error;
    context.stderr.write(`Stopped${whenStopped === undefined ? '.' : `: ${whenStopped}`}\n`);
    return interruption.exitCode;
  }
}

/** What a command gives; whatever it waits for once it is stopped, not much longer. */
async function stoppedInTime(running: Promise<number>, signal: AbortSignal): Promise<number> {
  try {
    return await unlessStopped(running, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    const timer = new AbortController();
    const late = setTimeout(mostForCleaningUp, undefined, { signal: timer.signal }).then(() => {
      throw error;
    });
    return Promise.race([running, late]).finally(() => timer.abort());
  }
}

function isGiven(commander: Commander, name: string): boolean {
  return commander.getOptionValueSource(camelCase(name)) === 'cli';
}

function toOption(name: string, spec: OptionSpec): Option {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const value = spec.kind === 'flag' ? '' : ` <${spec.placeholder}>`;
  const option = new Option(`${short}--${name}${value}`, spec.describe);
  if (spec.kind === 'string') {
    if (spec.choices !== undefined) option.choices([...spec.choices]);
    // Without the quotes that commander would put around it.
    if (spec.default !== undefined) option.default(spec.default, spec.default);
  }
  if (spec.kind === 'number') {
    option.argParser((text) => parseNumber(text, spec));
    if (spec.default !== undefined) option.default(spec.default);
  }
  return option;
}

function parseNumber(text: string, spec: Extract<OptionSpec, { kind: 'number' }>): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`\`${text}\` is not a number.`);
  if (spec.integer === true && !Number.isInteger(value)) {
    throw new InvalidArgumentError(`\`${text}\` is not a whole number.`);
  }
  if (spec.min !== undefined && value < spec.min) throw new InvalidArgumentError(`The least is ${spec.min}.`);
  if (spec.max !== undefined && value > spec.max) throw new InvalidArgumentError(`The most is ${spec.max}.`);
  return value;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
