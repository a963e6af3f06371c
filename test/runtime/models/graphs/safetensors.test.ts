import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVsrError } from '../../../../src/runtime/errors.js';
import {
  headerLength,
  openSafetensors,
  parseHeader,
  type TensorEntry,
} from '../../../../src/runtime/models/graphs/safetensors.js';
import { openWeights, readTensor } from '../../../../src/runtime/models/graphs/weights.js';
import { copyOf, editJson, safetensors, type TensorData, temporaryFolder } from './support.js';

const file = 'model.safetensors';

/** As `openSafetensors` reads a file of these bytes. */
function parse(bytes: Uint8Array): Map<string, TensorEntry> {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, file);
  return parseHeader(bytes.subarray(8, 8 + length), bytes.length, file);
}

function withHeader(header: unknown, dataLength = 8): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataLength)]);
}

const tensor = fc
  .record({
    dtype: fc.constantFrom('F32', 'F16', 'BF16', 'I64', 'BOOL'),
    shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
  })
  .map(({ dtype, shape }): TensorData => {
    const size = { F32: 4, F16: 2, BF16: 2, I64: 8, BOOL: 1 }[dtype] ?? 1;
    return { dtype, shape, data: new Uint8Array(shape.reduce((product, n) => product * n, size)) };
  });
const tensors = fc
  .array(fc.tuple(fc.string({ minLength: 1 }), tensor), { maxLength: 6 })
  // A key such as "7" would come first in the JSON object, and its data not.
  .map((pairs) => new Map(pairs.map(([name, data]) => [`t${name}`, data])));

