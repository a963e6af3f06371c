/**
 * Reads what tools of classifying servers answer.
 *
 * @module
 */
import type { CallToolResult } from '@modelcontextprotocol/client';
import { clampToUnit, mostProbable } from '../../math/probabilities.js';
import { excerptOf } from '../excerpt.js';
import { jsonAnswer } from '../json-answers.js';
import { finiteNumber } from '../numbers.js';

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

/** Members that hold the class; the first one that is there counts. */
const classKeys = ['class', 'category', 'label'] as const;
const longestName = 200;
const rounding = 1e-3;

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
  // A language model behind the tool may put its answer into a code fence, or words around it.
  const said = texts.join('\n');
  for (const key of [...classKeys, 'categories']) {
    const fields = jsonAnswer(said, key);
    if (fields !== undefined) return fields;
  }
  throw new Error(
    `tool \`${tool}\` answered with no JSON object: ${excerptOf(texts.join(' '), 'it said nothing')}`,
  );
}

/**
 * Reads `{class, confidence, probabilities?, model?, use_reasoning?}`; what probabilities say need not be said again.
 * Throws if it is nothing of the kind.
 */
export function classificationOf(fields: Fields, tool: string): RawClassification {
  if (typeof fields.error === 'string')
    throw new Error(`tool \`${tool}\` failed: ${excerptOf(fields.error, 'it said nothing')}`);
  const probabilities = probabilitiesOf(fields.probabilities);
  const label = classIn(fields) ?? (probabilities && surestOf(probabilities));
  if (label === undefined) throw new Error(`tool \`${tool}\` answered without a \`class\``);
  const { model, use_reasoning: useReasoning } = fields;
  return {
    class: label,
    confidence: confidenceIn(fields, tool) ?? probabilityOf(label, probabilities) ?? missing(tool),
    probabilities,
    model: typeof model === 'string' && model !== '' ? model : undefined,
    useReasoning: typeof useReasoning === 'boolean' ? useReasoning : undefined,
  };
}

function missing(tool: string): never {
  throw new Error(`tool \`${tool}\` answered without a \`confidence\``);
}

/** A number, or a name. Longer ones than this are no names, and would not fit into a header. */
function classIn(fields: Fields): number | string | undefined {
  const key = classKeys.find((one) => fields[one] !== undefined && fields[one] !== null);
  const label = key === undefined ? undefined : fields[key];
  if (typeof label === 'number') return Number.isInteger(label) ? label : undefined;
  if (typeof label !== 'string' || label.trim() === '') return undefined;
  if (label.length > longestName) {
    throw new Error(`named a category of ${label.length} characters; the longest has ${longestName}`);
  }
  return label;
}

function confidenceIn({ confidence: given }: Fields, tool: string): number | undefined {
  if (given === undefined || given === null) return undefined;
  const confidence = finiteNumber(given) ?? missing(tool);
  // Sums of floating point numbers overshoot a little; percentages by far.
  if (confidence < -rounding || confidence > 1 + rounding) {
    throw new Error(`tool \`${tool}\` answered with \`confidence\` ${confidence}, which is not from 0 to 1`);
  }
  return clampToUnit(confidence);
}

function surestOf(
  probabilities: NonNullable<RawClassification['probabilities']>,
): number | string | undefined {
  const entries: Iterable<readonly [number | string, number]> = isVector(probabilities)
    ? probabilities.entries()
    : Object.entries(probabilities);
  return mostProbable(entries)?.[0];
}

function probabilityOf(
  label: number | string,
  probabilities: RawClassification['probabilities'],
): number | undefined {
  if (probabilities === undefined) return undefined;
  if (isVector(probabilities)) return typeof label === 'number' ? probabilities[label] : undefined;
  return Object.hasOwn(probabilities, label) ? probabilities[label] : undefined;
}

/** Whether they stand by class index. */
export function isVector(value: NonNullable<RawClassification['probabilities']>): value is readonly number[] {
  return Array.isArray(value);
}

function probabilityIn(value: unknown): number | undefined {
  const number = finiteNumber(value);
  return number !== undefined && number >= 0 && number <= 1 + rounding ? clampToUnit(number) : undefined;
}

function probabilitiesOf(value: unknown): RawClassification['probabilities'] {
  if (Array.isArray(value)) {
    const vector = value.flatMap((one: unknown) => probabilityIn(one) ?? []);
    // One number that is none spoils the vector: its places could not be trusted.
    return vector.length > 0 && vector.length === value.length ? vector : undefined;
  }
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const entries = Object.entries(fields).flatMap(([name, one]): [string, number][] => {
    const probability = probabilityIn(one);
    return probability === undefined ? [] : [[name, probability]];
  });
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
