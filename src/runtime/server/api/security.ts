/**
 * `POST /api/v1/classify/security`.
 *
 * @module
 */
import type { ClassifierModels } from '../../classify/models.js';
import type { ScanRisk } from '../../classify/scan-risk.js';
import { classifySecurity } from '../../classify/security.js';
import { labelFieldsOf, type Options, optionsOf, refused, textOf } from './input.js';
import { modelsOf, post } from './route.js';

/** What this version can look for. */
const detectionTypes = ['jailbreak'] as const;

export interface SecurityBody {
  readonly is_jailbreak: boolean;
  readonly risk_score: number;
  readonly threshold: number;
  readonly detection_types: readonly string[];
  readonly confidence: number;
  readonly recommendation: 'allow' | 'block';
  readonly reasoning?: string;
  /** No patterns are used: the answer is that of the model. */
  readonly patterns_detected: readonly string[];
  readonly windows: number;
  readonly truncated: false;
  readonly processing_time_ms: number;
}

/** How many times more or less is risked than the model's threshold would. */
const sensitivities = ['low', 'medium', 'high'] as const;

/** The threshold that the options ask for; undefined for the model's own. */
function thresholdOf(options: Options): number | undefined {
  const sensitivity = options.choice('sensitivity', sensitivities);
  const threshold = options.fraction('confidence_threshold');
  if (threshold !== undefined && sensitivity !== undefined) {
    const field = options.nameOf('sensitivity');
    throw refused(field, 'and `confidence_threshold` exclude each other', 'Send one of them.');
  }
  return threshold;
}

/** Half the way from the model's threshold to 0 or 1. */
function adjusted(reading: ScanRisk, sensitivity: (typeof sensitivities)[number] | undefined): number {
  if (sensitivity === 'high') return reading.threshold / 2;
  if (sensitivity === 'low') return (1 + reading.threshold) / 2;
  return reading.threshold;
}

function reasoningOf({ risk, riskiest, windows }: ScanRisk, threshold: number): string {
  const place =
    riskiest === undefined || windows < 2
      ? ''
      : ` in characters ${riskiest.start}–${riskiest.end}, the riskiest of ${windows} parts`;
  const verdict = risk >= threshold ? 'at or above' : 'below';
  return `The probability of a jailbreak is ${risk.toFixed(3)}${place}; that is ${verdict} the threshold of ${threshold.toFixed(3)}.`;
}

/** The body for one text. */
export async function securityBody(
  text: string,
  options: Options,
  models: ClassifierModels,
  signal: AbortSignal,
): Promise<SecurityBody> {
  options.names('detection_types', detectionTypes);
  const threshold = thresholdOf(options);
  const sensitivity = options.choice('sensitivity', sensitivities);
  const withReasoning = options.flag('include_reasoning');
  const labelFields = labelFieldsOf(options);
  const start = performance.now();
  const reading = await classifySecurity(text, models, { threshold, signal });
  const least = adjusted(reading, sensitivity);
  const flagged = reading.riskiest !== undefined && reading.risk >= least;
  return {
    is_jailbreak: flagged,
    risk_score: reading.risk,
    threshold: least,
    detection_types: flagged ? ['jailbreak'] : [],
    confidence: flagged ? reading.risk : 1 - reading.risk,
    recommendation: flagged ? 'block' : 'allow',
    ...(withReasoning ? { reasoning: reasoningOf(reading, least) } : {}),
    patterns_detected: [],
    windows: reading.windows,
    truncated: false,
    ...labelFields(reading.probabilities),
    processing_time_ms: performance.now() - start,
  };
}

export const securityRoute = post(
  '/api/v1/classify/security',
  'Whether {text} is a jailbreak; all of it is read, in windows.',
  ({ context, fields, signal }) => securityBody(textOf(fields), optionsOf(fields), modelsOf(context), signal),
);
