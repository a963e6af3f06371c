import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeGraph } from '../../../../src/runtime/models/graphs/index.js';
import { casesOf, copyOf, distance, editJson, fixture, load } from './support.js';

const graphsIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('.onnx'));

describe('the graph of a model', () => {
  test('is small, and lies beside the weights', () => {
    const folder = copyOf('modernbert-sequence');
    const { file, written } = writeGraph({ folder });
    expect(written).toBe(true);
    expect(dirname(file)).toBe(folder);
    expect(basename(file)).toMatch(/^model\.safetensors\.[0-9a-f]{8}\.v\d+-[0-9a-f]{16}\.onnx$/);
    expect(readFileSync(file).length).toBeLessThan(40_000);
  });

  test('is written once', () => {
    const folder = copyOf('bert-base');
    const first = writeGraph({ folder });
    utimesSync(first.file, 1, 1);
    const second = writeGraph({ folder });
    expect(second).toEqual({ ...first, written: false });
    expect(graphsIn(folder)).toEqual([basename(first.file)]);
  });

  test('is written anew if it was damaged', () => {
    const folder = copyOf('bert-base');
    const { file } = writeGraph({ folder });
    const whole = readFileSync(file);
    truncateSync(file, 100);
    expect(writeGraph({ folder }).written).toBe(true);
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  test('replaces the one of another configuration or version, and no other file', () => {
    const folder = copyOf('modernbert-sequence');
    const first = writeGraph({ folder });
    const older = first.file.replace(/\.v\d+-/, '.v0-');
    const others = ['model.onnx', 'model.safetensors.00000000.v1-0123456789abcdef.onnx'];
    for (const name of [basename(older), ...others]) writeFileSync(join(folder, name), 'x');
    editJson(join(folder, 'config.json'), { local_attention: 16 });
    const second = writeGraph({ folder });
    expect(second.file).not.toBe(first.file);
    expect(graphsIn(folder).sort()).toEqual([...others, basename(second.file)].sort());
  });

  test('does not replace that of an adapter over the same base', () => {
    const folder = copyOf('bert-base');
    const bare = writeGraph({ folder });
    const adapted = writeGraph({ folder, adapter: fixture('bert-adapter') });
    expect(graphsIn(folder).sort()).toEqual([bare.file, adapted.file].map((file) => basename(file)).sort());
  });

  test('lies with the blobs of a cache whose snapshots are symbolic links', async () => {
    const snapshot = join(copyOf('bert-sequence'));
    const blobs = join(dirname(snapshot), 'blobs');
    mkdirSync(blobs);
    for (const name of ['config.json', 'model.safetensors']) {
      renameSync(join(snapshot, name), join(blobs, `hash-of-${name}`));
      symlinkSync(join('..', 'blobs', `hash-of-${name}`), join(snapshot, name));
    }
    const graph = await load({ folder: snapshot });
    expect(dirname(graph.file)).toBe(blobs);
    expect(graphsIn(snapshot)).toEqual([]);
    const [row = { ids: [], output: [] }] = casesOf('bert-sequence');
    expect(distance((await graph.run([row]))[0] ?? [], row.output)).toBeLessThan(1e-4);
  });

  test('says which folder must be writable', () => {
    const folder = copyOf('bert-base');
    const { file } = writeGraph({ folder });
    // A folder in the graph's place: even an administrator can't rename a file onto it.
    renameSync(file, `${file}.away`);
    mkdirSync(join(file, 'x'), { recursive: true });
    expect(() => writeGraph({ folder })).toThrow(/The graph .*\.onnx can't be written/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
