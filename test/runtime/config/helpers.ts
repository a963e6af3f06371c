import { ConfigError, formatDiagnostic } from '../../../src/runtime/config/diagnostics.js';
import { loadConfigText } from '../../../src/runtime/config/load.js';
import type { Diagnostic, Severity } from '../../../src/runtime/config/types.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** A file that is fine: what tests put their own part into. */
export const base = `version: v0.3
listeners:
  - {name: main, port: 8899}
providers:
  defaults: {model: small}
  models:
    - name: small
      backend_refs: [{endpoint: "127.0.0.1:8000"}]
    - name: big
      backend_refs: [{endpoint: "127.0.0.1:8001"}]
`;

/** Everything found in `text`, whether it loads or not. */
export function findings(text: string, env: Env = {}): readonly Diagnostic[] {
  try {
    return loadConfigText(text, 'config.yaml', env).diagnostics;
  } catch (error) {
    if (error instanceof ConfigError) return error.diagnostics;
    throw error;
  }
}

/** Findings of one severity as printed, without the file name. */
export function printed(text: string, severity: Severity = 'error', env: Env = {}): string[] {
  return findings(text, env)
    .filter((finding) => finding.severity === severity)
    .map((finding) => formatDiagnostic('', finding).replace(/^:/, ''));
}

/** Loads `text`, which must have no errors. */
export function load(text: string, env: Env = {}) {
  return loadConfigText(text, 'config.yaml', env);
}
