import { chmod, lstat, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { replaceFile } from '../../../src/runtime/files/replace.js';

const posix = process.platform !== 'win32';

describe('replacing a file', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vsr-replace-'));
  });

  test('leaves the new content and nothing else', async () => {
    const file = join(dir, 'config.yaml');
    await replaceFile(file, 'one');
    await replaceFile(file, 'two');
    expect(await readFile(file, 'utf8')).toBe('two');
    expect(await readdir(dir)).toEqual(['config.yaml']);
  });

  test.runIf(posix)('keeps the mode: a file that hides secrets goes on hiding them', async () => {
    const file = join(dir, 'config.yaml');
    await writeFile(file, 'one');
    await chmod(file, 0o600);
    await replaceFile(file, 'two');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test.runIf(posix)('writes to what a link leads to', async () => {
    await writeFile(join(dir, 'real.yaml'), 'one');
    await symlink('real.yaml', join(dir, 'config.yaml'));
    await replaceFile(join(dir, 'config.yaml'), 'two');
    expect((await lstat(join(dir, 'config.yaml'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(dir, 'real.yaml'), 'utf8')).toBe('two');
  });

  test.runIf(posix)('writes to a device and leaves it one', async () => {
    await replaceFile(devNull, 'gone');
    expect((await stat(devNull)).isCharacterDevice()).toBe(true);
  });

  test('fails with the code of the system, and leaves no draft', async () => {
    await expect(replaceFile(join(dir, 'none', 'config.yaml'), 'one')).rejects.toMatchObject({
      code: 'ENOENT',
    });
    await expect(replaceFile(dir, 'one')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(dir)).toEqual([]);
  });
});
