import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isVsrError } from '../../../../src/runtime/errors.js';
import { repositoryCache } from '../../../../src/runtime/models/hub/cache.js';
import { defaultRetryPolicy } from '../../../../src/runtime/models/hub/retry.js';
import { bytesOf, type Fault, type LoggedRequest, repoOf, sha256 } from '../../../support/hub-server.js';
import { startProxy } from '../../../support/proxy-server.js';
import { type Bench, modelFiles, neededFiles, openBench, pull, repo, startHub } from './support.js';

/** The requests of one pull, by what they are for. */
const steps = {
  'the repository': ({ path }) => /\/revision\//.test(path),
  'the list of files': ({ path }) => path.includes('/tree/'),
  'a small file': ({ path }) => path.endsWith('/config.json'),
  'the address of a large file': ({ path }) => path.endsWith('model.onnx.data'),
  'the content of a large file': ({ host }) => host === 'content',
} as const satisfies Record<string, (request: LoggedRequest) => boolean>;

const everyStep = Object.entries(steps);

/** The first `times` requests of a step fail. */
function failing(step: (request: LoggedRequest) => boolean, fault: Fault, times = Number.POSITIVE_INFINITY) {
  let count = 0;
  return (request: LoggedRequest) => (step(request) && ++count <= times ? fault : undefined);
}

async function expectWhole(dir: string): Promise<void> {
  for (const path of neededFiles) {
    const right = Object.entries(modelFiles).find(([name]) => name === path)?.[1] ?? '';
    expect((await readFile(join(dir, path))).equals(Buffer.from(right))).toBe(true);
  }
}

/** Nothing carries the name of a content that it does not have, whatever happened. */
async function expectSound({ cacheDir }: Bench): Promise<void> {
  const { blobs } = repositoryCache(cacheDir, repo);
  for (const name of await readdir(blobs).catch(() => [])) {
    if (name.length !== 64 || name.includes('.')) continue;
    expect(sha256(await readFile(join(blobs, name)))).toBe(name);
  }
}

async function failureOf(bench: Bench): Promise<{ code: string; message: string; hint: string }> {
  try {
    await pull(bench.client);
  } catch (error) {
    if (!isVsrError(error)) throw error;
    await expectSound(bench);
    return { code: error.code, message: error.message, hint: error.hint ?? '' };
  }
  throw new Error('the pull succeeded');
}

describe.each(everyStep)('at %s', (_, step) => {
  it.each([500, 502, 503, 504, 408, 429])('a passing %i is waited out', async (status) => {
    const server = await startHub();
    server.fault = failing(step, { status }, 2);
    const bench = await openBench(server);
    await expectWhole((await pull(bench.client)).dir);
    expect(bench.waits.length).toBeGreaterThan(1);
  });

  it('a lasting 503 is told, and the next pull succeeds', async () => {
    const server = await startHub();
    server.fault = failing(step, { status: 503, headers: { 'retry-after': '1' } });
    const bench = await openBench(server);
    expect(await failureOf(bench)).toMatchObject({
      code: 'VSR_HUB_SERVER_ERROR',
      message: expect.stringContaining('503'),
    });
    server.fault = () => undefined;
    await expectWhole((await pull(bench.client)).dir);
  });

  it('429 is waited for as long as it asks', async () => {
    const server = await startHub();
    server.fault = failing(step, { status: 429, headers: { 'retry-after': '37' } }, 1);
    const bench = await openBench(server);
    await pull(bench.client);
    expect(bench.waits).toContain(37_000);
  });

  it('429 without end is told, and so is one that asks for too long', async () => {
    const server = await startHub();
    server.fault = failing(step, { status: 429, headers: { 'retry-after': '2' } });
    const bench = await openBench(server);
    expect(await failureOf(bench)).toMatchObject({
      code: 'VSR_HUB_RATE_LIMITED',
      hint: expect.stringContaining('HF_TOKEN'),
    });
    server.fault = failing(step, { status: 429, headers: { 'retry-after': '86400' } });
    const other = await openBench(server);
    expect(await failureOf(other)).toMatchObject({
      code: 'VSR_HUB_RATE_LIMITED',
      message: expect.stringContaining('86400 seconds'),
    });
    expect(other.waits.filter((ms) => ms > 300_000)).toEqual([]);
  });

  it('a connection that is reset once is opened again', async () => {
    const server = await startHub();
    server.fault = failing(step, { cutAfter: 0 }, 2);
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });

  it('a connection that is always reset is told, and the next pull succeeds', async () => {
    const server = await startHub();
    server.fault = failing(step, { cutAfter: 0 });
    const bench = await openBench(server);
    expect(await failureOf(bench)).toMatchObject({ code: 'VSR_HUB_INTERRUPTED' });
    server.fault = () => undefined;
    await expectWhole((await pull(bench.client)).dir);
  });

  it('401 and 403 ask for a token or another one', async () => {
    const server = await startHub();
    server.fault = failing(step, { status: 403 });
    const found = await failureOf(await openBench(server));
    if (_ === 'the content of a large file') expect(found.code).toBe('VSR_HUB_ANSWER_INVALID');
    else
      expect(found).toMatchObject({
        code: 'VSR_HUB_UNAUTHORIZED',
        hint: expect.stringContaining('HF_TOKEN'),
      });
  });

  it('silence ends by time', async () => {
    const server = await startHub();
    server.fault = failing(step, { silent: true });
    const bench = await openBench(server, { HF_HUB_DOWNLOAD_TIMEOUT: '0.05' });
    expect((await failureOf(bench)).code).toMatch(/^VSR_HUB_(?:UNREACHABLE|INTERRUPTED)$/);
  });
});

