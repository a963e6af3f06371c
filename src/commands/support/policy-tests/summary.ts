/**
 * What a run of policy tests amounts to; every reporter prints this.
 *
 * @module
 */
import type { Coverage } from '../../../runtime/policy/coverage.js';
import type { CaseResult } from './run.js';

export interface FileResult {
  readonly file: string;
  readonly config: { readonly source: string; readonly hash: string };
  readonly modelBundleHash: string | undefined;
  readonly cases: readonly CaseResult[];
}

export interface Counts {
  readonly total: number;
  readonly passed: number;
  /** Broken cases are failed ones. */
  readonly failed: number;
  readonly skipped: number;
}

export interface TestRun {
  readonly files: readonly FileResult[];
  /** One per configuration, however many files test it. */
  readonly coverage: readonly { readonly config: string; readonly coverage: Coverage }[];
  readonly seconds: number;
}

export function countsOf(results: readonly CaseResult[]): Counts {
  const count = (...states: readonly CaseResult['status'][]) =>
    results.filter(({ status }) => states.includes(status)).length;
  return {
    total: results.length,
    passed: count('passed'),
    failed: count('failed', 'broken'),
    skipped: count('skipped'),
  };
}

/** Counts of all files together. */
export function countsOfRun({ files }: Pick<TestRun, 'files'>): Counts {
  return countsOf(files.flatMap(({ cases }) => cases));
}

/** `decision: expected x, got y`, one per missed expectation; the reason of a broken case. */
export function failureLines(result: CaseResult): string[] {
  if (result.status === 'broken') return [result.reason];
  if (result.status !== 'failed') return [];
  return result.misses.map(({ field, expected, actual }) => `${field}: expected ${expected}, got ${actual}`);
}

/** Signals that could not answer in some case, each once, with the first reason. */
export function unavailableSignals({ files }: Pick<TestRun, 'files'>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { cases } of files) {
    for (const result of cases) {
      if (!('unavailable' in result)) continue;
      for (const { signal, reason } of result.unavailable) if (!found.has(signal)) found.set(signal, reason);
    }
  }
  return found;
}
