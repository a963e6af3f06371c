import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { replaceKeepingOld, writeNewFile } from '../../src/commands/write-file.js';

describe('writing files', () => {
  let file: string;
  beforeEach(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'vsr-write-')), 'config.yaml');
  });

  test('what is there is left as it is, unless it may be overwritten', async () => {
    await writeNewFile(file, 'one', { overwrite: false });
    await expect(writeNewFile(file, 'two', { overwrite: false })).rejects.toMatchObject({
      code: 'VSR_FILE_EXISTS',
    });
    expect(await readFile(file, 'utf8')).toBe('one');
    await writeNewFile(file, 'two', { overwrite: true });
    expect(await readFile(file, 'utf8')).toBe('two');
  });

  test('a folder that is not there is told without the name of a draft', async () => {
    for (const overwrite of [true, false]) {
      await expect(writeNewFile(join(file, 'none', 'x.yaml'), 'one', { overwrite })).rejects.toMatchObject({
        code: 'VSR_FILE_UNWRITABLE',
        message: expect.not.stringContaining('.tmp'),
      });
    }
  });

  test('an old one is kept under a name that is free, and is as hidden as the file', async () => {
    await writeFile(file, 'one');
    await chmod(file, 0o600);
    const kept = [await replaceKeepingOld(file, 'one', 'two'), await replaceKeepingOld(file, 'two', 'three')];
    expect(kept).toEqual([`${file}.bak`, `${file}.bak1`]);
    expect(await Promise.all([file, ...kept].map((each) => readFile(each, 'utf8')))).toEqual([
      'three',
      'one',
      'two',
    ]);
    if (process.platform !== 'win32') {
      for (const each of [file, ...kept]) expect((await stat(each)).mode & 0o777).toBe(0o600);
    }
  });
});
