import { describe, expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from '../../../src/runtime/config/json-schema.js';
import { sharePartsOf } from '../../../src/runtime/config/json-schema-parts.js';
import { isRecord } from '../../../src/runtime/is-record.js';
import { signalFamilies } from '../../../src/runtime/signals/index.js';

describe('the JSON Schema', () => {
  it('describes the canonical layout, every signal family included', () => {
    const text = configJsonSchemaText();
    for (const { configKey } of signalFamilies) expect(text).toContain(`"${configKey}"`);
    expect(text).toContain('"additionalProperties": false');
    expect(text).toContain('Answers when no decision matches.');
  });

  it('requires nothing at the top that has a default', () => {
    expect(configJsonSchema().required ?? []).toEqual([]);
  });

  it('is published with parts of its own for what stands at several places, and says the same', () => {
    const published: unknown = JSON.parse(configJsonSchemaText());
    const parts = partsOf(published);
    expect(Object.keys(parts)).toContain('routing.signals');
    const plain = configJsonSchema();
    expect(expand(published, parts, [])).toEqual(expand(plain, partsOf(plain), []));
  });
});

describe('sharing the parts of a schema', () => {
  const long = (describe: string) => ({ type: 'string', description: describe.repeat(60) });

  it('writes a part that stands twice once, named after its first place', () => {
    const rule = { type: 'object', properties: { name: long('a rule') } };
    const schema = { type: 'object', properties: { first: { type: 'array', items: rule }, second: rule } };
    expect(sharePartsOf(schema)).toEqual({
      type: 'object',
      properties: {
        first: { type: 'array', items: { $ref: '#/$defs/first' } },
        second: { $ref: '#/$defs/first' },
      },
      $defs: { first: rule },
    });
  });

  it('leaves short parts, and those within a shared part, where they stand', () => {
    const short = { type: 'number', minimum: 0 };
    const schema = { type: 'object', properties: { a: short, b: short } };
    expect(sharePartsOf(schema)).toEqual(schema);
  });

  it('names a part that holds itself after where it stands', () => {
    const schema = {
      type: 'object',
      properties: { tree: { $ref: '#/$defs/__schema0' } },
      $defs: {
        __schema0: { type: 'object', properties: { left: { $ref: '#/$defs/__schema0' } } },
      },
    };
    expect(sharePartsOf(schema)).toEqual({
      type: 'object',
      properties: { tree: { $ref: '#/$defs/tree' } },
      $defs: { tree: { type: 'object', properties: { left: { $ref: '#/$defs/tree' } } } },
    });
  });
});

function partsOf(schema: unknown): Record<string, unknown> {
  return isRecord(schema) && isRecord(schema.$defs) ? schema.$defs : {};
}

/** The schema without references; a part within itself is cut short. */
function expand(value: unknown, parts: Record<string, unknown>, within: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, parts, within));
  if (!isRecord(value)) return value;
  if (typeof value.$ref === 'string') {
    const { $ref: target, ...rest } = value;
    const name = String(target).replace('#/$defs/', '');
    if (within.includes(name)) return { ...rest, itself: true };
    const part = expand(parts[name], parts, [...within, name]);
    return isRecord(part) ? { ...part, ...rest } : part;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$defs')
      .map(([key, item]) => [key, expand(item, parts, within)]),
  );
}
