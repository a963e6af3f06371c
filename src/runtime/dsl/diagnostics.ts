/**
 * What is found in a DSL file: collecting, ordering and printing.
 *
 * @module
 */
import { VsrError } from '../errors.js';
import { nearestName } from '../text/suggestions.js';
import type { SourceText, Span } from './source.js';

/**
 * `error`: the file cannot be compiled, or the router would refuse the result. `warning`: something is named
 * that is not there, or will do nothing. `constraint`: every part is fine, but not the way they stand together.
 */
export type DslSeverity = 'error' | 'warning' | 'constraint';

/** A change of the text that would settle a finding. Lines and columns from 1; the end is exclusive. */
export interface QuickFix {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

export interface DslDiagnostic {
  readonly severity: DslSeverity;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  readonly line: number;
  readonly column: number;
  readonly fix?: QuickFix;
  /** The file, where it is not the DSL file itself but the one that it is merged into. */
  readonly file?: string;
}

export interface Problem {
  readonly severity: DslSeverity;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Text to put in place of the span. */
  readonly replacement?: string | undefined;
}

/** Syntax errors beyond this are not listed: they are hardly independent any more. */
const maxSyntaxErrors = 100;

/** Collects problems, one message per place. */
export class Problems {
  readonly #found = new Map<string, Problem>();
  readonly #starts = new Set<number>();
  #syntaxErrors = 0;

  add(problem: Problem): void {
    const key = `${problem.span.start}\n${problem.message}`;
    if (this.#found.has(key)) return;
    this.#found.set(key, problem);
    this.#starts.add(problem.span.start);
  }

  error(span: Span, message: string, hint?: string, replacement?: string): void {
    this.add({ severity: 'error', span, message, hint, replacement });
  }

  warning(span: Span, message: string, hint?: string, replacement?: string): void {
    this.add({ severity: 'warning', span, message, hint, replacement });
  }

  constraint(span: Span, message: string, hint?: string): void {
    this.add({ severity: 'constraint', span, message, hint });
  }

  /** An error that ends its block. */
  syntax(span: Span, message: string, hint?: string, replacement?: string): void {
    this.#syntaxErrors++;
    if (this.#syntaxErrors === maxSyntaxErrors + 1) {
      this.error(span, `more than ${maxSyntaxErrors} syntax errors; the rest is not listed`);
    } else if (this.#syntaxErrors <= maxSyntaxErrors) {
      this.error(span, message, hint, replacement);
    }
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some(({ severity }) => severity === 'error');
  }

  /** The problems found so far. */
  copy(): Problems {
    const copy = new Problems();
    for (const problem of this.#found.values()) copy.add(problem);
    return copy;
  }

  /** Whether something was said about exactly this place. */
  isKnown(start: number): boolean {
    return this.#starts.has(start);
  }

  /** All problems with their places, in file order. */
  resolve(source: SourceText): DslDiagnostic[] {
    return [...this.#found.values()]
      .sort((a, b) => a.span.start - b.span.start)
      .map(({ severity, span, message, hint, replacement }) => {
        const start = source.placeOf(span.start);
        const end = source.placeOf(span.end);
        return {
          severity,
          message,
          ...(hint !== undefined && { hint }),
          ...start,
          ...(replacement !== undefined && {
            fix: { ...start, endLine: end.line, endColumn: end.column, text: replacement },
          }),
        };
      });
  }
}

/** Hint and replacement for a word that is none of `candidates`; `list` also names them all. */
export function nearest(
  word: string,
  candidates: Iterable<string>,
): { readonly hint: string; readonly replacement: string } | undefined {
  const near = nearestName(word, candidates);
  return near === undefined ? undefined : { hint: `did you mean \`${near}\`?`, replacement: near };
}

/** `file:line:column severity: message`, and the hint on a line of its own. */
export function formatDslDiagnostic(file: string, diagnostic: DslDiagnostic): string {
  const { line, column, severity, message, hint } = diagnostic;
  const tail = hint === undefined ? '' : `\n  ${hint.replaceAll('\n', '\n  ')}`;
  return `${diagnostic.file ?? file}:${line}:${column} ${severity}: ${message}${tail}`;
}

export function formatDslDiagnostics(file: string, diagnostics: readonly DslDiagnostic[]): string {
  return diagnostics.map((diagnostic) => formatDslDiagnostic(file, diagnostic)).join('\n');
}

/** A DSL file that cannot be used. Carries everything found, not only the first problem. */
export class DslError extends VsrError {
  readonly diagnostics: readonly DslDiagnostic[];

  constructor(file: string, diagnostics: readonly DslDiagnostic[]) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const count = errors.length === 1 ? '1 error' : `${errors.length} errors`;
    super('VSR_DSL_INVALID', `${count} in ${file}:\n${formatDslDiagnostics(file, errors)}`);
    this.name = 'DslError';
    this.diagnostics = diagnostics;
  }
}
