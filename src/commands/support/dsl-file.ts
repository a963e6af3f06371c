/**
 * What the `dsl` commands share: reading files, checking them, saying what was found.
 *
 * @module
 */
import type { Analysis } from '../../runtime/dsl/analyse.js';
import type { BaseConfig } from '../../runtime/dsl/compose.js';
import type { DslDiagnostic } from '../../runtime/dsl/diagnostics.js';
import type { ArgumentSpec, CommandContext, StringOption } from '../command.js';
import { readConfigText } from '../config-file.js';

export const fileArgument = {
  name: 'file',
  describe: 'DSL file; - reads stdin',
  required: true,
} as const satisfies ArgumentSpec;

export const baseOption = {
  kind: 'string',
  placeholder: 'file',
  describe: 'configuration file with listeners, providers and global settings to merge into',
} as const satisfies StringOption;

/** Text of a file or of stdin; throws VSR_FILE_UNREADABLE. */
export async function readDslText(file: string, context: CommandContext): Promise<string> {
  const { openInput, readAll } = await import('./lines.js');
  return readAll(await openInput(file, context), context.signal);
}

export async function readBase(
  file: string | undefined,
  context: CommandContext,
): Promise<BaseConfig | undefined> {
  return file === undefined ? undefined : { text: await readConfigText(file, context), source: file };
}

/** Reads and checks a file; says on stderr what is no error. Throws DslError if there are errors. */
export async function analyseFile(
  file: string,
  base: BaseConfig | undefined,
  context: CommandContext,
): Promise<Analysis> {
  const [{ analyse }, { DslError }] = await Promise.all([
    import('../../runtime/dsl/analyse.js'),
    import('../../runtime/dsl/diagnostics.js'),
  ]);
  const analysis = analyse(await readDslText(file, context), { base, env: context.env });
  const remarks = analysis.diagnostics.filter(({ severity }) => severity !== 'error');
  await printDslDiagnostics(file, remarks, context);
  if (analysis.failed) throw new DslError(file, analysis.diagnostics);
  return analysis;
}

export async function printDslDiagnostics(
  file: string,
  diagnostics: readonly DslDiagnostic[],
  context: CommandContext,
): Promise<void> {
  if (diagnostics.length === 0) return;
  const { formatDslDiagnostics } = await import('../../runtime/dsl/diagnostics.js');
  context.stderr.write(`${formatDslDiagnostics(file, diagnostics)}\n`);
}

/** Writes a result to stdout, or to a file that is new unless `force` is set. */
export async function writeResult(
  text: string,
  { output, force }: { output: string | undefined; force: boolean },
  context: CommandContext,
): Promise<void> {
  if (output === undefined) {
    const { writeOut } = await import('./output.js');
    await writeOut(context.stdout, text, context.signal);
    return;
  }
  const [{ writeNewFile }, { resolve }] = await Promise.all([
    import('../write-file.js'),
    import('node:path'),
  ]);
  await writeNewFile(resolve(context.cwd, output), text, { overwrite: force });
}
