/**
 * The labels of a classifier, in the order of its outputs.
 *
 * `id2label` of config.json is what the model was trained with, so it wins. Where it is missing, or holds
 * only the `LABEL_0`, `LABEL_1` that training tools fill in, a mapping file beside it is asked, whatever its
 * name: any JSON file with `mapping` or `label` in it.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import type { Fields } from './fields.js';
import { type JsonObject, ownValue, readJsonIfAny, unreadable } from './files.js';
import { invalidModel, shown } from './invalid.js';

/** In this order; others come after. */
const mappingFiles = [
  'label_mapping.json',
  'category_mapping.json',
  'pii_type_mapping.json',
  'jailbreak_type_mapping.json',
  'fact_check_mapping.json',
];

const labelByIdKeys = ['id_to_label', 'idx_to_label', 'idx_to_category', 'id2label', 'idx2label'];
const idByLabelKeys = ['label_to_id', 'label_to_idx', 'category_to_idx', 'label2id', 'label2idx'];

/**
 * `count` labels. Generic names (`LABEL_0`, …) if the files have none.
 *
 * @param folder where mapping files are looked for.
 * @param config config.json, or undefined if it speaks of another classifier.
 * @throws VSR_MODEL_BUNDLE_INVALID if labels are stated that don't fit: too many, too few, contradictory.
 */
export function readLabels(folder: string, config: Fields | undefined, count: number): string[] {
  const stated = config === undefined ? undefined : labelsIn(config.file, config.values());
  if (stated !== undefined && !stated.every(isGeneric)) return fitting(stated, count, config?.file ?? folder);
  for (const file of mappingCandidates(folder)) {
    const labels = labelsOfFile(file, readJsonIfAny(file));
    if (labels !== undefined) return fitting(labels, count, file);
  }
  return Array.from({ length: count }, (_, id) => `LABEL_${id}`);
}

function isGeneric(label: string, id: number): boolean {
  return label === `LABEL_${id}`;
}

function mappingCandidates(folder: string): string[] {
  let others: string[];
  try {
    others = readdirSync(folder).filter(
      (name) => /(?:mapping|label).*\.json$/i.test(name) && !mappingFiles.includes(name),
    );
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw unreadable(folder, messageOf(error), error);
    others = [];
  }
  return [...mappingFiles, ...others.sort()].map((name) => join(folder, name));
}

function fitting(labels: string[], count: number, file: string): string[] {
  if (labels.length === count) return labels;
  throw invalidModel(
    `${file} has ${labels.length} labels (${shown(labels)}), the classifier's weights have ${count} rows.`,
    'Check that the labels and the weights belong to the same model.',
  );
}

/** The labels that the content of a mapping file states; undefined if it states none. */
function labelsOfFile(file: string, content: unknown): string[] | undefined {
  if (!isRecord(content)) return Array.isArray(content) ? bareLabels(file, content) : undefined;
  return labelsIn(file, content) ?? bareLabels(file, content);
}

/** Of a file that is nothing but a list of labels, or a map between them and their ids. */
function bareLabels(file: string, content: JsonObject | readonly unknown[]): string[] | undefined {
  const entries = Object.entries(content);
  if (entries.length === 0) return undefined;
  if (entries.every(([id, label]) => typeof label === 'string' && idOf(id) !== undefined)) {
    return ordered(file, 'the file', entries, content);
  }
  if (!entries.every(([, id]) => idOf(id) !== undefined)) return undefined;
  return ordered(file, 'the file', idByLabel(content), content);
}

/**
 * The labels a file states under any of the known keys; undefined if it states none. Names that tools fill in
 * for one direction do not contradict real ones in the other.
 */
function labelsIn(file: string, values: JsonObject): string[] | undefined {
  let found: { labels: string[]; key: string } | undefined;
  for (const key of [...labelByIdKeys, ...idByLabelKeys]) {
    const map = ownValue(values, key) ?? undefined;
    if (map === undefined || isEmpty(map)) continue;
    const labels = ordered(file, key, labelByIdKeys.includes(key) ? labelById(map) : idByLabel(map), map);
    if (found !== undefined && labels.length === found.labels.length && labels.every(isGeneric)) continue;
    const filledIn = found?.labels.every(isGeneric) === true && found.labels.length === labels.length;
    if (found !== undefined && !filledIn && labels.join('\n') !== found.labels.join('\n')) {
      throw invalidModel(`${file}: ${found.key} is ${shown(found.labels)}, ${key} is ${shown(labels)}.`);
    }
    if (found === undefined || filledIn) found = { labels, key };
  }
  return found?.labels;
}

function isEmpty(map: unknown): boolean {
  return isRecord(map) ? Object.keys(map).length === 0 : Array.isArray(map) && map.length === 0;
}

type Pair = readonly [id: unknown, label: unknown];

/** Also a list, whose positions are the ids. */
function labelById(map: unknown): Pair[] | undefined {
  if (Array.isArray(map)) return map.map((label, id): Pair => [id, label]);
  return isRecord(map) ? Object.entries(map) : undefined;
}

function idByLabel(map: unknown): Pair[] | undefined {
  return isRecord(map) ? Object.entries(map).map(([label, id]): Pair => [id, label]) : undefined;
}

function ordered(file: string, key: string, pairs: Pair[] | undefined, map: unknown): string[] {
  const where = `${file}: ${key}`;
  if (pairs === undefined) throw invalidModel(`${where} is ${shown(map)}, where an object is needed.`);
  const labels = new Map<number, string>();
  for (const [id, label] of pairs) {
    const number = idOf(id);
    if (number === undefined || number >= pairs.length) {
      throw invalidModel(
        `${where} has the id ${shown(id)}; whole numbers from 0 to ${pairs.length - 1} are needed.`,
      );
    }
    if (typeof label !== 'string')
      throw invalidModel(`${where} has the label ${shown(label)}; a text is needed.`);
    const other = labels.get(number);
    if (other !== undefined) {
      throw invalidModel(`${where} gives the id ${number} to ${shown(other)} and ${shown(label)}.`);
    }
    labels.set(number, label);
  }
  return [...labels].sort(([a], [b]) => a - b).map(([, label]) => label);
}

function idOf(id: unknown): number | undefined {
  const number = typeof id === 'string' && /^\d{1,9}$/.test(id) ? Number(id) : id;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
