/** Runs the tiny models of test/fixtures/graphs. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { onTestFinished } from 'vitest';
import {
  type GraphSource,
  type WrittenGraph,
  writeGraph,
} from '../../../../src/runtime/models/graphs/index.js';

const fixtures = fileURLToPath(new URL('../../../fixtures/graphs/', import.meta.url));

export interface Row {
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  /** What transformers computed for the row alone. */
  readonly output: readonly number[];
}

export function casesOf(model: string, file = 'cases.json'): readonly Row[] {
  const { rows }: { rows: Row[] } = JSON.parse(readFileSync(join(fixtures, model, file), 'utf8'));
  return rows;
}

export function temporaryFolder(): string {
  // Without symbolic links, as graphs name their folders.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'graphs-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Not to be written into. */
export function fixture(model: string): string {
  return join(fixtures, model);
}

/** Puts a copy of a fixture into a folder. */
export function placeIn(folder: string, model: string): string {
  const place = join(folder, model);
  cpSync(fixture(model), place, { recursive: true });
  return place;
}

/** A copy that a test may change and write graphs into. */
export function copyOf(model: string): string {
  return placeIn(temporaryFolder(), model);
}

/** Changes the fields of a JSON file. */
export function editJson(file: string, fields: Readonly<Record<string, unknown>>): void {
  const values: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  // What is undefined is left out.
  writeFileSync(file, JSON.stringify({ ...values, ...fields }));
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface TensorData {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Rewrites a safetensors file with other tensors, and a header padded with spaces or not at all. */
export function editTensors(
  file: string,
  change: (tensors: Map<string, TensorData>) => void,
  padding = '',
): void {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, HeaderEntry> = JSON.parse(bytes.subarray(8, start).toString('utf8'));
  const tensors = new Map<string, TensorData>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = offsets;
    tensors.set(name, { dtype, shape, data: bytes.subarray(start + begin, start + end) });
  }
  change(tensors);
  writeFileSync(file, safetensors(tensors, padding));
}

/** @param padding spaces after the header. */
export function safetensors(tensors: ReadonlyMap<string, TensorData>, padding = ''): Uint8Array {
  const header: Record<string, HeaderEntry> = {};
  let at = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape: [...shape], data_offsets: [at, at + data.length] };
    at += data.length;
  }
  const json = Buffer.from(JSON.stringify(header) + padding);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...[...tensors.values()].map(({ data }) => data)]);
}

export interface LoadedGraph extends WrittenGraph {
  /** Floats of the first output, or of the one named, per row; those of padding are left out. */
  run(rows: readonly Row[], options?: RunOptions): Promise<number[][]>;
}

export interface RunOptions {
  /** Columns of padding after the longest row. */
  readonly padding?: number;
  /** What padding holds. */
  readonly filler?: number;
  readonly output?: number;
  /** Per row. */
  readonly adapters?: readonly number[];
}

export async function load(source: GraphSource): Promise<LoadedGraph> {
  const graph = writeGraph(source);
  const session = await InferenceSession.create(graph.file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  onTestFinished(() => session.release());
  const run = async (rows: readonly Row[], options: RunOptions = {}): Promise<number[][]> => {
    const { padding = 0, filler = 0, output = 0, adapters } = options;
    const width = Math.max(...rows.map(({ ids }) => ids.length)) + padding;
    const feeds: Record<string, Tensor> = {};
    for (const input of graph.inputs) {
      const values =
        input === 'adapter_index'
          ? (adapters ?? [])
          : rows.flatMap((row) => padded(valuesOf(input, row), width, input === 'input_ids' ? filler : 0));
      const data = BigInt64Array.from(values, (value) => BigInt(value));
      feeds[input] = new Tensor(
        'int64',
        data,
        input === 'adapter_index' ? [rows.length] : [rows.length, width],
      );
    }
    const results = await session.run(feeds);
    const wanted = graph.outputs[output];
    const data = wanted === undefined ? undefined : results[wanted.name]?.data;
    if (wanted === undefined || !(data instanceof Float32Array)) throw new Error('no such output');
    const units = wanted.kind === 'token' ? width : 1;
    return rows.map(({ ids }, row) => {
      const start = row * units * wanted.size;
      return [...data.subarray(start, start + (units === 1 ? 1 : ids.length) * wanted.size)];
    });
  };
  return { ...graph, run };
}

function valuesOf(input: string, { ids, types }: Row): readonly number[] {
  if (input === 'input_ids') return ids;
  return input === 'attention_mask' ? ids.map(() => 1) : (types ?? ids.map(() => 0));
}

function padded(values: readonly number[], width: number, filler: number): number[] {
  return [...values, ...Array<number>(width - values.length).fill(filler)];
}

/** Infinity if the lengths differ or a value is no number. */
export function distance(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const most = found.reduce((so, value, i) => Math.max(so, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : most;
}
