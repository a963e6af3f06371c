/**
 * `POST /api/v1/classify/pii`.
 *
 * @module
 */
import type { ClassifierModels } from '../../classify/models.js';
import { classifyPii, type PiiReading, reportablePiiTypes } from '../../classify/pii.js';
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

/** Reads the options, then finds. */
export function readPii(
  text: string,
  options: Options,
  models: ClassifierModels,
  signal: AbortSignal,
): Promise<PiiReading> {
  return classifyPii(text, models, {
    types: options.names('entity_types', reportablePiiTypes),
    threshold: options.fraction('confidence_threshold'),
    signal,
  });
}

/** The body for one text. */
export function piiBody(text: string, reading: PiiReading, options: Options, started: number): PiiBody {
  const positions = options.flag('return_positions');
  const reveal = options.flag('reveal_entity_text');
  const masked = options.flag('mask_entities') ? maskEntities(text, reading.entities) : undefined;
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
    const options = optionsOf(fields);
    const started = performance.now();
    return piiBody(text, await readPii(text, options, modelsOf(context), signal), options, started);
  },
);
