/**
 * Reads what tools of classifying servers answer.
 *
 * @module
 */
import type { CallToolResult } from '@modelcontextprotocol/client';
import { clampToUnit } from '../../math/probabilities.js';
import { excerptOf } from '../excerpt.js';

/** What a server said of a text, before its threshold. */
export interface RawClassification {
  /** Index into the categories, or the name of one. */
  readonly class: number | string;
  readonly confidence: number;
  /** By class index or by name; undefined if the server gives none. */
  readonly probabilities: readonly number[] | Readonly<Record<string, number>> | undefined;
  /** Model that the server would take. */
  readonly model: string | undefined;
  /** Whether it would let the model reason. */
  readonly useReasoning: boolean | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** The object a tool answered with: its structured content, else the first text that holds one. Throws without one. */
export function objectOf(result: CallToolResult, tool: string): Fields {
  const texts = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  if (result.isError === true)
    throw new Error(`tool \`${tool}\` failed: ${excerptOf(texts.join(' '), 'it said nothing')}`);
  const structured = fieldsOf(result.structuredContent);
  // Some frameworks put the whole answer under `result` there, as the text that it is.
  if (structured !== undefined && !('result' in structured)) return structured;
  for (const text of texts) {
    try {
      const fields = fieldsOf(JSON.parse(text));
      if (fields !== undefined) return fieldsOf(fields.result) ?? fields;
    } catch {
      // The next part may be the one.
    }
  }
  const inner = fieldsOf(structured?.result);
  if (inner !== undefined) return inner;
  throw new Error(
    `tool \`${tool}\` answered with no JSON object: ${excerptOf(texts.join(' '), 'it said nothing')}`,
  );
}

/** Reads `{class, confidence, probabilities?, model?, use_reasoning?}`. Throws if it is nothing of the kind. */
export function classificationOf(fields: Fields, tool: string): RawClassification {
  if (typeof fields.error === 'string')
    throw new Error(`tool \`${tool}\` failed: ${excerptOf(fields.error, 'it said nothing')}`);
  const label = fields.class ?? fields.category ?? fields.label;
  const valid = typeof label === 'string' ? label.trim() !== '' : Number.isInteger(label);
  if (!valid || (typeof label !== 'string' && typeof label !== 'number')) {
    throw new Error(`tool \`${tool}\` answered without a \`class\``);
  }
  const { confidence, model, use_reasoning: useReasoning } = fields;
  if (typeof confidence !== 'number' || Number.isNaN(confidence)) {
    throw new Error(`tool \`${tool}\` answered without a \`confidence\``);
  }
  return {
    class: label,
    confidence: clampToUnit(confidence),
    probabilities: probabilitiesOf(fields.probabilities),
    model: typeof model === 'string' && model !== '' ? model : undefined,
    useReasoning: typeof useReasoning === 'boolean' ? useReasoning : undefined,
  };
}

function isProbability(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function probabilitiesOf(value: unknown): RawClassification['probabilities'] {
  // One number that is none spoils the vector: its places could not be trusted.
  if (Array.isArray(value)) return value.length > 0 && value.every(isProbability) ? value : undefined;
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const entries = Object.entries(fields).flatMap(([name, one]): [string, number][] =>
    isProbability(one) ? [[name, one]] : [],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Reads `{categories: [...]}`; names may be objects with a `name`. Undefined if there are none. */
export function categoriesOf(fields: Fields): readonly string[] | undefined {
  if (!Array.isArray(fields.categories) || fields.categories.length === 0) return undefined;
  const names = fields.categories.map((one: unknown) =>
    typeof one === 'string' ? one : fieldsOf(one)?.name,
  );
  return names.every((name): name is string => typeof name === 'string') ? names : undefined;
}
