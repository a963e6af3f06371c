/**
 * What a lint rule is. To add one: a file in `rules/` that exports it, and a line in `index.ts`.
 *
 * @module
 */
import type { Anchor, Path } from '../diagnostics.js';
import type { LintedFile, Policy } from './policy.js';

export interface LintFinding {
  /** Canonical path of what it is about. */
  readonly path: Path;
  readonly anchor?: Anchor;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
  /** If it weighs less or more than findings of this rule do. */
  readonly severity?: LintSeverity;
}

/** Warnings are most likely mistakes; notes are worth a look. */
export type LintSeverity = 'warning' | 'note';

interface RuleBase {
  /** Stable, in kebab case; shown with every finding. */
  readonly code: string;
  /** One sentence for the docs. */
  readonly summary: string;
  readonly severity: LintSeverity;
  /** Whether a finding is never a matter of taste, so that plain `validate` mentions it too. */
  readonly certain: boolean;
}

/** Looks at rules that belong together: `routing`, or a recipe. */
export interface PolicyRule extends RuleBase {
  readonly scope: 'policy';
  check(policy: Policy): readonly LintFinding[];
}

/** Looks at the file as a whole. */
export interface FileRule extends RuleBase {
  readonly scope: 'file';
  check(file: LintedFile): readonly LintFinding[];
}

export type LintRule = PolicyRule | FileRule;
