/**
 * The command table in the form that completion scripts need.
 *
 * @module
 */
import type { Command, OptionSpec } from '../../command.js';

export interface Word {
  readonly word: string;
  readonly describe: string;
}

export interface CompletedOption {
  /** `--name`. */
  readonly long: string;
  /** `-n`. */
  readonly short: string | undefined;
  readonly describe: string;
  /** `none` for flags; `file` completes paths, `choices` a list, `text` nothing. */
  readonly value: 'none' | 'file' | 'choices' | 'text';
  readonly choices: readonly string[];
  readonly placeholder: string;
}

/** A place in the command line: after these words, that can follow. */
export interface CompletedNode {
  /** Words so far joined by a space; '' at the start. */
  readonly path: string;
  /** Commands that can follow. */
  readonly words: readonly Word[];
  readonly options: readonly CompletedOption[];
  /** Values of the next argument, if it is one of a list. */
  readonly choices: readonly string[];
  /** Whether an argument is a path. */
  readonly files: boolean;
}

const helpOption: CompletedOption = {
  long: '--help',
  short: '-h',
  describe: 'show help',
  value: 'none',
  choices: [],
  placeholder: '',
};

/** Nodes of the command line, the root first. `groups` describes words that only have commands below them. */
export function grammarOf(
  commands: readonly Command[],
  groups: Readonly<Record<string, string>>,
): CompletedNode[] {
  const root: Word[] = [];
  const inGroup = new Map<string, Word[]>();
  for (const { path, describe } of commands) {
    const [first = '', second] = path;
    if (second === undefined) {
      root.push({ word: first, describe });
      continue;
    }
    const words = inGroup.get(first);
    if (words !== undefined) words.push({ word: second, describe });
    else {
      inGroup.set(first, [{ word: second, describe }]);
      root.push({ word: first, describe: groups[first] ?? '' });
    }
  }
  const version: CompletedOption = {
    ...helpOption,
    long: '--version',
    short: '-V',
    describe: 'print the version',
  };
  return [
    {
      path: '',
      words: [...root, { word: 'help', describe: 'help for a command' }],
      options: [version, helpOption],
      choices: [],
      files: false,
    },
    { path: 'help', words: root, options: [], choices: [], files: false },
    ...[...inGroup].map(([path, words]) => ({
      path,
      words,
      options: [helpOption],
      choices: [],
      files: false,
    })),
    ...commands.map((command) => ({
      path: command.path.join(' '),
      words: [],
      options: [...Object.entries(command.options).map(([name, spec]) => optionOf(name, spec)), helpOption],
      choices: (command.arguments ?? []).flatMap((argument) => argument.choices ?? []),
      files: (command.arguments ?? []).some(({ name }) => isPath(name)),
    })),
  ];
}

function optionOf(name: string, spec: OptionSpec): CompletedOption {
  const choices = spec.kind === 'string' ? (spec.choices ?? []) : [];
  const placeholder = spec.kind === 'flag' ? '' : spec.placeholder;
  return {
    long: `--${name}`,
    short: spec.short === undefined ? undefined : `-${spec.short}`,
    describe: spec.describe,
    value:
      spec.kind === 'flag' ? 'none' : choices.length > 0 ? 'choices' : isPath(placeholder) ? 'file' : 'text',
    choices,
    placeholder,
  };
}

function isPath(placeholder: string): boolean {
  return /file|folder|dir|path|data/i.test(placeholder);
}
