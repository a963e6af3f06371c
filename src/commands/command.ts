/**
 * What a command is: a typed object. `cli.ts` turns it into commander's calls; tests run it in process.
 *
 * Command files must stay cheap to import, because `--help` loads all of them: whatever a command needs
 * to run is imported inside `run`.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream';

/** The world a command may touch; injected, so that tests can watch it. */
export interface CommandContext {
  /** Results only. */
  readonly stdout: Writable;
  /** Progress, notes, warnings, errors. */
  readonly stderr: Writable;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether questions can be asked: stdin and stderr are terminals and `CI` is unset. */
  readonly interactive: boolean;
  /** Whether results on stdout may be coloured (terminal, no `NO_COLOR`, or `FORCE_COLOR`). */
  readonly color: boolean;
  /** Aborted by the first Ctrl-C or SIGTERM, with an `Interruption` as its reason. */
  readonly signal: AbortSignal;
  /**
   * Calls `listener` at every SIGHUP that asks to read the configuration anew; returns what ends that. Undefined
   * where there is no such signal.
   */
  readonly onHangup?: (listener: () => void) => () => void;
}

interface OptionBase {
  readonly describe: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** What it was called once, without the dashes: still understood, and not shown. */
  readonly formerly?: string;
}

export interface FlagOption extends OptionBase {
  readonly kind: 'flag';
}

export interface StringOption extends OptionBase {
  readonly kind: 'string';
  /** Shown in help, e.g. `file`. */
  readonly placeholder: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

export interface NumberOption extends OptionBase {
  readonly kind: 'number';
  readonly placeholder: string;
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

export type OptionSpec = FlagOption | StringOption | NumberOption;

export interface ArgumentSpec {
  readonly name: string;
  readonly describe: string;
  readonly required: boolean;
  /** Takes all remaining words. */
  readonly variadic?: boolean;
  readonly choices?: readonly string[];
}

/** Value of an option: flags are always there, others only with a default or when given. */
type OptionValue<Spec extends OptionSpec> = Spec extends FlagOption
  ? boolean
  : Spec extends StringOption
    ? Spec extends { readonly default: string }
      ? string
      : string | undefined
    : Spec extends { readonly default: number }
      ? number
      : number | undefined;

export type OptionValues<Options extends Readonly<Record<string, OptionSpec>>> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
};

export interface CommandInput<Options extends Readonly<Record<string, OptionSpec>>> {
  readonly options: OptionValues<Options>;
  /** Positional words in order. */
  readonly args: readonly string[];
}

export interface CommandDefinition<Options extends Readonly<Record<string, OptionSpec>>> {
  /** Words of the command, e.g. `['config', 'show']`. */
  readonly path: readonly string[];
  readonly describe: string;
  readonly examples: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  /** Keys are option names in kebab case without dashes. */
  readonly options: Options;
  /**
   * What Ctrl-C or SIGTERM means to it. `end`: the usual way to end it, a success. Otherwise it has not finished, and
   * stderr says so with this sentence behind.
   */
  readonly whenStopped?: 'end' | `${string}.`;
  /** Returns the exit code; throws a VsrError for anything the user should read. */
  run(input: CommandInput<Options>, context: CommandContext): Promise<number>;
}

/** A command whose option types have been checked and can be forgotten. */
export interface Command extends Omit<CommandDefinition<Readonly<Record<string, OptionSpec>>>, 'run'> {
  run(
    input: { readonly options: Readonly<Record<string, unknown>>; readonly args: readonly string[] },
    context: CommandContext,
  ): Promise<number>;
}

/** Declares a command; the types of `run`'s input follow from `options`. */
export function defineCommand<const Options extends Readonly<Record<string, OptionSpec>>>(
  definition: CommandDefinition<Options>,
): Command {
  return {
    ...definition,
    run: ({ options, args }, context) => {
      return definition.run({ options: readOptions(definition.options, options), args }, context);
    },
  };
}

/** Checks parsed values against their declarations, so that the types of `run` are true. */
function readOptions<Options extends Readonly<Record<string, OptionSpec>>>(
  specs: Options,
  values: Readonly<Record<string, unknown>>,
): OptionValues<Options>;
function readOptions(
  specs: Readonly<Record<string, OptionSpec>>,
  values: Readonly<Record<string, unknown>>,
): Record<string, boolean | string | number | undefined> {
  const read: Record<string, boolean | string | number | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = values[name];
    if (spec.kind === 'flag') read[name] = value === true;
    else if (spec.kind === 'number') read[name] = typeof value === 'number' ? value : spec.default;
    else read[name] = typeof value === 'string' ? value : spec.default;
  }
  return read;
}
