/**
 * Checks a compiled file with the loader of configurations, and brings what it finds back to the DSL text.
 *
 * @module
 */
import { ConfigError, Findings, type Path } from '../config/diagnostics.js';
import { parseSource } from '../config/document.js';
import type { Environment } from '../config/interpolate.js';
import { deprecatedCode, lintConfigText } from '../config/lint/lint.js';
import type { Diagnostic, LoadedConfig } from '../config/types.js';
import { upgradeDocument } from '../config/upgrade.js';
import type { Value } from './ast.js';
import { routingKeys } from './canonical.js';
import { type BaseConfig, mergeIntoBase, standaloneYaml } from './compose.js';
import type { DslDiagnostic, DslSeverity, Problems } from './diagnostics.js';
import { isPlainValue, quote } from './format-values.js';
import type { Lowered } from './lower.js';
import { parsePath, reword } from './reword.js';
import type { SourceText } from './source.js';
import { locate, plainObject } from './values.js';

export interface ConfigCheck {
  readonly lowered: Lowered;
  readonly source: SourceText;
  readonly base: BaseConfig | undefined;
  readonly env: Environment;
  /** False if blocks were left out because of syntax errors. */
  readonly complete: boolean;
}

export interface ConfigChecked {
  /** Undefined if the router would refuse it. */
  readonly loaded: LoadedConfig | undefined;
  /** What is wrong with the base, where the DSL file cannot help it. */
  readonly inBase: readonly DslDiagnostic[];
}

/** Loads the compiled file, with its base or with stand-ins for one. Throws ConfigError if the base is no YAML. */
export function checkConfig(check: ConfigCheck, problems: Problems): ConfigChecked {
  const { lowered, base, env, complete } = check;
  const compiled = plainObject(lowered.document);
  const text = base === undefined ? standaloneYaml(compiled) : mergeIntoBase(compiled, base).text;
  const { loaded, diagnostics } = load(text, env);
  const inBase: DslDiagnostic[] = [];
  const placeInBase = base === undefined ? undefined : locatorOf(base);
  // A part whose own words were refused already needs no second message.
  const known = problems.copy();
  for (const diagnostic of diagnostics) {
    const path = parsePath(diagnostic.path);
    if (isSmall(diagnostic) || (!complete && isConsequence(diagnostic))) continue;
    if (isOurs(path, lowered.document)) addProblem(diagnostic, path, { check, known, problems });
    else if (base !== undefined && placeInBase !== undefined) {
      if (diagnostic.severity === 'note') continue;
      const { severity, message, hint } = diagnostic;
      const place = placeInBase(path) ?? { line: 1, column: 1 };
      inBase.push({ severity, message, ...(hint !== undefined && { hint }), ...place, file: base.source });
    } else if (diagnostic.severity === 'error') {
      problems.error({ start: 0, end: 0 }, diagnostic.message, diagnostic.hint);
    }
  }
  return { loaded, inBase };
}

function load(text: string, env: Environment) {
  try {
    return lintConfigText(text, 'the compiled configuration', env, { rules: 'all' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { loaded: undefined, diagnostics: error.diagnostics };
  }
}

/** Whether a path leads into what the DSL file says. */
function isOurs(path: Path, document: Value): boolean {
  const [first, second] = path;
  if (!routingKeys.some((key) => key === first)) return false;
  if (first !== 'routing' || second === undefined) return true;
  return locate(document, [first, second]).value !== undefined;
}

/** Codes of the linter for parts that are fine and do not go together. */
const constraintCodes: ReadonlySet<string> = new Set([
  ...['never-matches', 'dead-alternative', 'unreachable-decision', 'catch-all-hides', 'equal-priority'],
  ...['threshold-never', 'threshold-always', 'negated-unavailable'],
]);

/** What the linter only asks to look at. */
function isSmall({ severity, code }: Diagnostic): boolean {
  return severity === 'note' && code !== undefined && code !== deprecatedCode;
}

/** What may only follow from blocks that could not be read. */
function isConsequence({ severity, message, path }: Diagnostic): boolean {
  if (severity !== 'error' || /\bplugins\[\d+\]\.type$/.test(path)) return true;
  return message.startsWith('unknown ') && !message.startsWith('unknown key `');
}

interface Mapping {
  readonly check: ConfigCheck;
  readonly known: Problems;
  readonly problems: Problems;
}

function addProblem(diagnostic: Diagnostic, path: Path, { check, known, problems }: Mapping): void {
  const { lowered, source } = check;
  const { span: around, value, key } = locate(lowered.document, path);
  const aboutKey = diagnostic.message.startsWith('unknown key `') && key !== undefined;
  const span = aboutKey ? key.span : around;
  if (known.isKnown(span.start)) return;
  const meant = /^did you mean `([^`]+)`/.exec(diagnostic.hint ?? '')?.[1];
  const replaceable = aboutKey || value?.kind === 'text';
  problems.add({
    severity: severityOf(diagnostic),
    span,
    message: reword(diagnostic.message, lowered),
    hint: diagnostic.hint === undefined ? undefined : reword(diagnostic.hint, lowered),
    replacement: meant !== undefined && replaceable ? written(meant, source, span.start) : undefined,
  });
}

function severityOf({ severity, code }: Diagnostic): DslSeverity {
  if (code !== undefined && constraintCodes.has(code)) return 'constraint';
  return severity === 'note' ? 'warning' : severity;
}

/** A name as it would be written where the old one stands: in quotes if that has some. */
function written(name: string, { text }: SourceText, start: number): string {
  return text.charAt(start) === '"' || !isPlainValue(name) ? quote(name) : name;
}

function locatorOf(
  base: BaseConfig,
): ((path: Path) => { line: number; column: number } | undefined) | undefined {
  const findings = new Findings();
  const parsed = parseSource(base.text, findings);
  if (parsed === undefined) return undefined;
  upgradeDocument(parsed.root, findings, parsed.placeOf);
  return (path) => parsed.locate(path, 'value');
}
