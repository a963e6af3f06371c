import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Fields } from '../../../../src/runtime/models/graphs/fields.js';
import { readLabels } from '../../../../src/runtime/models/graphs/labels.js';
import { temporaryFolder } from './support.js';

interface Files {
  readonly [name: string]: unknown;
}

function labels(count: number, config: Files | undefined, files: Files = {}): string[] {
  const folder = temporaryFolder();
  for (const [name, values] of Object.entries(files))
    writeFileSync(join(folder, name), JSON.stringify(values));
  return readLabels(folder, config === undefined ? undefined : new Fields('config.json', config), count);
}

const generic = { id2label: { 0: 'LABEL_0', 1: 'LABEL_1' }, label2id: { LABEL_0: 0, LABEL_1: 1 } };

describe('labels', () => {
  test.each([
    ['id2label', { id2label: { 1: 'b', 0: 'a' } }],
    ['label2id', { label2id: { b: 1, a: 0 } }],
    ['label2id with ids as texts', { label2id: { b: '1', a: '0' } }],
    ['both', { id2label: { 0: 'a', 1: 'b' }, label2id: { a: 0, b: 1 } }],
    ['a list', { id2label: ['a', 'b'] }],
    ['label2id beside an id2label that was filled in', { ...generic, label2id: { a: 0, b: 1 } }],
    ['id2label beside a label2id that was filled in', { ...generic, id2label: { 0: 'a', 1: 'b' } }],
  ])('come from %s of the configuration', (_, config) => {
    expect(labels(2, config, { 'label_mapping.json': { label_to_id: { x: 0, y: 1 } } })).toEqual(['a', 'b']);
  });

  test.each([
    ['label_mapping.json', { label_to_id: { b: 1, a: 0 }, id_to_label: { 0: 'a', 1: 'b' } }],
    ['category_mapping.json', { category_to_idx: { b: 1, a: 0 }, idx_to_category: { '0': 'a', '1': 'b' } }],
    ['pii_type_mapping.json', { label_to_idx: { b: 1, a: 0 } }],
    ['jailbreak_type_mapping.json', { idx_to_label: { 0: 'a', 1: 'b' } }],
    ['fact_check_mapping.json', { id_to_label: { 0: 'a', 1: 'b' }, other: 3 }],
    ['modality_mapping.json', { label_to_id: { a: '0', b: '1' } }],
  ])('come from %s if the configuration has none, or generic ones', (name, mapping) => {
    expect(labels(2, {}, { [name]: mapping })).toEqual(['a', 'b']);
    expect(labels(2, generic, { [name]: mapping })).toEqual(['a', 'b']);
    expect(labels(2, undefined, { [name]: mapping })).toEqual(['a', 'b']);
  });

  test('are generic if no file states any', () => {
    expect(labels(3, generic)).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
    expect(labels(1, { id2label: {} }, { 'label_mapping.json': {} })).toEqual(['LABEL_0']);
  });

  test.each([
    ['too few', 3, { id2label: { 0: 'a', 1: 'b' } }, /config\.json has 2 labels .* have 3 rows/],
    ['a hole', 2, { id2label: { 0: 'a', 2: 'b' } }, /id2label has the id "2"; whole numbers from 0 to 1/],
    ['no number', 1, { id2label: { x: 'a' } }, /id2label has the id "x"/],
    ['a fraction', 1, { label2id: { a: 0.5 } }, /label2id has the id 0\.5/],
    ['twice an id', 2, { label2id: { a: 0, b: 0 } }, /gives the id 0 to "a" and "b"/],
    ['no text', 1, { id2label: { 0: 7 } }, /the label 7; a text is needed/],
    [
      'a contradiction',
      2,
      { id2label: { 0: 'a', 1: 'b' }, label2id: { a: 1, b: 0 } },
      /label2id is \["b","a"\]/,
    ],
    ['no map', 2, { id2label: 'a, b' }, /id2label is "a, b"/],
  ])('are refused with %s', (_, count, config, message) => {
    expect(() => labels(count, config)).toThrow(message);
  });

  test('are refused in a mapping file with its name', () => {
    const mapping = { label_to_id: { a: 0, b: 1 }, id_to_label: { 0: 'b', 1: 'a' } };
    expect(() => labels(2, undefined, { 'label_mapping.json': mapping })).toThrow(
      /label_mapping\.json: id_to_label is/,
    );
  });
});
