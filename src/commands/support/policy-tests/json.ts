/**
 * The report of policy tests as JSON.
 *
 * @module
 */
import { signalNames } from '../../../runtime/server/eval-response.js';
import type { CaseResult } from './run.js';
import { countsOfRun, type TestRun } from './summary.js';

/** One JSON object, ending with a line break. */
export function jsonReport(run: TestRun): string {
  const { files, coverage, seconds } = run;
  const body = {
    ...countsOfRun(run),
    seconds: Number(seconds.toFixed(3)),
    files: files.map(({ file, config, modelBundleHash = null, cases }) => ({
      file,
      config,
      model_bundle_hash: modelBundleHash,
      cases: cases.map(caseJson),
    })),
    coverage: coverage.map(({ config, coverage: each }) => ({ config, ...each })),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

function caseJson(result: CaseResult): Record<string, unknown> {
  const { name, status, line = null, column = null } = result;
  if (result.status === 'skipped') return { name, status, line, column, reason: result.reason };
  const milliseconds = Number(result.milliseconds.toFixed(3));
  if (result.status === 'broken') return { name, status, line, column, reason: result.reason, milliseconds };
  const { misses, decision, model, text, plan, verdict, nearest } = result;
  return {
    name,
    status,
    line,
    column,
    milliseconds,
    text,
    decision,
    model,
    reasoning: plan.reasoning ?? null,
    confidence: plan.evaluation.confidence,
    matched_signals: signalNames(plan.evaluation, ['matched']),
    unavailable_signals: signalNames(plan.evaluation, ['unavailable']),
    failures: misses,
    ...(verdict === undefined ? {} : { verdict }),
    ...(nearest === undefined ? {} : { nearest }),
  };
}
