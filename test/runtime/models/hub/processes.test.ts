/**
 * Two pulls of the same model, and one that is killed in the middle.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repositoryCache } from '../../../../src/runtime/models/hub/cache.js';
import { withLock } from '../../../../src/runtime/models/hub/lock.js';
import { compileSources } from '../../../support/compile-sources.js';
import { type HubServer, sha256 } from '../../../support/hub-server.js';
import { modelFiles, neededFiles, openBench, pull, repo, startHub, temporaryHome } from './support.js';

const large = sha256(modelFiles['onnx/model.onnx.data']);
// Below the repository, so that the compiled files find the packages.
const out = join(
  fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url)),
  `pull-child-${process.pid}`,
);
let script = '';

beforeAll(async () => {
  const at = (file: string) => compileSources(`src/runtime/models/${file}`, out);
  const [client, settings, pulling, catalog] = await Promise.all(
    ['hub/client.ts', 'hub/settings.ts', 'hub/pull.ts', 'catalog/catalog.ts'].map(at),
  );
  script = join(out, 'child.mjs');
  await writeFile(
    script,
    `import { createHubClient } from '${client}';
import { hubSettings } from '${settings}';
import { executePull, planPull } from '${pulling}';
import { openCatalog } from '${catalog}';
const client = createHubClient(hubSettings(process.env));
const plan = await planPull(client, openCatalog().resolve('${repo}'));
await executePull(client, plan);
await client.close();
`,
  );
});
afterAll(() => rm(out, { recursive: true, force: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** @param shell Arguments of a shell that starts it under a limit. */
function startChild(server: HubServer, home: string, shell?: readonly string[]): ChildProcess {
  const env = { PATH: process.env.PATH, HF_HOME: home, HF_ENDPOINT: server.url };
  const [command, words] = shell === undefined ? [process.execPath, []] : ['sh', shell];
  const child = spawn(command, [...words, script], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  return child;
}

/** Waits until `done` says so; the test's own time limit is the only one. */
async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function expectWhole(dir: string): Promise<void> {
  for (const path of neededFiles) {
    const right = Object.entries(modelFiles).find(([name]) => name === path)?.[1] ?? '';
    expect((await readFile(join(dir, path))).equals(Buffer.from(right))).toBe(true);
  }
}

describe('a pull that is killed', () => {
  it('leaves nothing that is taken for a model, and the next one goes on', async () => {
    const server = await startHub();
    // The large file stops half way, for as long as the child lives.
    server.fault = ({ path }) =>
      path.endsWith(large) ? { trickle: { bytes: 30_000, pauseMs: 40 } } : undefined;
    const home = await temporaryHome();
    const bench = await openBench(server, {}, home);
    const cache = repositoryCache(bench.cacheDir, repo);
    const partial = join(cache.blobs, `${large}.vllm-sr.incomplete`);
    const child = startChild(server, home);
    await until(async () => ((await stat(partial).catch(() => undefined))?.size ?? 0) > 60_000);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect(lstat(join(cache.blobs, large))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readFile(cache.ref('main'))).rejects.toMatchObject({ code: 'ENOENT' });
    // The lock of the dead process is still there.
    expect((await readdir(cache.locks)).some((name) => name.startsWith(large))).toBe(true);
    server.fault = () => undefined;
    server.log.length = 0;
    await expectWhole((await pull(bench.client)).dir);
    const asked = server.log.filter(({ host, path }) => host === 'content' && path.endsWith(large));
    expect(asked.map(({ headers }) => headers.range)).toEqual([expect.stringMatching(/^bytes=[1-9]\d+-$/)]);
    expect((await readdir(cache.blobs)).filter((name) => name.includes('incomplete'))).toEqual([]);
    expect(await readdir(cache.locks)).toEqual([]);
  });
});

describe('a disk without room', () => {
  it.skipIf(process.platform === 'win32')(
    'is told, what has come in is kept, and the next pull goes on',
    async () => {
      const server = await startHub();
      const home = await temporaryHome();
      // The limit on the size of files stands in for the end of the disk: 200 blocks of 512 or 1024 bytes.
      const child = startChild(server, home, ['-c', 'ulimit -f 200; exec "$0" "$@"', process.execPath]);
      let text = '';
      child.stderr?.on('data', (chunk) => {
        text += String(chunk);
      });
      const [code] = await once(child, 'exit');
      expect(code).toBe(1);
      expect(text).toContain('VSR_DISK_FULL');
      expect(text).toContain('HF_HUB_CACHE');
      await expectWhole((await pull((await openBench(server, {}, home)).client)).dir);
    },
  );
});

describe('two pulls of the same model', () => {
  it.each(['one process', 'two processes'])('in %s fetch every file once', async (where) => {
    const server = await startHub();
    server.fault = ({ host }) =>
      host === 'content' ? { trickle: { bytes: 50_000, pauseMs: 5 } } : undefined;
    const home = await temporaryHome();
    const benches = await Promise.all([openBench(server, {}, home), openBench(server, {}, home)]);
    if (where === 'two processes') {
      const codes = [startChild(server, home), startChild(server, home)].map((child) => once(child, 'exit'));
      expect((await Promise.all(codes)).map(([code]) => code)).toEqual([0, 0]);
    } else {
      await Promise.all(benches.map(({ client }) => pull(client)));
    }
    const contents = server.log.filter(({ host }) => host === 'content').map(({ path }) => path);
    expect(contents.sort()).toEqual([...new Set(contents)]);
    await expectWhole((await pull(benches[0].client)).dir);
  });
});

describe('the lock', () => {
  const timing = { touchMs: 10, staleMs: 100, pollMs: 5 };

  it('lets one in at a time', async () => {
    const path = join(await temporaryHome(), 'a.lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inside -= 1;
    };
    await Promise.all(
      Array.from({ length: 20 }, () => withLock(path, work, { timing: { ...timing, staleMs: 60_000 } })),
    );
    expect(most).toBe(1);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('is opened again when the work fails', async () => {
    const path = join(await temporaryHome(), 'a.lock');
    await expect(withLock(path, () => Promise.reject(new Error('broken')), { timing })).rejects.toThrow(
      'broken',
    );
    await expect(withLock(path, async () => 'next', { timing })).resolves.toBe('next');
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), id: 'x' })],
    ['another machine that fell silent', JSON.stringify({ pid: 1, host: 'elsewhere', id: 'x' })],
    ['nobody knows', ''],
  ])('of %s is taken over', async (_, content) => {
    const path = join(await temporaryHome(), 'a.lock');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await expect(withLock(path, async () => 'mine', { timing })).resolves.toBe('mine');
  });

  it('can be waited for no longer', async () => {
    const path = join(await temporaryHome(), 'a.lock');
    const controller = new AbortController();
    await withLock(path, async () => {
      const waiting = withLock(path, async () => 'never', {
        signal: controller.signal,
        timing: { ...timing, staleMs: 60_000 },
        onWait: () => controller.abort(),
      });
      await expect(waiting).rejects.toThrow(/abort/i);
    });
  });
});
