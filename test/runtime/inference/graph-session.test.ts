import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../src/runtime/inference/float16.js';
import { GraphSession, type Padding, type TokenRow } from '../../../src/runtime/inference/graph-session.js';
import {
  type ElementType,
  elementTypeNumber,
  GraphBuilder,
} from '../../../src/runtime/models/graphs/onnx.js';

interface Input {
  readonly name: string;
  readonly type: ElementType;
}

/** A graph that gives each input back as floats, and as a sum per row, padding included. */
async function echo(inputs: readonly Input[], padding: Padding): Promise<GraphSession> {
  const folder = mkdtempSync(join(tmpdir(), 'session-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const builder = new GraphBuilder(folder);
  for (const { name, type } of inputs) {
    const value = builder.input(name, type, ['batch', 'sequence']);
    const floats = builder.node('Cast', [value], { to: elementTypeNumber('float') });
    builder.output(builder.node('Add', [floats, builder.float(0)]), `${name}_out`, 'float', [
      'batch',
      'sequence',
    ]);
    const sum = builder.node('ReduceSum', [floats, builder.integers([1])], { keepdims: 0n });
    builder.output(sum, `${name}_sum`, 'float', ['batch']);
  }
  const graph = join(folder, 'echo.onnx');
  writeFileSync(graph, builder.finish('test'));
  const session = await GraphSession.load({ graph, threads: 1, device: 'cpu', padding });
  onTestFinished(() => session.close());
  return session;
}

function row(...ids: number[]): TokenRow {
  return { ids: Int32Array.from(ids) };
}

/** Floats per row of an output. */
async function valuesOf(
  session: GraphSession,
  rows: readonly TokenRow[],
  output: string,
  per: 'text' | 'token',
) {
  const [values = []] = await session.run(rows, [{ output, length: 1, per }]);
  return values.map((floats) => Array.from(floats));
}

describe('rows of several lengths', () => {
  const rows = [row(5, 6, 7), row(8)];

  test.each(['left', 'right'] as const)('padded on the %s come back without it', async (side) => {
    const session = await echo(
      [
        { name: 'input_ids', type: 'int64' },
        { name: 'attention_mask', type: 'int64' },
        { name: 'position_ids', type: 'int64' },
      ],
      { id: 100, side },
    );
    expect(await valuesOf(session, rows, 'input_ids_out', 'token')).toEqual([[5, 6, 7], [8]]);
    expect(await valuesOf(session, rows, 'input_ids_sum', 'text')).toEqual([[18], [208]]);
    expect(await valuesOf(session, rows, 'attention_mask_out', 'token')).toEqual([[1, 1, 1], [1]]);
    expect(await valuesOf(session, rows, 'attention_mask_sum', 'text')).toEqual([[3], [1]]);
    expect(await valuesOf(session, rows, 'position_ids_out', 'token')).toEqual([[0, 1, 2], [0]]);
  });

  test('are given in the types and under the names that the graph has', async () => {
    const session = await echo(
      [
        { name: 'ids', type: 'int64' },
        { name: 'input_mask', type: 'float16' },
        { name: 'segment_ids', type: 'float' },
      ],
      { id: 0, side: 'right' },
    );
    const typed = [{ ...row(5, 6), types: Uint8Array.of(0, 1) }];
    expect(await valuesOf(session, typed, 'input_mask_out', 'token')).toEqual([[1, 1]]);
    expect(await valuesOf(session, typed, 'segment_ids_out', 'token')).toEqual([[0, 1]]);
    expect(await session.shapes(row(1, 2, 3))).toContainEqual({ output: 'ids_out', dims: [1, 3] });
  });
});

test('an input that nobody knows is named', async () => {
  await expect(echo([{ name: 'pixel_values', type: 'float' }], { id: 0, side: 'right' })).rejects.toThrow(
    'the graph asks for an unknown input "pixel_values"',
  );
});

describe('numbers of 16 bits', () => {
  test.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x7bff, 65504],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('0x%s is %d', (bits, value) => {
    expect(fromFloat16(bits)).toBe(value);
  });

  test('hold whole numbers up to 2048', () => {
    for (let whole = 0; whole <= 2048; whole++) expect(fromFloat16(toFloat16(whole))).toBe(whole);
  });
});
