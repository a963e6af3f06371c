/**
 * Everything there is to say about a DSL file: its tree, what it compiles to, and what is wrong with it.
 *
 * @module
 */
import type { Environment } from '../config/interpolate.js';
import type { LoadedConfig } from '../config/types.js';
import { nodesOf, type Program } from './ast.js';
import { checkConfig } from './check-config.js';
import { checkReferences } from './check-references.js';
import type { BaseConfig } from './compose.js';
import { type DslDiagnostic, DslError, Problems } from './diagnostics.js';
import { type Lowered, lowerProgram } from './lower.js';
import { parseProgram } from './parser.js';
import { SourceText } from './source.js';
import { plainObject } from './values.js';

export interface AnalyseOptions {
  /** File with listeners, providers and global settings; stand-ins are used without one. */
  readonly base?: BaseConfig | undefined;
  /** Variables for `${VAR}`. */
  readonly env: Environment;
}

export interface Analysis {
  readonly program: Program;
  readonly lowered: Lowered;
  /** Plain values of `routing`, `entrypoints` and `recipes`. */
  readonly compiled: Readonly<Record<string, unknown>>;
  /** In file order; those about the base come last. */
  readonly diagnostics: readonly DslDiagnostic[];
  /** What the router makes of it; undefined if it would refuse it. */
  readonly loaded: LoadedConfig | undefined;
  readonly source: SourceText;
  readonly failed: boolean;
}

/** Reads and checks the text of a DSL file. Throws ConfigError if the base cannot be read. */
export function analyse(text: string, options: AnalyseOptions): Analysis {
  const source = new SourceText(text);
  const problems = new Problems();
  const program = parseProgram(source, problems);
  const complete = !problems.hasErrors;
  const lowered = lowerProgram(nodesOf(program), problems, complete);
  const { base, env } = options;
  const { loaded, inBase } = checkConfig({ lowered, source, base, env, complete }, problems);
  if (complete) checkReferences(lowered, { modelsKnown: base !== undefined }, problems);
  const diagnostics = [...problems.resolve(source), ...inBase];
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  const compiled = plainObject(lowered.document);
  return { program, lowered, compiled, diagnostics, loaded: failed ? undefined : loaded, source, failed };
}

/** The syntax tree of a file. Throws {@link DslError} if there are syntax errors. */
export function parseDsl(text: string, file: string): Program {
  const source = new SourceText(text);
  const problems = new Problems();
  const program = parseProgram(source, problems);
  if (problems.hasErrors) throw new DslError(file, problems.resolve(source));
  return program;
}