describe('the header of a safetensors file', () => {
  test('says of each tensor where it is', () => {
    fc.assert(
      fc.property(tensors, fc.integer({ min: 0, max: 9 }), (map, spaces) => {
        const bytes = safetensors(map, ' '.repeat(spaces));
        const found = parse(bytes);
        expect([...found.keys()]).toEqual([...map.keys()]);
        let end: number | undefined;
        for (const [name, { dtype, shape, data }] of map) {
          const entry = found.get(name);
          expect(entry).toMatchObject({ dtype, shape, length: data.length });
          if (end !== undefined) expect(entry?.offset).toBe(end);
          end = (entry?.offset ?? 0) + data.length;
        }
        if (end !== undefined) expect(end).toBe(bytes.length);
      }),
    );
  });

  test('is refused with a catalogued error, whatever the bytes, and never points out of the file', () => {
    const json = fc.json().map((text) => withHeader(text));
    const damaged = fc.tuple(tensors, fc.nat(), fc.nat(255), fc.nat(40)).map(([map, at, value, cut]) => {
      const bytes = Uint8Array.from(safetensors(map));
      bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.max(0, bytes.length - (cut > 20 ? cut - 20 : 0)));
    });
    const odd = fc
      .record({ dtype: fc.anything(), shape: fc.anything(), data_offsets: fc.anything() })
      .map((entry) => withHeader({ x: entry, __proto__: null }));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), json, damaged, odd), (bytes) => {
        try {
          for (const { offset, length } of parse(bytes).values()) {
            expect(offset).toBeGreaterThanOrEqual(8);
            expect(offset + length).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(isVsrError(error) && error.message.includes(file), String(error)).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  test.each([
    ['nothing', new Uint8Array(0), /has 0 bytes, too few/],
    ['a length beyond any', new Uint8Array(16).fill(255), /18446744073709551615 bytes; the format allows/],
    ['a length beyond the file', withHeader({}).subarray(0, 9), /header has 2 bytes, and has 1 after/],
    ['no object', withHeader('[]'), /is \[\], not an object/],
    [
      'bytes that are no UTF-8',
      withHeader('{"\u00e9"').map((byte) => (byte === 0xc3 ? 0xff : byte)),
      /not valid JSON/,
    ],
    ['an unknown type', withHeader({ x: { ...entry, dtype: 'Q4' } }), /dtype of tensor "x" .* "Q4"/],
    ['a negative size', withHeader({ x: { ...entry, shape: [-2] } }), /shape of tensor "x" .* \[-2\]/],
    [
      'a size beyond exact numbers',
      withHeader({ x: { ...entry, shape: [2 ** 52, 2 ** 52] } }),
      /not the size of F32/,
    ],
    ['offsets in the wrong order', withHeader({ x: { ...entry, data_offsets: [8, 0] } }), /-8 bytes/],
    ['a tensor beyond the file', withHeader({ x: entry }, 4), /has \d+ bytes, its header describes \d+/],
    ['more data than tensors', withHeader({ x: entry }, 12), /has \d+ bytes, its header describes \d+/],
    ['tensors that overlap', withHeader({ x: entry, y: entry }), /"y" .* overlaps/],
    ['a hole', withHeader({ x: { ...entry, data_offsets: [4, 12] } }, 12), /"x" .* leaves a hole/],
    [
      'nested deeply',
      withHeader(`{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
      /entry of tensor "x"|not valid JSON/,
    ],
  ])('is refused if it is %s', (_, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
  });

  test('may name tensors like properties every object has', () => {
    const bytes = withHeader('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
    expect([...parse(bytes).keys()]).toEqual(['__proto__']);
  });

  test('is not there in a directory, or in no file', () => {
    expect(() => openSafetensors(temporaryFolder())).toThrow(/can't be read/);
    expect(() => openSafetensors(join(temporaryFolder(), file))).toThrow(/can't be read.*ENOENT/);
  });
});

describe('the weights of a folder', () => {
  test('are those of its shards', () => {
    const { tensors: found, root } = openWeights(copyOf('bert-embedding-sharded'));
    const one = found.get('encoder.layer.1.output.dense.bias');
    expect(one?.shape).toEqual([32]);
    expect(one === undefined ? 0 : readTensor(one).length).toBe(128);
    expect(one?.file.path.startsWith(root)).toBe(true);
  });

  test.each([
    [
      'a shard of another folder',
      { weight_map: { x: '../model.safetensors' } },
      /names "\.\.\/model\.safetensors"/,
    ],
    [
      'a shard by another path',
      { weight_map: { x: '..\\m.safetensors' } },
      /a file of the same folder is needed/,
    ],
    ['the parent folder', { weight_map: { x: '..' } }, /a file of the same folder is needed/],
    ['a shard that is not there', { weight_map: { x: 'no.safetensors' } }, /no\.safetensors can't be read/],
    [
      'a tensor that is not there',
      { weight_map: { x: 'model-00001-of-00003.safetensors' } },
      /holds tensor "x", and it does not/,
    ],
    ['no files', { weight_map: {} }, /weight_map is empty/],
    ['no map', { weight_map: ['x'] }, /weight_map is \["x"\]/],
  ])('are refused if the index names %s', (_, fields, message) => {
    const folder = copyOf('bert-embedding-sharded');
    editJson(join(folder, 'model.safetensors.index.json'), fields);
    expect(() => openWeights(folder)).toThrow(message);
  });

  test('are refused if a download was cut off', () => {
    const folder = copyOf('bert-base');
    truncateSync(join(folder, file), 5000);
    expect(() => openWeights(folder)).toThrow(/model\.safetensors has 5000 bytes, its header describes/);
  });

  test('are refused if shards lie in several folders, since no graph could reach them all', () => {
    const folder = copyOf('bert-embedding-sharded');
    const other = temporaryFolder();
    mkdirSync(join(other, 'a'));
    writeFileSync(
      join(other, 'a', 'shard'),
      safetensors(new Map([['x', { dtype: 'F32', shape: [0], data: new Uint8Array(0) }]])),
    );
    symlinkSync(join(other, 'a', 'shard'), join(folder, 'shard'));
    editJson(join(folder, 'model.safetensors.index.json'), {
      weight_map: { 'pooler.dense.bias': 'model-00003-of-00003.safetensors', x: 'shard' },
    });
    expect(() => openWeights(folder)).toThrow(/lie in several folders/);
  });

  test('are missed by name', () => {
    expect(() => openWeights(temporaryFolder())).toThrow(
      /has no model\.safetensors and no model\.safetensors\.index/,
    );
  });
});
