/**
 * `POST /api/v1/classify/tool-call`.
 *
 * @module
 */
import { classifyToolCall, type JudgedCall, type ToolCallReading } from '../../classify/tool-call.js';
import { labelFieldsOf, optionsOf } from './input.js';
import { modelsOf, post } from './route.js';
import { readAgentInput } from './tool-call-input.js';

function callBody({ source, call, authorized, risk, threshold }: JudgedCall) {
  return {
    source,
    call,
    label: authorized === undefined ? 'UNVERIFIED' : authorized ? 'AUTHORIZED' : 'UNAUTHORIZED',
    ...(authorized === undefined
      ? { reason: 'there is no user message before it' }
      : { risk_score: risk, threshold }),
  };
}

function spanBodies(calls: readonly JudgedCall[]) {
  return calls.flatMap(({ source, call, spans }) =>
    spans.map(({ start, end, confidence }) => ({
      source,
      start,
      end,
      text: call.slice(start, end),
      confidence,
    })),
  );
}

interface Verdict {
  readonly flagged: boolean;
  readonly risk: number;
  readonly source: string | null;
  readonly threshold: number | null;
}

const nothingJudged: Verdict = { flagged: false, risk: 0, source: null, threshold: null };

/** The riskiest of what is flagged, a planted instruction or a call that the user did not ask for; else of all. */
function verdictOf({ worst, calls }: ToolCallReading): Verdict {
  const verdicts: Verdict[] = worst === undefined ? [] : [worst];
  for (const { authorized, risk, source, threshold = null } of calls) {
    if (authorized !== undefined) verdicts.push({ flagged: !authorized, risk, source, threshold });
  }
  return verdicts.reduce((most, one) => (isWorse(one, most) ? one : most), nothingJudged);
}

function isWorse(one: Verdict, other: Verdict): boolean {
  if (one.flagged !== other.flagged) return one.flagged;
  return other.source === null || one.risk > other.risk;
}

export const toolCallRoute = post(
  '/api/v1/classify/tool-call',
  'Whether {messages, tools} or {text} hold instructions planted for an agent; checks its tool calls.',
  async ({ context, fields, signal }) => {
    const { texts, calls } = readAgentInput(fields);
    const options = optionsOf(fields);
    const threshold = options.fraction('confidence_threshold');
    const verifierThreshold = options.fraction('verifier_threshold');
    const labelFields = labelFieldsOf(options);
    const start = performance.now();
    const reading = await classifyToolCall(texts, calls, modelsOf(context), {
      threshold,
      verifierThreshold,
      signal,
    });
    const verdict = verdictOf(reading);
    return {
      label: verdict.flagged ? 'INJECTION_RISK' : 'SAFE',
      confidence: verdict.flagged ? verdict.risk : 1 - verdict.risk,
      risk_score: verdict.risk,
      threshold: verdict.threshold,
      source: verdict.source,
      recommendation: verdict.flagged ? 'block' : 'allow',
      sources: reading.texts.map(({ source, risk, label, windows }) => ({
        source,
        label,
        risk_score: risk,
        windows,
      })),
      calls: reading.calls.map(callBody),
      spans: spanBodies(reading.calls),
      windows: reading.windows,
      truncated: false,
      ...(reading.worst === undefined ? {} : labelFields(reading.worst.probabilities)),
      processing_time_ms: performance.now() - start,
    };
  },
);
