/**
 * Whether something an agent reads tries to steer its tools, and whether its tool calls are what the user
 * asked for.
 *
 * @module
 */
import { wordSpans } from '../inference/word-spans.js';
import { mapLimited } from './limited.js';
import { type ClassifierModels, modelNames, pairFor } from './models.js';
import { type RiskHead, type RiskOptions, type ScanRisk, scanRisk } from './scan-risk.js';

const sentinel: RiskHead = {
  model: modelNames.toolCall,
  positive: 'INJECTION_RISK',
  negative: 'SAFE',
};

const concurrency = 8;

/** A text that an agent reads. */
export interface AgentText {
  /** Where it stands in the request, e.g. `messages[2]`. */
  readonly source: string;
  readonly text: string;
}

/** A tool call that an assistant message asks for. */
export interface AgentCall {
  readonly source: string;
  /** The last user message before it; undefined if there is none, and then nothing to compare it with. */
  readonly intent: string | undefined;
  /** Its JSON text. */
  readonly call: string;
}

export interface JudgedText extends ScanRisk {
  readonly source: string;
}

/** A part of a call that the user's words do not support. */
export interface UnauthorizedSpan {
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
}

export interface JudgedCall extends AgentCall {
  /** Undefined if there was nothing to compare the call with. */
  readonly authorized: boolean | undefined;
  /** In the order of the call; offsets in `call`. */
  readonly spans: readonly UnauthorizedSpan[];
  /** Highest probability of any word to be unauthorised. */
  readonly risk: number;
  readonly threshold: number | undefined;
}

export interface ToolCallReading {
  /** What was judged, in the order of the request. */
  readonly texts: readonly JudgedText[];
  /** The riskiest of them. */
  readonly worst: JudgedText | undefined;
  readonly calls: readonly JudgedCall[];
  readonly windows: number;
  readonly passes: number;
}

export interface ToolCallOptions extends RiskOptions {
  /** Least probability of a word to be unauthorised; the bundle's recommendation if left out. */
  readonly verifierThreshold?: number | undefined;
}

/**
 * Judges each text by itself, so that a harmless conversation does not dilute one planted line, and each
 * call against what the user asked for.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if a model that is needed cannot run.
 */
export async function classifyToolCall(
  texts: readonly AgentText[],
  calls: readonly AgentCall[],
  models: ClassifierModels,
  options: ToolCallOptions = {},
): Promise<ToolCallReading> {
  let passes = 0;
  const judge = async ({ source, text }: AgentText): Promise<JudgedText> => {
    const risk = await scanRisk(text, sentinel, models, options);
    passes += risk.passes;
    return { ...risk, source };
  };
  const verify = async (call: AgentCall): Promise<JudgedCall> => {
    if (call.intent === undefined || call.intent.trim() === '') {
      return { ...call, authorized: undefined, spans: [], risk: 0, threshold: undefined };
    }
    const result = await pairFor(models, modelNames.toolCallVerifier).verify(call.intent, call.call, options);
    passes += result.passes;
    const threshold = options.verifierThreshold ?? result.threshold;
    const spans = wordSpans(call.call, result.tokens, threshold).map(({ start, end, probability }) => ({
      start,
      end,
      confidence: probability,
    }));
    const risk = result.tokens.reduce((most, { probability }) => Math.max(most, probability), 0);
    return { ...call, authorized: spans.length === 0, spans, risk, threshold };
  };
  const judged = await mapLimited(texts, concurrency, judge, options.signal);
  const verified = await mapLimited(calls, 1, verify, options.signal);
  return {
    texts: judged,
    worst: judged.reduce<JudgedText | undefined>(
      (worst, one) => (worst === undefined || one.risk > worst.risk ? one : worst),
      undefined,
    ),
    calls: verified,
    windows: judged.reduce((sum, { windows }) => sum + windows, 0),
    passes,
  };
}
