/**
 * How commands find and load a configuration file.
 *
 * @module
 */
import { resolve } from 'node:path';
import type { LoadedConfig } from '../runtime/config/types.js';
import type { CommandContext, StringOption } from './command.js';

export const defaultConfigFile = 'config.yaml';

/** `--config` of commands that need a file. */
export const configOption = {
  kind: 'string',
  short: 'c',
  placeholder: 'file',
  describe: 'configuration file',
  default: defaultConfigFile,
} as const satisfies StringOption;

/**
 * Loads a file named on the command line, relative to the working directory; prints warnings and notes
 * to stderr unless `quiet`. Throws ConfigError with everything that is wrong.
 */
export async function loadForCommand(
  file: string,
  context: CommandContext,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<LoadedConfig> {
  const { loadConfigText } = await import('../runtime/config/load.js');
  const loaded = loadConfigText(await readConfigText(file, context), file, context.env);
  if (!quiet) await printDiagnostics(loaded, context);
  return loaded;
}

/**
 * Text of a configuration file; throws VSR_CONFIG_NOT_FOUND or VSR_CONFIG_UNREADABLE, and VSR_USAGE for a file
 * of the routing language, which has to be compiled first.
 */
export async function readConfigText(file: string, context: CommandContext): Promise<string> {
  if (/\.dsl$/i.test(file)) {
    const { VsrError } = await import('../runtime/errors.js');
    throw new VsrError('VSR_USAGE', `${file} is a file of the routing language and no configuration.`, {
      hint: `Compile it first: vllm-sr dsl compile ${file} --base FILE --output ${defaultConfigFile}`,
    });
  }
  const config = await import('../runtime/config/read.js');
  return config.readConfigText(resolve(context.cwd, file), file);
}

/** Warnings and notes to stderr, in file order. */
export async function printDiagnostics(loaded: LoadedConfig, context: CommandContext): Promise<void> {
  if (loaded.diagnostics.length === 0) return;
  const { formatDiagnostics } = await import('../runtime/config/diagnostics.js');
  context.stderr.write(`${formatDiagnostics(loaded.source, loaded.diagnostics)}\n`);
}
