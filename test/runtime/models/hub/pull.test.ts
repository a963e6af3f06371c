import { lstat, mkdir, readdir, readFile, readlink, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCatalog } from '../../../../src/runtime/models/catalog/catalog.js';
import { repositoryCache } from '../../../../src/runtime/models/hub/cache.js';
import { findLocal, modelFolder } from '../../../../src/runtime/models/hub/local-models.js';
import { bytesOf, commitOf, gitHash, repoOf, sha256 } from '../../../support/hub-server.js';
import { modelFiles, neededFiles, openBench, pull, repo, startHub } from './support.js';

const entry = openCatalog().resolve(repo);

describe('pulling a model', () => {
  it('downloads what is needed and nothing else', async () => {
    const server = await startHub();
    const { client } = await openBench(server);
    const { files } = await pull(client);
    expect(files.map(({ path }) => path).sort()).toEqual(neededFiles);
    const asked = server.downloads().map(({ path }) => path);
    for (const path of ['README.md', 'model.safetensors', 'pytorch_model.bin', 'model_fa_fp16.onnx']) {
      expect(asked.some((each) => each.endsWith(path))).toBe(false);
    }
  });

  it('lays the cache out as other tools do', async () => {
    const server = await startHub();
    const { client, cacheDir } = await openBench(server);
    const { commit } = await pull(client);
    const dir = join(cacheDir, 'models--acme--model');
    expect(await readFile(join(dir, 'refs', 'main'), 'utf8')).toBe(commit);
    const blobs = await readdir(join(dir, 'blobs'));
    expect(blobs.sort()).toEqual(
      [
        ...[modelFiles['onnx/model.onnx'], modelFiles['onnx/model.onnx.data']].map(sha256),
        ...[modelFiles['config.json'], modelFiles['tokenizer.json'], modelFiles['label_mapping.json']].map(
          (text) => gitHash(Buffer.from(text)),
        ),
      ].sort(),
    );
    const link = join(dir, 'snapshots', commit, 'onnx', 'model.onnx');
    expect(await readFile(link)).toEqual(modelFiles['onnx/model.onnx']);
    if (process.platform !== 'win32') {
      expect(await readlink(link)).toBe(
        join('..', '..', '..', 'blobs', sha256(modelFiles['onnx/model.onnx'])),
      );
    }
  });

  it('hands out real files side by side', async () => {
    const server = await startHub();
    const { client } = await openBench(server);
    const { dir } = await pull(client);
    for (const path of neededFiles) expect((await lstat(join(dir, path))).isFile()).toBe(true);
    expect(await readFile(join(dir, 'onnx/model.onnx.data'))).toEqual(modelFiles['onnx/model.onnx.data']);
  });

  it('asks for no content a second time', async () => {
    const server = await startHub();
    const { client } = await openBench(server);
    const first = await pull(client);
    server.log.length = 0;
    expect((await pull(client)).dir).toBe(first.dir);
    expect(server.downloads()).toEqual([]);
  });

  it('fetches a new commit, and from it only what changed', async () => {
    const server = await startHub();
    const { client } = await openBench(server);
    const first = await pull(client);
    const changed = { ...modelFiles, 'config.json': '{"model_type": "modernbert"}' };
    server.repos.set(repo, { commits: [commitOf(modelFiles, '1'), commitOf(changed, '2')] });
    server.log.length = 0;
    const second = await pull(client);
    expect(second.commit).not.toBe(first.commit);
    expect(server.downloads().map(({ path }) => path)).toEqual([
      `/acme/model/resolve/${second.commit}/config.json`,
    ]);
    expect(await readFile(join(second.dir, 'config.json'), 'utf8')).toBe(changed['config.json']);
    expect(await readFile(join(first.dir, 'config.json'), 'utf8')).toBe(modelFiles['config.json']);
  });

  it('takes external data under a name that only the graph says', async () => {
    const server = await startHub();
    const entryOf = (key: string, value: string) =>
      Buffer.concat([
        Buffer.from([0x0a, key.length]),
        Buffer.from(key),
        Buffer.from([0x12, value.length]),
        Buffer.from(value),
      ]);
    const graph = Buffer.concat([
      bytesOf('head', 100),
      entryOf('location', 'weights.bin'),
      entryOf('offset', '0'),
      entryOf('location', '../../secret'),
    ]);
    server.repos.set(
      repo,
      repoOf({ ...modelFiles, 'onnx/model.onnx': graph, 'onnx/weights.bin': bytesOf('w', 999) }),
    );
    const { client } = await openBench(server);
    const { dir, files } = await pull(client);
    expect(files.map(({ path }) => path)).toContain('onnx/weights.bin');
    expect((await lstat(join(dir, 'onnx/weights.bin'))).size).toBe(999);
  });

  it('takes safetensors where there is no graph, in pieces too', async () => {
    const server = await startHub();
    const { 'config.json': config, 'tokenizer.json': tokenizer } = modelFiles;
    server.repos.set(
      repo,
      repoOf({
        'config.json': config,
        'tokenizer.json': tokenizer,
        'model.safetensors.index.json': '{}',
        'model-00001-of-00002.safetensors': bytesOf('a', 100),
        'model-00002-of-00002.safetensors': bytesOf('b', 100),
      }),
    );
    const { client } = await openBench(server);
    expect((await pull(client)).files.filter(({ role }) => role === 'weights')).toHaveLength(3);
  });

  it('says what a repository lacks', async () => {
    const server = await startHub();
    server.repos.set(repo, repoOf({ 'config.json': '{}', 'pytorch_model.bin': bytesOf('x', 10) }));
    const { client } = await openBench(server);
    await expect(pull(client)).rejects.toMatchObject({
      code: 'VSR_MODEL_FILES_MISSING',
      message: expect.stringContaining('pytorch_model.bin'),
      hint: expect.stringContaining('optimum-cli export onnx'),
    });
  });

  it('reads listings of several pages, follows renames, and does without a tree', async () => {
    const server = await startHub();
    server.pageSize = 2;
    server.repos.set('old/name', { commits: [], renamedTo: repo });
    const { client } = await openBench(server);
    expect((await pull(client, {}, 'old/name')).files).toHaveLength(neededFiles.length);
    server.hasTree = false;
    const other = await openBench(server);
    expect((await pull(other.client)).files).toHaveLength(neededFiles.length);
  });

  it('reads pages that are linked by relative addresses', async () => {
    const server = await startHub();
    server.pageSize = 2;
    server.tersePages = true;
    const { client } = await openBench(server);
    expect((await pull(client)).files).toHaveLength(neededFiles.length);
  });

  it('reads listings that come compressed', async () => {
    const server = await startHub();
    server.packedListing = true;
    const { client } = await openBench(server);
    expect((await pull(client)).files).toHaveLength(neededFiles.length);
  });

  it('pulls a branch with a slash, a tag and a commit', async () => {
    const server = await startHub();
    const commits = [
      commitOf(modelFiles, 'old'),
      commitOf({ ...modelFiles, 'config.json': '{"new": 1}' }, 'new'),
    ];
    const old = commits[0]?.sha ?? '';
    server.repos.set(repo, { commits, branches: { 'refs/pr/1': old } });
    const { client, cacheDir } = await openBench(server);
    const { planPull, executePull } = await import('../../../../src/runtime/models/hub/pull.js');
    const pulled = await executePull(client, await planPull(client, entry, 'refs/pr/1'));
    expect(pulled.commit).toBe(old);
    expect(await readFile(join(cacheDir, 'models--acme--model', 'refs', 'refs', 'pr', '1'), 'utf8')).toBe(
      old,
    );
    expect((await executePull(client, await planPull(client, entry, old))).dir).toBe(pulled.dir);
    expect(await findLocal(entry, client.settings, { revision: 'refs/pr/1' })).toMatchObject({
      kind: 'cached',
    });
    expect(await findLocal(entry, client.settings)).toBeUndefined();
  });

  it('refuses file names that lead out of the cache', async () => {
    const server = await startHub();
    server.repos.set(repo, repoOf({ ...modelFiles, '../../escape_mapping.json': '{}' }));
    const { client } = await openBench(server);
    await expect(pull(client)).rejects.toMatchObject({ code: 'VSR_HUB_ANSWER_INVALID' });
  });
});

