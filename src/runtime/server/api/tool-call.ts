/**
 * `POST /api/v1/classify/tool-call`.
 *
 * @module
 */
import { classifyToolCall, type JudgedCall, type ToolCallReading } from '../../classify/tool-call.js';
import { labelFields, optionsOf } from './input.js';
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

/** The verdict: a planted instruction, or a call that the user did not ask for. */
function verdictOf({ worst, calls }: ToolCallReading) {
  const suspect = calls
    .filter(({ authorized }) => authorized === false)
    .reduce<JudgedCall | undefined>(
      (most, call) => (most === undefined || call.risk > most.risk ? call : most),
      undefined,
    );
  const planted = worst?.flagged === true ? worst : undefined;
  if (suspect !== undefined && (planted === undefined || suspect.risk > planted.risk)) {
    return { flagged: true, risk: suspect.risk, source: suspect.source, threshold: suspect.threshold };
  }
  const { risk = 0, source = null, threshold = null } = worst ?? {};
  return { flagged: planted !== undefined, risk, source, threshold };
}

export const toolCallRoute = post(
  '/api/v1/classify/tool-call',
  'Whether {messages, tools} or {text} hold instructions planted for an agent; checks its tool calls.',
  async ({ context, fields, signal }) => {
    const { texts, calls } = readAgentInput(fields);
    const options = optionsOf(fields);
    const threshold = options.fraction('confidence_threshold');
    const verifierThreshold = options.fraction('verifier_threshold');
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
      ...(reading.worst === undefined ? {} : labelFields(options, reading.worst.probabilities)),
      processing_time_ms: performance.now() - start,
    };
  },
);
