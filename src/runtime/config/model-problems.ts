/**
 * Names of models that cannot be what they are used for, as findings about the file.
 *
 * @module
 */
import type { ModelReport } from '../inference/report.js';
import type { ModelProblem } from '../models/plan.js';
import { ConfigError, formatPath } from './diagnostics.js';
import type { Diagnostic, LoadedConfig, Severity } from './types.js';

/** `problems` as findings with their places. */
export function modelDiagnostics(
  problems: readonly ModelProblem[],
  { modelPlaces }: LoadedConfig,
  severity: Severity = 'error',
): Diagnostic[] {
  return problems.map(({ path, message, hint }) => {
    const text = formatPath(path);
    return {
      severity,
      message: `\`${text}\`: ${message.charAt(0).toLowerCase()}${message.slice(1).replace(/\.$/, '')}`,
      ...(hint === undefined ? {} : { hint }),
      path: text,
      ...modelPlaces?.get(text),
    };
  });
}

/** Throws a ConfigError if there are any. */
export function refuseModelProblems(problems: readonly ModelProblem[], loaded: LoadedConfig): void {
  if (problems.length === 0) return;
  throw new ConfigError(loaded.source, modelDiagnostics(problems, loaded));
}

/** The error for models that are here and cannot be loaded. */
export function failedModels(
  failed: readonly Pick<ModelReport, 'name' | 'path' | 'problem'>[],
  { source, modelPlaces }: LoadedConfig,
): ConfigError {
  const diagnostics = failed.map(
    ({ name, path = '', problem = 'it has failed' }): Diagnostic => ({
      severity: 'error',
      message: `\`${path}\`: ${name} cannot be used: ${problem.replace(/\.$/, '')}`,
      path,
      ...modelPlaces?.get(path),
    }),
  );
  return new ConfigError(source, diagnostics);
}