describe.skipIf(process.platform === 'win32')('a cache of other tools', () => {
  /** As Hugging Face's Python library leaves it. */
  async function foreignCache(cacheDir: string, commit: string): Promise<void> {
    const cache = repositoryCache(cacheDir, repo);
    for (const path of neededFiles) {
      const content = Buffer.from(Object.entries(modelFiles).find(([name]) => name === path)?.[1] ?? '');
      const blob = join(cache.blobs, path.startsWith('onnx/') ? sha256(content) : gitHash(content));
      const link = join(cache.snapshot(commit), path);
      await mkdir(dirname(blob), { recursive: true });
      await mkdir(dirname(link), { recursive: true });
      await writeFile(blob, content);
      await symlink(relative(dirname(link), blob), link);
    }
    await mkdir(join(cache.dir, 'refs'), { recursive: true });
    await writeFile(cache.ref('main'), commit);
  }

  it('is used without the hub, by way of real files', async () => {
    const { client, cacheDir } = await openBench(undefined, { HF_HUB_OFFLINE: '1' });
    await foreignCache(cacheDir, 'a'.repeat(40));
    const found = await findLocal(entry, client.settings);
    expect(found).toMatchObject({ kind: 'cached', commit: 'a'.repeat(40) });
    if (found === undefined) return;
    const dir = await modelFolder(found, client.settings);
    expect((await lstat(join(dir, 'onnx/model.onnx.data'))).isFile()).toBe(true);
  });

  it('saves every download of the same content', async () => {
    const server = await startHub();
    const { client, cacheDir } = await openBench(server);
    await foreignCache(cacheDir, server.repos.get(repo)?.commits[0]?.sha ?? '');
    await pull(client);
    expect(server.downloads()).toEqual([]);
  });

  it('is mended where a file has been spoiled', async () => {
    const server = await startHub();
    const { client, cacheDir } = await openBench(server);
    await foreignCache(cacheDir, server.repos.get(repo)?.commits[0]?.sha ?? '');
    const blob = join(repositoryCache(cacheDir, repo).blobs, sha256(modelFiles['onnx/model.onnx']));
    await writeFile(blob, bytesOf('spoiled', 3_000));
    const { dir } = await pull(client);
    expect(await readFile(join(dir, 'onnx/model.onnx'))).toEqual(modelFiles['onnx/model.onnx']);
  });
});

it('mends a file that changed after it was checked', async () => {
  const server = await startHub();
  const { client, cacheDir } = await openBench(server);
  await pull(client);
  const blob = join(repositoryCache(cacheDir, repo).blobs, sha256(modelFiles['onnx/model.onnx']));
  await writeFile(blob, bytesOf('spoiled', 3_000));
  await utimes(blob, new Date(0), new Date(0));
  const { dir } = await pull(client);
  expect(await readFile(join(dir, 'onnx/model.onnx'))).toEqual(modelFiles['onnx/model.onnx']);
});
