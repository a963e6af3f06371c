/**
 * `POST /api/v1/classify/pii`.
 *
 * @module
 */
import type { ClassifierModels } from '../../classify/models.js';
import { classifyPii, type PiiOptions, type PiiReading, reportablePiiTypes } from '../../classify/pii.js';
import { maskEntities } from '../../classify/pii-mask.js';
import { type Options, optionsOf, textOf } from './input.js';
import { modelsOf, post } from './route.js';

/** Stands for a value that nobody asked to see. */
const hidden = '[DETECTED]';

export interface PiiEntityBody {
  readonly type: string;
  readonly value: string;
  readonly confidence: number;
  readonly source: 'pattern' | 'model';
  /** What exactly a recogniser found, e.g. the issuer of a card. */
  readonly detail?: string;
  readonly start_position?: number;
  readonly end_position?: number;
  readonly masked_value?: string;
}

export interface PiiBody {
  readonly has_pii: boolean;
  readonly entities: readonly PiiEntityBody[];
  readonly masked_text?: string;
  readonly security_recommendation: 'allow' | 'block';
  readonly windows: number;
  readonly truncated: false;
  readonly thresholds: Readonly<Record<string, number>>;
  readonly processing_time_ms: number;
}

/** What of a text is looked for, and what of it is shown. */
export interface PiiRequest {
  readonly find: PiiOptions;
  readonly positions: boolean;
  readonly reveal: boolean;
  readonly mask: boolean;
}

export function piiRequestOf(options: Options, signal: AbortSignal): PiiRequest {
  return {
    find: {
      types: options.names('entity_types', reportablePiiTypes),
      threshold: options.fraction('confidence_threshold'),
      signal,
    },
    positions: options.flag('return_positions'),
    reveal: options.flag('reveal_entity_text'),
    mask: options.flag('mask_entities'),
  };
}

/** The body for one text, and what it was made from. */
export async function findPii(
  text: string,
  request: PiiRequest,
  models: ClassifierModels,
): Promise<{ readonly body: PiiBody; readonly reading: PiiReading }> {
  const started = performance.now();
  const reading = await classifyPii(text, models, request.find);
  return { body: bodyOf(text, reading, request, started), reading };
}

function bodyOf(
  text: string,
  reading: PiiReading,
  { positions, reveal, mask }: PiiRequest,
  started: number,
): PiiBody {
  const masked = mask ? maskEntities(text, reading.entities) : undefined;
  const entities = reading.entities.map((entity, index): PiiEntityBody => {
    const { type, start, end, confidence, source, detail } = entity;
    const placeholder = masked?.placeholders[index];
    return {
      type,
      value: reveal ? text.slice(start, end) : hidden,
      confidence,
      source,
      ...(detail === undefined ? {} : { detail }),
      ...(positions ? { start_position: start, end_position: end } : {}),
      ...(placeholder === undefined ? {} : { masked_value: placeholder }),
    };
  });
  return {
    has_pii: entities.length > 0,
    entities,
    ...(masked === undefined ? {} : { masked_text: masked.text }),
    security_recommendation: entities.length > 0 ? 'block' : 'allow',
    windows: reading.windows,
    truncated: false,
    thresholds: reading.thresholds,
    processing_time_ms: performance.now() - started,
  };
}

export const piiRoute = post(
  '/api/v1/classify/pii',
  'Personal data in {text}, masked on request; all of it is read, in windows.',
  async ({ context, fields, signal }) => {
    const text = textOf(fields);
    const { body } = await findPii(text, piiRequestOf(optionsOf(fields), signal), modelsOf(context));
    return body;
  },
);
