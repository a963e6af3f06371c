/**
 * Findings about a config file: collecting, ordering and printing them.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { listNames } from '../text/suggestions.js';
import type { Diagnostic, Severity } from './types.js';

/** Keys and indices from the root of the file. */
export type Path = readonly (string | number)[];

/** `routing.decisions[2].name`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** `file:line:column severity: message [code]`, and the hint on a line of its own. */
export function formatDiagnostic(source: string, diagnostic: Diagnostic): string {
  const place =
    diagnostic.line === undefined ? source : `${source}:${diagnostic.line}:${diagnostic.column ?? 1}`;
  const hint = diagnostic.hint === undefined ? '' : `\n  ${diagnostic.hint.replaceAll('\n', '\n  ')}`;
  // Older names are told as notes wherever a file is loaded; the code would be noise there.
  const shown = diagnostic.code !== undefined && diagnostic.code !== 'deprecated-name';
  const code = shown ? ` [${diagnostic.code}]` : '';
  return `${place} ${diagnostic.severity}: ${diagnostic.message}${code}${hint}`;
}

/**
 * All of `diagnostics`, one after the other. What is said of several places in the same words, and is no error, stands
 * once, with the other lines.
 *
 * @param oldNames Whether many older spellings are told one by one, or together.
 */
export function formatDiagnostics(
  source: string,
  diagnostics: readonly Diagnostic[],
  oldNames: 'each' | 'together' = 'together',
): string {
  const told = new Map<string, [Diagnostic, ...Diagnostic[]]>();
  diagnostics.forEach((diagnostic, index) => {
    const { severity, code, message, hint } = diagnostic;
    const key = severity === 'error' ? String(index) : JSON.stringify([severity, code, message, hint]);
    const known = told.get(key);
    if (known === undefined) told.set(key, [diagnostic]);
    else known.push(diagnostic);
  });
  const groups = [...told.values()];
  return (oldNames === 'each' ? groups : withoutCrowd(groups))
    .map(([first, ...others]) => {
      const lines = [...new Set(others.map(({ line }) => line))].filter((line) => line !== undefined);
      const also = lines.length === 0 ? '' : ` (also in ${linesOf(lines)})`;
      return formatDiagnostic(source, { ...first, message: `${first.message}${also}` });
    })
    .join('\n');
}

/** Older spellings that are told one by one. */
const fewOldNames = 3;

/** The groups, many older spellings as the one finding that they are: the file has an older layout. */
function withoutCrowd(groups: readonly [Diagnostic, ...Diagnostic[]][]): [Diagnostic, ...Diagnostic[]][] {
  const old = groups.flatMap(([first]) => (first.code === 'deprecated-name' ? [first] : []));
  const [first] = old;
  if (first === undefined || old.length <= fewOldNames) return [...groups];
  const rest = groups.filter(([{ code }]) => code !== 'deprecated-name');
  const names = old.flatMap(
    ({ message }) => /`([^`]+)` (?:is|are) (?:an )?older name/.exec(message)?.[1] ?? [],
  );
  const message = `an older layout: ${old.length} spellings have newer ones, e.g. ${listNames(names.slice(0, fewOldNames))}`;
  const hint = 'they are read as they are; `vllm-sr config migrate` names and rewrites each';
  return sortGroups([[{ ...first, message, hint }], ...rest]);
}

function sortGroups(groups: readonly [Diagnostic, ...Diagnostic[]][]): [Diagnostic, ...Diagnostic[]][] {
  const order = sortDiagnostics(groups.map(([first]) => first));
  return [...groups].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
}

/** Most lines that are named one by one. */
const mostLines = 5;

function linesOf(lines: readonly number[]): string {
  const named = lines.slice(0, mostLines).join(', ');
  const rest = lines.length - mostLines;
  return `${lines.length === 1 ? 'line' : 'lines'} ${named}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** A config file that cannot be used. Carries everything found, not only the first problem. */
export class ConfigError extends VsrError {
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];

  constructor(source: string, diagnostics: readonly Diagnostic[]) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
    super('VSR_CONFIG_INVALID', `${count} in ${source}:\n${formatDiagnostics(source, errors)}`);
    this.name = 'ConfigError';
    this.source = source;
    this.diagnostics = diagnostics;
  }
}

/** Where a finding is: on the value at `path`, or on the key itself. */
export type Anchor = 'value' | 'key';

export interface Finding {
  readonly severity: Severity;
  readonly code?: string;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Unknown keys are pointed at themselves, everything else at the value. */
  readonly anchor?: Anchor;
  /** The place, where it is known already and `path` may not lead there. */
  readonly at?: Place | undefined;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Locate = (path: Path, anchor: Anchor) => Place | undefined;

/** Collects findings; says the same thing about the same place once. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  add(finding: Finding): void {
    const key = `${finding.severity}\n${formatPath(finding.path)}:${finding.at?.line}:${finding.at?.column}\n${finding.message}`;
    if (!this.#found.has(key)) this.#found.set(key, finding);
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some((finding) => finding.severity === 'error');
  }

  error(path: Path, message: string, hint?: string, anchor: Anchor = 'value'): void {
    this.add({ severity: 'error', path, message, hint, anchor });
  }

  warning(path: Path, message: string, hint?: string, anchor: Anchor = 'value'): void {
    this.add({ severity: 'warning', path, message, hint, anchor });
  }

  note(path: Path, message: string, hint?: string, anchor: Anchor = 'value'): void {
    this.add({ severity: 'note', path, message, hint, anchor });
  }

  /** Findings with their places, in file order. */
  resolve(locate: Locate): Diagnostic[] {
    const resolved = [...this.#found.values()].map((finding): Diagnostic => {
      const place = finding.at ?? locate(finding.path, finding.anchor ?? 'value');
      return {
        severity: finding.severity,
        ...(finding.code === undefined ? {} : { code: finding.code }),
        message: finding.message,
        path: formatPath(finding.path),
        ...(finding.hint === undefined ? {} : { hint: finding.hint }),
        ...place,
      };
    });
    return sortDiagnostics(resolved);
  }
}

/** File order; findings without a place come last. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const line = (diagnostic: Diagnostic) => diagnostic.line ?? Number.MAX_SAFE_INTEGER;
  return [...diagnostics].sort((a, b) => line(a) - line(b) || (a.column ?? 0) - (b.column ?? 0));
}
