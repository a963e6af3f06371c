import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { linkedFolder, writeGraph } from '../../../../src/runtime/models/graphs/index.js';
import { copyOf, temporaryFolder } from './support.js';

function source(): { root: string; files: string[]; spare: string } {
  const root = temporaryFolder();
  mkdirSync(join(root, 'onnx'));
  const files = [join(root, 'weights'), join(root, 'onnx', 'data')];
  for (const [i, file] of files.entries()) writeFileSync(file, `content ${i}`);
  return { root, files, spare: join(temporaryFolder(), 'spare') };
}

test('holds the files at their places without taking their room on disk again', () => {
  const { root, files, spare } = source();
  const folder = linkedFolder(root, files, spare);
  expect(readFileSync(join(folder, 'onnx', 'data'), 'utf8')).toBe('content 1');
  expect(statSync(join(folder, 'weights')).ino).toBe(statSync(join(root, 'weights')).ino);
  expect(linkedFolder(root, files, spare)).toBe(folder);
  expect(readdirSync(folder).sort()).toEqual(['onnx', 'weights']);
});

test('for a file that has changed is another one, and the old one goes', () => {
  const { root, files, spare } = source();
  const folder = linkedFolder(root, files, spare);
  rmSync(join(root, 'weights'));
  writeFileSync(join(root, 'weights'), 'changed!!');
  utimesSync(join(root, 'weights'), 1, 1);
  const other = linkedFolder(root, files, spare);
  expect(other).not.toBe(folder);
  expect(readFileSync(join(other, 'weights'), 'utf8')).toBe('changed!!');
  expect(readdirSync(spare)).toHaveLength(1);
});

test('of a model whose own folder cannot take the graph gets it instead', () => {
  const folder = copyOf('bert-sequence');
  const { file } = writeGraph({ folder });
  rmSync(file);
  // Nothing can be put where a folder is; unlike rights, that stops every user on every system.
  mkdirSync(file);
  expect(() => writeGraph({ folder })).toThrow(/can't be written/);
  const spare = join(temporaryFolder(), 'spare');
  const placed = writeGraph({ folder }, spare);
  expect(placed.file.startsWith(spare)).toBe(true);
  expect(placed.written).toBe(true);
  expect(writeGraph({ folder }, spare)).toMatchObject({ file: placed.file, written: false });
});
