/**
 * A hub on loopback: two servers, since the real one keeps large content on another host. Every request is
 * logged, and any of them can be made to fail.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

export interface HubFile {
  readonly content: Buffer;
  /** LFS files are named by SHA-256 and come from the content host, others by their git hash. */
  readonly lfs: boolean;
}

export interface HubRepo {
  /** Commits in order, each with all its files; the last one is `main`. */
  readonly commits: { readonly sha: string; readonly files: ReadonlyMap<string, HubFile> }[];
  readonly branches?: Readonly<Record<string, string>>;
  /** Only tokens of `granted` may read it. */
  readonly gated?: boolean;
  readonly private?: boolean;
  readonly granted?: readonly string[];
  /** Asking for it leads to another repository. */
  readonly renamedTo?: string;
}

export interface LoggedRequest {
  readonly host: 'hub' | 'content';
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
}

/** What goes wrong with one answer. */
export interface Fault {
  /** Answered instead. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connection reset after so many bytes of the body; 0: before any answer. */
  readonly cutAfter?: number;
  /** The body ends early without any sign of it. */
  readonly endAfter?: number;
  /** Compressed, although nobody has asked for it. */
  readonly packed?: boolean;
  /** Content of the same length, or this, in place of the right one. */
  readonly content?: 'garbled' | Buffer;
  readonly ignoreRange?: boolean;
  readonly noEtag?: boolean;
  readonly etag?: string;
  /** Bytes at a time, with a pause of `pauseMs` after each. */
  readonly trickle?: { readonly bytes: number; readonly pauseMs: number };
  /** No byte of an answer at all until the client leaves. */
  readonly silent?: boolean;
}

export interface HubServer {
  readonly url: string;
  readonly contentUrl: string;
  readonly log: LoggedRequest[];
  readonly repos: Map<string, HubRepo>;
  /** Asked for each request; undefined lets it pass. */
  fault: (request: LoggedRequest) => Fault | undefined;
  /** Files per page of a listing. */
  pageSize: number;
  /** Whether links to further pages are relative and written without a space. */
  tersePages: boolean;
  /** Whether answers of the API are compressed, although nobody has asked for it. */
  packedListing: boolean;
  /** Whether `/tree` exists; mirrors may lack it. */
  hasTree: boolean;
  /** Requests for content of files so far. */
  downloads(): LoggedRequest[];
  close(): Promise<void>;
}

