/**
 * Personal data in a text: exact recognisers and the token head together.
 *
 * @module
 */
import type { VsrError } from '../errors.js';
import { mergedSpans } from '../inference/scan-results.js';
import type { TokenHead } from '../inference/types.js';
import { modelPiiTypes, piiTypes } from '../pii/types.js';
import {
  type ClassifierModels,
  type ClassifyOptions,
  encoderFor,
  modelMissing,
  modelNames,
} from './models.js';
import { entityOfMatch, entityOfSpan, mergeEntities, type PiiEntity } from './pii-merge.js';
import { recogniseInSlices } from './pii-patterns.js';

/** Least confidence of a recogniser's match. What has a checksum or a sure form has more. */
export const patternThreshold = 0.5;

export interface PiiOptions extends ClassifyOptions {
  /** Types to report; all if left out. */
  readonly types?: ReadonlySet<string> | undefined;
  /** Least confidence of every entity; the bundle's recommendation per type if left out. */
  readonly threshold?: number | undefined;
}

export interface PiiReading {
  /** In the order of the text, without overlaps. */
  readonly entities: readonly PiiEntity[];
  /** Parts that the token head read the text in; 0 if it was not needed. Nothing is left out. */
  readonly windows: number;
  readonly passes: number;
  /** What the confidences of the token head were compared with, by type. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** The most probable span that its threshold kept out, in [0, 1]. */
  readonly doubt: number;
}

/** Types that can be asked for: those of the recognisers and of the models. */
export const reportablePiiTypes: readonly string[] = piiTypes;

/**
 * Finds the personal data in all of `text`. Types are chosen after the two layers are merged, so an entity
 * is what it is whichever types are asked for.
 *
 * @throws VsrError `VSR_INFERENCE_UNAVAILABLE` if the model is needed and cannot run. It is not needed for
 *   types that only recognisers know.
 */
export async function classifyPii(
  text: string,
  models: ClassifierModels,
  { types, threshold, signal }: PiiOptions = {},
): Promise<PiiReading> {
  if (text.trim() === '') return { entities: [], windows: 0, passes: 0, thresholds: {}, doubt: 0 };
  const matches = await recogniseInSlices(text, signal);
  const candidates = matches
    .filter(({ confidence }) => confidence >= (threshold ?? patternThreshold))
    .map(entityOfMatch);
  const wanted = (type: string): boolean => types?.has(type) ?? true;
  if (types !== undefined && [...types].every(onlyRecognised)) {
    const entities = mergeEntities(text, candidates).filter(({ type }) => wanted(type));
    return { entities, windows: 0, passes: 0, thresholds: {}, doubt: 0 };
  }
  const encoder = encoderFor(models, modelNames.pii);
  if (!encoder.heads.includes(modelNames.pii)) throw noSuchHead();
  const scan = await encoder.scan(text, { wants: [modelNames.pii], signal });
  // Which model answers, and with which labels, is certain once it has.
  const head = encoder.tokenHeads.get(modelNames.pii);
  if (head === undefined) throw noSuchHead();
  const least = threshold ?? models.thresholds?.pii;
  let doubt = 0;
  for (const span of mergedSpans(scan, modelNames.pii)) {
    if (span.confidence < thresholdOf(head, span.label, least)) {
      if (wanted(span.label)) doubt = Math.max(doubt, span.confidence);
      continue;
    }
    const entity = entityOfSpan(text, span);
    if (entity !== undefined) candidates.push(entity);
  }
  return {
    entities: mergeEntities(text, candidates).filter(({ type }) => wanted(type)),
    windows: scan.windows.length,
    passes: scan.passes,
    thresholds: Object.fromEntries(
      head.labels.filter(wanted).map((label) => [label, thresholdOf(head, label, least)]),
    ),
    doubt,
  };
}

function noSuchHead(): VsrError {
  return modelMissing(modelNames.pii, 'the bundle has no such head');
}

const modelTypes: ReadonlySet<string> = new Set(modelPiiTypes);
const allTypes: ReadonlySet<string> = new Set(piiTypes);

/** Every type that the model doesn't report has a recogniser. */
function onlyRecognised(type: string): boolean {
  return !modelTypes.has(type) && allTypes.has(type);
}

function thresholdOf(head: TokenHead, label: string, asked: number | undefined): number {
  return asked ?? head.thresholds[label] ?? head.threshold;
}
