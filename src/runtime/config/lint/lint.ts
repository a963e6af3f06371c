/**
 * Looks for what is valid in a configuration and most likely not meant.
 *
 * @module
 */
import { Findings, sortDiagnostics } from '../diagnostics.js';
import type { Environment } from '../interpolate.js';
import { loadWithPlaces } from '../load.js';
import type { Diagnostic, LoadedConfig } from '../types.js';
import { lintRules } from './index.js';
import { type LintedFile, lintedFile } from './policy.js';
import type { LintRule } from './types.js';

export interface LintOptions {
  /** `certain`: only what is never a matter of taste, as notes. `all`: everything, older names as warnings. */
  readonly rules: 'certain' | 'all';
}

export interface Linted {
  readonly loaded: LoadedConfig;
  /** What loading and linting found, in file order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Code of findings about older spellings. */
export const deprecatedCode = 'deprecated-name';
/** Code of findings that loading makes beside errors. */
const settingCode = 'setting';

/**
 * Loads and lints the text of a config file.
 *
 * @throws ConfigError if it cannot be loaded.
 */
export function lintConfigText(
  text: string,
  source: string,
  env: Environment,
  { rules }: LintOptions,
): Linted {
  const { loaded, locate } = loadWithPlaces(text, source, env);
  const findings = new Findings();
  const file = lintedFile(loaded);
  for (const rule of lintRules) {
    if (rules === 'certain' && !rule.certain) continue;
    for (const { path, anchor, message, hint, severity = rule.severity } of checkedBy(rule, file)) {
      findings.add({
        severity: rules === 'certain' ? 'note' : severity,
        code: rule.code,
        path,
        message,
        hint,
        ...(anchor !== undefined && { anchor }),
      });
    }
  }
  const unanswered = file.policies.reduce((sum, { logic }) => sum + logic.unanswered, 0);
  if (unanswered > 0) {
    findings.add({
      severity: 'note',
      code: 'not-checked',
      path: ['routing', 'decisions'],
      anchor: 'key',
      message: `${unanswered} ${unanswered === 1 ? 'question' : 'questions'} about conditions took too much work and were not checked`,
      hint: 'what was found holds; there may be more',
    });
  }
  const found = findings.resolve(locate);
  const told = rules === 'certain' ? loaded.diagnostics : loaded.diagnostics.map(strictly);
  return { loaded, diagnostics: sortDiagnostics([...told, ...found]) };
}

function checkedBy(rule: LintRule, file: LintedFile) {
  return rule.scope === 'file' ? rule.check(file) : file.policies.flatMap((policy) => rule.check(policy));
}

/** A finding of loading as the linter weighs it. */
function strictly(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code === deprecatedCode) return { ...diagnostic, severity: 'warning' };
  return { ...diagnostic, code: diagnostic.code ?? settingCode };
}