export const gitHash = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Reproducible bytes that no two seeds share. */
export function bytesOf(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, round = 0; at < length; at += 32, round += 1) {
    parts.push(createHash('sha256').update(`${seed}:${round}`).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** A repository with one commit. Text is a small file, a buffer an LFS file. */
export function repoOf(files: Readonly<Record<string, string | Buffer>>, seed = '1'): HubRepo {
  return { commits: [commitOf(files, seed)] };
}

export function commitOf(
  files: Readonly<Record<string, string | Buffer>>,
  seed: string,
): HubRepo['commits'][number] {
  return {
    sha: createHash('sha1').update(seed).digest('hex'),
    files: new Map(
      Object.entries(files).map(([path, content]) => [
        path,
        { content: Buffer.from(content), lfs: typeof content !== 'string' },
      ]),
    ),
  };
}

export async function startHubServer(): Promise<HubServer> {
  const content = new Map<string, Buffer>();
  const counts = { pageSize: 1000, hasTree: true, tersePages: false, packedListing: false };
  const log: LoggedRequest[] = [];
  const repos = new Map<string, HubRepo>();
  let fault: HubServer['fault'] = () => undefined;
  let contentUrl = '';

  const logged = (host: LoggedRequest['host'], request: IncomingMessage): LoggedRequest => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const entry = {
      host,
      method: request.method ?? '',
      path: decodeURIComponent(path),
      query,
      headers: request.headers,
    };
    log.push(entry);
    return entry;
  };

  const hub = createServer((request, response) => {
    const entry = logged('hub', request);
    const wrong = fault(entry);
    if (failed(response, wrong)) return;
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const api = /^\/api\/models\/([^/]+\/[^/]+)(?:\/(revision|tree)\/([^/]+))?$/.exec(
      request.url?.split('?')[0] ?? '',
    );
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(request.url?.split('?')[0] ?? '');
    const name = api?.[1] ?? resolve?.[1] ?? '';
    const repo = repos.get(name);
    if (repo === undefined) {
      sendError(response, token === undefined ? 401 : 404, 'RepoNotFound', 'Repository not found');
      return;
    }
    if (repo.renamedTo !== undefined) {
      response.writeHead(307, { location: (request.url ?? '').replace(name, repo.renamedTo) }).end();
      return;
    }
    const allowed = token !== undefined && repo.granted?.includes(token) === true;
    if (repo.private === true && !allowed) {
      sendError(response, 404, 'RepoNotFound', 'Repository not found');
      return;
    }
    const revision = decodeURIComponent(api?.[3] ?? resolve?.[2] ?? 'main');
    const last = repo.commits.at(-1);
    const sha = repo.branches?.[revision] ?? (revision === 'main' ? last?.sha : revision);
    const commit = repo.commits.find((each) => each.sha === sha);
    if (commit === undefined) {
      sendError(response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
      return;
    }
    if (api !== null && api[2] !== 'tree') {
      sendJson(
        response,
        200,
        {
          id: name,
          sha: commit.sha,
          gated: repo.gated === true ? 'manual' : false,
          siblings: [...commit.files].map(([path, file]) => siblingOf(path, file)),
        },
        counts.packedListing,
      );
      return;
    }
    if (api !== null) {
      if (!counts.hasTree) {
        response.writeHead(404).end();
        return;
      }
      sendTree(request, response, commit.files);
      return;
    }
    if (repo.gated === true && !allowed) {
      sendError(
        response,
        token === undefined ? 401 : 403,
        'GatedRepo',
        `Access to model ${name} is restricted.`,
      );
      return;
    }
    const file = commit.files.get(decodeURIComponent(resolve?.[3] ?? ''));
    if (file === undefined) {
      sendError(response, 404, 'EntryNotFound', 'Entry not found');
      return;
    }
    if (!file.lfs) {
      sendContent(request, response, file.content, {
        etag: `"${gitHash(file.content)}"`,
        commit: commit.sha,
        fault: wrong,
      });
      return;
    }
    const hash = sha256(file.content);
    content.set(hash, file.content);
    response
      .writeHead(302, {
        location: `${contentUrl}/content/${hash}?Signature=secret-of-the-address`,
        'x-linked-etag': `"${hash}"`,
        'x-linked-size': String(file.content.length),
        'x-repo-commit': commit.sha,
      })
      .end();
  });

  const sendTree = (
    request: IncomingMessage,
    response: ServerResponse,
    files: ReadonlyMap<string, HubFile>,
  ) => {
    const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    const from = Number(query.get('cursor') ?? 0);
    const all = [...files];
    const page = all.slice(from, from + counts.pageSize).map(([path, { content: bytes, lfs }]) => ({
      type: 'file',
      path,
      size: bytes.length,
      oid: gitHash(bytes),
      ...(lfs && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } }),
    }));
    const next = from + counts.pageSize;
    if (next < all.length) {
      query.set('cursor', String(next));
      const address = `${(request.url ?? '').split('?')[0]}?${query}`;
      response.setHeader(
        'link',
        counts.tersePages ? `<${address}>;rel=next` : `<${urlOf(hub)}${address}>; rel="next"`,
      );
    }
    sendJson(
      response,
      200,
      [{ type: 'directory', path: 'onnx', size: 0, oid: 'x' }, ...page],
      counts.packedListing,
    );
  };

  const contentHost = createServer((request, response) => {
    const entry = logged('content', request);
    const wrong = fault(entry);
    if (failed(response, wrong)) return;
    const hash = entry.path.split('/').at(-1) ?? '';
    const bytes = content.get(hash);
    if (bytes === undefined) response.writeHead(404).end();
    else
      sendContent(request, response, bytes, {
        etag: `"${hash.slice(0, 32)}"`,
        commit: undefined,
        fault: wrong,
      });
  });

  await Promise.all([listen(hub), listen(contentHost)]);
  // Another name of the same machine is another host.
  contentUrl = urlOf(contentHost).replace('127.0.0.1', 'localhost');
  return {
    url: urlOf(hub),
    contentUrl,
    log,
    repos,
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
    },
    get pageSize() {
      return counts.pageSize;
    },
    set pageSize(next) {
      counts.pageSize = next;
    },
    get tersePages() {
      return counts.tersePages;
    },
    set tersePages(next) {
      counts.tersePages = next;
    },
    get packedListing() {
      return counts.packedListing;
    },
    set packedListing(next) {
      counts.packedListing = next;
    },
    get hasTree() {
      return counts.hasTree;
    },
    set hasTree(next) {
      counts.hasTree = next;
    },
    downloads: () => log.filter(({ host, path }) => host === 'content' || path.includes('/resolve/')),
    close: async () => {
      await Promise.all(
        [hub, contentHost].map(
          (server) =>
            new Promise<void>((done) => {
              server.close(() => done());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

function siblingOf(path: string, { content, lfs }: HubFile): Record<string, unknown> {
  return {
    rfilename: path,
    size: content.length,
    blobId: gitHash(content),
    ...(lfs && { lfs: { sha256: sha256(content), size: content.length } }),
  };
}

/** Answers that have nothing to do with the content. */
function failed(response: ServerResponse, fault: Fault | undefined): boolean {
  if (fault === undefined) return false;
  if (fault.silent === true) return true;
  if (fault.cutAfter === 0) {
    response.destroy();
    return true;
  }
  if (fault.status === undefined) return false;
  response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
  return true;
}

interface ContentOptions {
  readonly etag: string;
  readonly commit: string | undefined;
  readonly fault: Fault | undefined;
}

function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  right: Buffer,
  { etag: rightEtag, commit, fault = {} }: ContentOptions,
): void {
  const etag = fault.etag ?? rightEtag;
  const garbled = fault.content === 'garbled' ? Buffer.from(right.map((byte) => byte ^ 0x5a)) : fault.content;
  const whole = garbled ?? right;
  const range = fault.ignoreRange === true ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  const from =
    range === null || (condition !== undefined && condition !== etag) ? undefined : Number(range[1]);
  if (from !== undefined && from >= whole.length) {
    response.writeHead(416, { 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  const part = whole.subarray(from ?? 0);
  const body = fault.packed === true ? gzipSync(part) : part;
  const headers = {
    'content-type': 'application/octet-stream',
    ...(fault.noEtag !== true && { etag }),
    ...(commit !== undefined && { 'x-repo-commit': commit }),
    ...(fault.packed === true && { 'content-encoding': 'gzip' }),
    ...(fault.endAfter === undefined && { 'content-length': String(body.length) }),
    ...(from !== undefined && { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
  };
  response.writeHead(from === undefined ? 200 : 206, headers);
  if (request.method === 'HEAD') response.end();
  else if (fault.cutAfter !== undefined)
    response.write(body.subarray(0, fault.cutAfter), () => response.destroy());
  else if (fault.endAfter !== undefined) response.end(body.subarray(0, fault.endAfter));
  else if (fault.trickle !== undefined) trickle(response, body, fault.trickle);
  else response.end(body);
}

function trickle(response: ServerResponse, body: Buffer, speed: NonNullable<Fault['trickle']>): void {
  let at = 0;
  const step = () => {
    if (response.destroyed) return;
    if (at >= body.length) {
      response.end();
      return;
    }
    response.write(body.subarray(at, at + speed.bytes));
    at += speed.bytes;
    setTimeout(step, speed.pauseMs);
  };
  step();
}

function sendJson(response: ServerResponse, status: number, value: unknown, packed = false): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', ...(packed && { 'content-encoding': 'gzip' }) })
    .end(packed ? gzipSync(text) : text);
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'x-error-code': code,
      'x-error-message': message,
    })
    .end(JSON.stringify({ error: message }));
}

function urlOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((done) => {
    server.listen(0, () => done());
  });
}
