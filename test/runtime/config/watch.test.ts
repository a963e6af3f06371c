import { mkdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type FileWatch, watchFile } from '../../../src/runtime/config/watch.js';
import { temporaryFolder } from '../../commands/run-cli.js';

const watches: FileWatch[] = [];
afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
});

interface Counted {
  readonly calls: number;
}

/** Watches and counts, once the first state of the file is known. */
async function counted(file: string, pollMs = 60_000): Promise<Counted> {
  const state = { calls: 0 };
  watches.push(
    watchFile(
      file,
      () => {
        state.calls += 1;
      },
      { quietMs: 20, pollMs, goneMs: 60 },
    ),
  );
  await pause(100);
  return state;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

describe('a watched file', () => {
  it('is reported when it is written in place', async () => {
    const file = join(await temporaryFolder(), 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    await writeFile(file, 'bb');
    await expect.poll(() => seen.calls).toBe(1);
    await writeFile(file, 'ccc');
    await expect.poll(() => seen.calls).toBe(2);
  });

  it('is reported when another file takes its name, again and again', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    for (const round of [1, 2, 3]) {
      await writeFile(join(folder, '.config.yaml.swp'), `round ${round}`);
      await rename(join(folder, '.config.yaml.swp'), file);
      await expect.poll(() => seen.calls).toBe(round);
    }
  });

  it('is reported once for a burst of writes', async () => {
    const file = join(await temporaryFolder(), 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    for (let at = 0; at < 20; at++) await writeFile(file, 'x'.repeat(at + 2));
    await expect.poll(() => seen.calls).toBeGreaterThan(0);
    await pause(150);
    expect(seen.calls).toBe(1);
  });

  it('is not reported when other files of its folder change', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    await writeFile(join(folder, 'other.yaml'), 'b');
    await pause(150);
    expect(seen.calls).toBe(0);
  });

  it.skipIf(process.platform === 'win32')(
    'is reported when the link of a mounted folder is replaced',
    async () => {
      const folder = await temporaryFolder();
      for (const version of ['..1', '..2', '..3']) {
        await mkdir(join(folder, version));
        await writeFile(join(folder, version, 'config.yaml'), version);
      }
      await symlink('..1', join(folder, '..data'));
      const file = join(folder, 'config.yaml');
      await symlink(join('..data', 'config.yaml'), file);
      const seen = await counted(file);
      for (const [index, version] of ['..2', '..3'].entries()) {
        await symlink(version, join(folder, '..data_tmp'));
        await rename(join(folder, '..data_tmp'), join(folder, '..data'));
        await expect.poll(() => seen.calls).toBe(index + 1);
      }
    },
  );

  it.skipIf(process.platform === 'win32')('is reported when the file behind a link is written', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'elsewhere'));
    await writeFile(join(folder, 'elsewhere', 'real.yaml'), 'a');
    await symlink(join('elsewhere', 'real.yaml'), join(folder, 'config.yaml'));
    const seen = await counted(join(folder, 'config.yaml'));
    await writeFile(join(folder, 'elsewhere', 'real.yaml'), 'bb');
    await expect.poll(() => seen.calls).toBe(1);
  });

  it('is reported when it is gone for good, and when it is back', async () => {
    const file = join(await temporaryFolder(), 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    await unlink(file);
    await expect.poll(() => seen.calls).toBe(1);
    await writeFile(file, 'b');
    await expect.poll(() => seen.calls).toBe(2);
  });

  it('is found without events, by looking now and then', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'later', 'config.yaml');
    const seen = await counted(file, 20);
    await mkdir(join(folder, 'later'));
    await writeFile(file, 'a');
    await expect.poll(() => seen.calls).toBeGreaterThan(0);
  });

  it('is not reported any more after the end', async () => {
    const file = join(await temporaryFolder(), 'config.yaml');
    await writeFile(file, 'a');
    const seen = await counted(file);
    await writeFile(file, 'bb');
    for (const watch of watches) watch.close();
    await pause(100);
    expect(seen.calls).toBe(0);
  });
});