describe('what a hub refuses', () => {
  it('gated: names the page of the licence, with and without a token', async () => {
    const server = await startHub();
    server.repos.set(repo, { ...repoOf(modelFiles), gated: true, granted: ['hf_good'] });
    const page = `${server.url}/${repo}`;
    expect(await failureOf(await openBench(server))).toMatchObject({
      code: 'VSR_HUB_GATED',
      hint: expect.stringMatching(new RegExp(`${page}.*HF_TOKEN`)),
    });
    expect(await failureOf(await openBench(server, { HF_TOKEN: 'hf_other' }))).toMatchObject({
      code: 'VSR_HUB_GATED',
      hint: expect.stringContaining(page),
    });
    await expectWhole((await pull((await openBench(server, { HF_TOKEN: 'hf_good' })).client)).dir);
  });

  it('a repository that is not there, or private', async () => {
    const server = await startHub();
    server.repos.set(repo, { ...repoOf(modelFiles), private: true, granted: ['hf_good'] });
    expect(await failureOf(await openBench(server))).toMatchObject({ code: 'VSR_HUB_REPO_NOT_FOUND' });
    server.repos.delete(repo);
    expect(await failureOf(await openBench(server, { HF_TOKEN: 'hf_x' }))).toMatchObject({
      code: 'VSR_HUB_REPO_NOT_FOUND',
    });
  });

  it('a revision that is not there, also where no header says so', async () => {
    const server = await startHub();
    const { planPull } = await import('../../../../src/runtime/models/hub/pull.js');
    const { openCatalog } = await import('../../../../src/runtime/models/catalog/catalog.js');
    const entry = openCatalog().resolve(repo);
    const { client } = await openBench(server);
    const missing = { code: 'VSR_HUB_REVISION_NOT_FOUND', message: expect.stringContaining('`v9`') };
    await expect(planPull(client, entry, 'v9')).rejects.toMatchObject(missing);
    server.fault = failing(steps['the repository'], { status: 404 });
    await expect(planPull(client, entry, 'v9')).rejects.toMatchObject(missing);
  });

  it('a file that is listed and gone', async () => {
    const server = await startHub();
    server.fault = failing(steps['a small file'], {
      status: 404,
      headers: { 'x-error-code': 'EntryNotFound' },
    });
    expect(await failureOf(await openBench(server))).toMatchObject({
      code: 'VSR_HUB_FILE_NOT_FOUND',
      message: expect.stringContaining('config.json'),
    });
  });

  it('answers that no hub sends', async () => {
    const server = await startHub();
    server.fault = failing(steps['the repository'], { status: 200, body: '<html>Please log in</html>' });
    expect(await failureOf(await openBench(server))).toMatchObject({ code: 'VSR_HUB_ANSWER_INVALID' });
    server.fault = failing(steps['the list of files'], { status: 200, body: '{"a": 1}' });
    expect(await failureOf(await openBench(server))).toMatchObject({ code: 'VSR_HUB_ANSWER_INVALID' });
  });

  it('a certificate that nobody vouches for', async () => {
    const server = createTlsServer((_, response) => response.end('{}'));
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', () => done());
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      expect(
        await failureOf(await openBench(undefined, { HF_ENDPOINT: `https://127.0.0.1:${port}` })),
      ).toMatchObject({
        code: 'VSR_HUB_TLS',
        hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('nobody listens', async () => {
    expect(await failureOf(await openBench(undefined, { HF_ENDPOINT: 'http://127.0.0.1:9' }))).toMatchObject({
      code: 'VSR_HUB_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('a download that is cut', () => {
  const content = steps['the content of a large file'];
  const data = (request: LoggedRequest) =>
    content(request) && request.path.endsWith(sha256(modelFiles['onnx/model.onnx.data']));
  const ranges = (log: readonly LoggedRequest[]) => log.filter(data).map(({ headers }) => headers.range);

  it('goes on where it stopped', async () => {
    const server = await startHub();
    server.fault = failing(data, { cutAfter: 100_000 }, 2);
    await expectWhole((await pull((await openBench(server)).client)).dir);
    const [first, second, third] = ranges(server.log);
    expect(first).toBeUndefined();
    expect(second).toMatch(/^bytes=\d+-$/);
    expect(third).toMatch(/^bytes=\d+-$/);
    expect(Number(third?.slice(6, -1))).toBeGreaterThan(Number(second?.slice(6, -1)));
    expect(server.log.filter(data)[1]?.headers['if-range']).toMatch(/^"\w+"$/);
  });

  it('goes on in the next pull, of another process too', async () => {
    const server = await startHub();
    server.fault = failing(data, { cutAfter: 100_000 }, 1);
    const bench = await openBench(server, {});
    // The first pull sees nothing but resets after that.
    let cut = 0;
    server.fault = (request) =>
      data(request) ? (++cut === 1 ? { cutAfter: 100_000 } : { cutAfter: 0 }) : undefined;
    expect(await failureOf(bench)).toMatchObject({
      code: 'VSR_HUB_INTERRUPTED',
      hint: expect.stringContaining('where it stopped'),
    });
    server.fault = () => undefined;
    server.log.length = 0;
    const next = await openBench(server, {}, bench.home);
    await expectWhole((await pull(next.client)).dir);
    expect(ranges(server.log)).toEqual([expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  it('starts over where the server knows no ranges', async () => {
    const server = await startHub();
    let count = 0;
    server.fault = (request) =>
      data(request) ? { ignoreRange: true, ...(++count <= 2 && { cutAfter: 100_000 }) } : undefined;
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });

  it('starts over where the file has changed meanwhile', async () => {
    const server = await startHub();
    let count = 0;
    // Another file, with another ETag, until the cut; `If-Range` then asks for all of the right one.
    server.fault = (request) =>
      data(request) && ++count === 1 ? { cutAfter: 100_000, content: 'garbled', etag: '"other"' } : undefined;
    await expectWhole((await pull((await openBench(server)).client)).dir);
    expect(server.log.filter(data)).toHaveLength(2);
  });

  it('starts over where the part is of no use and nothing said so', async () => {
    const server = await startHub();
    let count = 0;
    server.fault = (request) =>
      data(request)
        ? { noEtag: true, ...(++count === 1 && { cutAfter: 100_000, content: 'garbled' }) }
        : undefined;
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });

  it('is noticed where the body just ends', async () => {
    const server = await startHub();
    server.fault = failing(data, { endAfter: 100_000 }, 1);
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });

  it('of a part that is too long starts over', async () => {
    const server = await startHub();
    const bench = await openBench(server);
    const { blobs } = repositoryCache(bench.cacheDir, repo);
    const { mkdir } = await import('node:fs/promises');
    await mkdir(blobs, { recursive: true });
    await writeFile(
      join(blobs, `${sha256(modelFiles['onnx/model.onnx.data'])}.vllm-sr.incomplete`),
      bytesOf('too long', 400_000),
    );
    await expectWhole((await pull(bench.client)).dir);
  });

  it('slowly, byte by byte, arrives all the same', async () => {
    const server = await startHub();
    server.fault = (request) => (content(request) ? { trickle: { bytes: 50_000, pauseMs: 1 } } : undefined);
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });
});

describe('content that comes compressed', () => {
  it('is unpacked, small and large', async () => {
    const server = await startHub();
    server.fault = ({ host, path }) =>
      host === 'content' || path.endsWith('.json') ? { packed: true } : undefined;
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });

  it('is fetched to the end after a cut', async () => {
    const server = await startHub();
    let count = 0;
    server.fault = ({ host }) =>
      host === 'content' ? { packed: true, ...(++count <= 2 && { cutAfter: 100_000 }) } : undefined;
    await expectWhole((await pull((await openBench(server)).client)).dir);
  });
});

describe('wrong content', () => {
  it.each([
    ['too much', 300_004],
    ['too little', 299_990],
  ])('%s of it once is fetched again', async (_, length) => {
    const server = await startHub();
    const data = ({ host, path }: LoggedRequest) =>
      host === 'content' && path.endsWith(sha256(modelFiles['onnx/model.onnx.data']));
    server.fault = failing(data, { content: bytesOf('data', length) }, 1);
    await expectWhole((await pull((await openBench(server)).client)).dir);
    expect(server.log.filter(data)).toHaveLength(2);
  });

  it.each(['a small file', 'the content of a large file'] as const)(
    'of %s once is fetched again',
    async (name) => {
      const server = await startHub();
      server.fault = failing(steps[name], { content: 'garbled' }, 1);
      await expectWhole((await pull((await openBench(server)).client)).dir);
    },
  );

  it.each(['a small file', 'the content of a large file'] as const)(
    'of %s never gets its name',
    async (name) => {
      const server = await startHub();
      server.fault = failing(steps[name], { content: 'garbled' });
      const bench = await openBench(server);
      expect(await failureOf(bench)).toMatchObject({ code: 'VSR_HUB_CHECKSUM' });
      server.fault = () => undefined;
      await expectWhole((await pull(bench.client)).dir);
    },
  );

  it.each([10, 400_000])('of another length (%i bytes) is refused', async (length) => {
    const server = await startHub();
    server.fault = failing(steps['the content of a large file'], { content: bytesOf('other', length) });
    const bench = await openBench(server);
    expect(await failureOf(bench)).toMatchObject({ code: 'VSR_HUB_CHECKSUM' });
  });
});

describe('the token', () => {
  const token = 'hf_very_secret';

  it('goes to the hub and to no other host', async () => {
    const server = await startHub();
    await pull((await openBench(server, { HF_TOKEN: token })).client);
    const ours = server.log.filter(({ host }) => host === 'hub');
    const others = server.log.filter(({ host }) => host === 'content');
    expect(ours.length).toBeGreaterThan(3);
    expect(others.length).toBeGreaterThan(0);
    for (const { headers } of ours) expect(headers.authorization).toBe(`Bearer ${token}`);
    for (const { headers } of others) expect(JSON.stringify(headers)).not.toContain(token);
  });

  it('does not follow a page of the listing elsewhere', async () => {
    const server = await startHub();
    const link = `<${server.contentUrl}/api/models/${repo}/tree/x>; rel="next"`;
    server.fault = failing(
      steps['the list of files'],
      { status: 200, headers: { link, 'content-type': 'application/json' }, body: '[]' },
      1,
    );
    await pull((await openBench(server, { HF_TOKEN: token })).client).catch(() => undefined);
    const elsewhere = server.log.filter(({ host }) => host === 'content');
    expect(elsewhere.length).toBeGreaterThan(0);
    for (const { headers } of elsewhere) expect(headers.authorization).toBeUndefined();
  });

  it.each([
    { status: 401 },
    { status: 403 },
    { status: 404 },
    { status: 500 },
    { cutAfter: 0 },
    { content: 'garbled' },
  ] satisfies Fault[])('and signed addresses stay out of errors (%j)', async (fault) => {
    const server = await startHub();
    for (const step of Object.values(steps)) {
      server.fault = failing(step, fault);
      const bench = await openBench(server, { HF_TOKEN: token });
      const error: unknown = await pull(bench.client).catch((each: unknown) => each);
      for (let each = error, depth = 0; depth < 5 && each instanceof Error; each = each.cause, depth += 1) {
        const all = `${each.message} ${each.stack} ${JSON.stringify(each)}`;
        expect(all).not.toContain(token);
        expect(all).not.toContain('secret-of-the-address');
      }
    }
  });

  it('that cannot be one is refused without being shown', async () => {
    await expect(openBench(undefined, { HF_TOKEN: `${token}\nx` })).rejects.toMatchObject({
      code: 'VSR_USAGE',
      message: expect.not.stringContaining(token),
    });
  });

  it('that `hf auth login` has stored is used', async () => {
    const server = await startHub();
    const bench = await openBench(server);
    await writeFile(join(bench.home, 'token'), `${token}\n`);
    await pull((await openBench(server, {}, bench.home)).client);
    expect(server.log[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });
});

describe('a proxy', () => {
  it('carries requests to the hub and to where the content is', async () => {
    const server = await startHub();
    const proxy = await startProxy();
    try {
      const address = proxy.url.replace('//', '//user:pass%40word@');
      await expectWhole((await pull((await openBench(server, { HTTP_PROXY: address })).client)).dir);
      expect(proxy.seen).toHaveLength(server.log.length);
      expect(proxy.seen.some((line) => line.startsWith(`GET ${server.contentUrl}`))).toBe(true);
      expect(proxy.credentials[0]).toBe(`Basic ${Buffer.from('user:pass@word').toString('base64')}`);
    } finally {
      await proxy.close();
    }
  });

  it('tunnels what is encrypted', async () => {
    const proxy = await startProxy();
    try {
      const bench = await openBench(undefined, {
        HF_ENDPOINT: 'https://127.0.0.1:9',
        https_proxy: proxy.url,
      });
      expect(await failureOf(bench)).toMatchObject({ hint: expect.stringContaining('HTTPS_PROXY') });
      expect(proxy.seen[0]).toBe('CONNECT 127.0.0.1:9');
    } finally {
      await proxy.close();
    }
  });

  it('is left out for the hosts in NO_PROXY', async () => {
    const server = await startHub();
    const proxy = await startProxy();
    try {
      const env = { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' };
      await pull((await openBench(server, env)).client);
      expect(proxy.seen.every((line) => line.startsWith(`GET ${server.contentUrl}`))).toBe(true);
    } finally {
      await proxy.close();
    }
  });

  it('that refuses is named in the advice', async () => {
    const server = await startHub();
    const proxy = await startProxy(407);
    try {
      expect((await failureOf(await openBench(server, { HTTP_PROXY: proxy.url }))).hint).toMatch(/proxy/i);
      const tunnel = await openBench(undefined, {
        HF_ENDPOINT: 'https://127.0.0.1:9',
        HTTPS_PROXY: proxy.url,
      });
      expect(await failureOf(tunnel)).toMatchObject({
        code: 'VSR_HUB_UNREACHABLE',
        hint: expect.stringContaining('HTTPS_PROXY'),
      });
    } finally {
      await proxy.close();
    }
  });
});

describe('a proxy that does not answer as one', () => {
  const behaviours: Readonly<Record<string, (socket: Socket) => unknown>> = {
    'hangs up at once': (socket) => socket.end(),
    'resets at once': (socket) => socket.resetAndDestroy(),
    'hangs up when asked': (socket) => socket.once('data', () => socket.end()),
    'resets when asked': (socket) => socket.once('data', () => socket.resetAndDestroy()),
    'says half a word': (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 Con')),
    'talks nonsense': (socket) => socket.once('data', () => socket.end('hello\r\n')),
    'hangs up in the tunnel': (socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 Connection established\r\n\r\n')),
    'falls silent in the tunnel': (socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n')),
    'says nothing': () => undefined,
  };
  const ways = { encrypted: 'https://hub.example', plain: 'http://hub.example' };
  const table = Object.keys(behaviours).flatMap((name) =>
    Object.entries(ways).map(([way, endpoint]) => [name, way, endpoint] as const),
  );

  it.each(table)('%s (%s)', async (name, _, endpoint) => {
    let connections = 0;
    const sockets = new Set<Socket>();
    const proxy = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      behaviours[name]?.(socket);
    });
    await new Promise<void>((done) => {
      proxy.listen(0, '127.0.0.1', () => done());
    });
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const bench = await openBench(undefined, {
        HF_ENDPOINT: endpoint,
        HTTPS_PROXY: `http://127.0.0.1:${port}`,
        HTTP_PROXY: `http://127.0.0.1:${port}`,
        HF_HUB_DOWNLOAD_TIMEOUT: '0.2',
      });
      const error = await failureOf(bench);
      expect(error.code).toMatch(/^VSR_HUB_/);
      expect(`${error.message} ${error.hint}`).toMatch(/proxy|PROXY/);
      // One per attempt: whoever hangs up is not asked again and again.
      expect(connections).toBeLessThanOrEqual(defaultRetryPolicy.attempts);
    } finally {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    }
  });
});

it('asks nobody with HF_HUB_OFFLINE', async () => {
  const server = await startHub();
  expect(await failureOf(await openBench(server, { HF_HUB_OFFLINE: '1' }))).toMatchObject({
    code: 'VSR_HUB_OFFLINE',
  });
  expect(server.log).toEqual([]);
});
