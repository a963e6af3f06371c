/**
 * One file from the hub to the cache.
 *
 * The bytes go to `<digest>.vllm-sr.incomplete`, which a later pull, of this process or the next, goes on with.
 * Only what has the right size and digest gets the name of a blob. The name is ours and not the plain
 * `.incomplete` of Hugging Face's tools: their lock is of a kind that we cannot see, and two writers would
 * spoil each other's file.
 *
 * @module
 */
import { type FileHandle, mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, VsrError } from '../../errors.js';
import { unpacked } from './body.js';
import { blobName, type RepositoryCache, sizeOf, writeAtomically } from './cache.js';
import { hasDigest } from './checksum.js';
import type { HubAnswer, HubClient } from './client.js';
import { connectionError, diskError, invalidAnswer, type Subject } from './failures.js';
import { digestOf, subjectOf } from './listing.js';
import { withLock } from './lock.js';
import { pauseAfter } from './retry.js';
import type { Digest, RepositoryFile } from './select.js';

export interface FileRequest {
  readonly repo: string;
  /** Full hash, so that all files are of one state of the repository. */
  readonly commit: string;
  readonly file: RepositoryFile;
}

/** A file that is in the cache with the content it should have. */
export interface StoredFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  /** Absolute. */
  readonly blob: string;
}

export interface DownloadProgress {
  /** Bytes on disk so far, those of earlier attempts included. */
  onBytes?(bytes: number, total: number): void;
  /** Why nothing moves for a while. */
  onWait?(why: string): void;
}

export interface DownloadOptions extends DownloadProgress {
  readonly signal?: AbortSignal | undefined;
  /** Whether a blob that is there already may be trusted without reading it; others are checked first. */
  readonly isChecked?: (blob: string) => Promise<boolean>;
}

/** However much progress each makes, there are no more attempts than this at one file. */
const mostAttempts = 200;

/**
 * Downloads a file, or takes what is in the cache already.
 *
 * @throws VsrError with a `VSR_HUB_…` code, `VSR_DISK_FULL` or `VSR_FILE_UNWRITABLE`.
 */
export async function downloadFile(
  client: HubClient,
  cache: RepositoryCache,
  request: FileRequest,
  options: DownloadOptions = {},
): Promise<StoredFile> {
  const subject = subjectOf(client, request.repo, request.commit, request.file.path);
  const { size, digest } = await identify(client, request, subject, options);
  const blob = join(cache.blobs, blobName(digest));
  const stored = { path: request.file.path, size, digest, blob };
  const isThere = async () => {
    if ((await sizeOf(blob)) !== size) return false;
    return (await options.isChecked?.(blob)) === true || (await hasDigest(blob, digest, options.signal));
  };
  if (await isThere()) {
    options.onBytes?.(size, size);
    return stored;
  }
  const lock = join(cache.locks, `${blobName(digest)}.vllm-sr.lock`);
  await withLock(
    lock,
    async () => {
      // Whoever held the lock before has probably fetched it.
      if (await isThere()) return;
      await fetchBlob(client, { ...request, subject, blob, size, digest }, options);
    },
    { signal: options.signal, onWait: () => options.onWait?.('another pull downloads it, waiting') },
  );
  options.onBytes?.(size, size);
  return stored;
}

/** Size and digest from the listing, else from the headers of the file. */
async function identify(
  client: HubClient,
  { repo, commit, file }: FileRequest,
  subject: Subject,
  options: DownloadOptions,
): Promise<{ size: number; digest: Digest }> {
  if (file.digest !== undefined && file.size !== undefined) return { size: file.size, digest: file.digest };
  const address = addressOf(client, repo, commit, file.path);
  const { headers, endpointHeaders, body } = await client.open(address, {
    subject,
    method: 'HEAD',
    signal: options.signal,
    onWait: (ms, why) => options.onWait?.(waitText(ms, why)),
  });
  body.destroy();
  const digest =
    file.digest ?? digestOf(endpointHeaders['x-linked-etag'] ?? endpointHeaders.etag ?? headers.etag);
  const size =
    file.size ?? Number(endpointHeaders['x-linked-size'] ?? headers['content-length'] ?? Number.NaN);
  if (digest === undefined) throw invalidAnswer(subject, 'no digest to check the content with');
  if (!Number.isSafeInteger(size) || size < 0) throw invalidAnswer(subject, 'no size');
  return { size, digest };
}

interface BlobRequest extends FileRequest {
  readonly subject: Subject;
  readonly blob: string;
  readonly size: number;
  readonly digest: Digest;
}

/** Attempts until the blob is complete; the content is wrong at most once before that is the answer. */
async function fetchBlob(client: HubClient, request: BlobRequest, options: DownloadOptions): Promise<void> {
  const { blob, size, digest, subject } = request;
  const partial = `${blob}.vllm-sr.incomplete`;
  await makeRoom(partial, size);
  const startOver = async () => {
    await removePartial(partial);
    options.onWait?.('the content was not what the hub lists, starting over');
  };
  let wrongBefore = false;
  let fruitless = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = (await sizeOf(partial)) ?? 0;
    try {
      await fetchRest(client, request, partial, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      const after = (await sizeOf(partial)) ?? 0;
      fruitless = after > before ? 0 : fruitless + 1;
      if (error instanceof VsrError && error.code === 'VSR_HUB_CHECKSUM' && !wrongBefore) {
        wrongBefore = true;
        await startOver();
        continue;
      }
      const retry = error instanceof VsrError ? error.code === 'VSR_HUB_INTERRUPTED' : false;
      if (!retry || fruitless >= client.policy.attempts || attempt >= mostAttempts) throw error;
      const pause = pauseAfter(fruitless + 1, client.policy);
      options.onWait?.(waitText(pause, 'the connection broke'));
      await client.policy.sleep(pause, options.signal);
      continue;
    }
    if (await hasDigest(partial, digest, options.signal)) break;
    // A part of an earlier attempt, or a proxy, may have spoiled it: once more, from the start.
    if (wrongBefore) {
      await removePartial(partial);
      throw wrongContent(subject, digest);
    }
    wrongBefore = true;
    await startOver();
  }
  try {
    await rename(partial, blob);
    await rm(metaOf(partial), { force: true });
  } catch (error) {
    // Another holder of a lost lock may have been faster; then the blob is there.
    if ((await sizeOf(blob)) !== size) throw diskError(error, blob);
  }
}

/**
 * Asks for what is missing in the partial file and writes it there.
 *
 * `If-Range` makes a server that has another file by now send all of it; one that knows no ranges sends all of
 * it anyway. Either way the status, and not what we asked for, says where the bytes belong.
 */
async function fetchRest(
  client: HubClient,
  { repo, commit, file, subject, size }: BlobRequest,
  partial: string,
  options: DownloadOptions,
): Promise<void> {
  let have = (await sizeOf(partial)) ?? 0;
  if (have > size) {
    await removePartial(partial);
    have = 0;
  }
  if (have === size && size > 0) return;
  const validator = have > 0 ? await readValidator(partial) : undefined;
  const answer = await client.open(addressOf(client, repo, commit, file.path), {
    subject,
    accept: [416],
    headers:
      have > 0 ? { range: `bytes=${have}-`, ...(validator !== undefined && { 'if-range': validator }) } : {},
    signal: options.signal,
    onWait: (ms, why) => options.onWait?.(waitText(ms, why)),
  });
  try {
    const start = startOf(answer, have, size);
    if (start === undefined) {
      // The server's file is another one than the part we have.
      await removePartial(partial);
      throw new VsrError(
        'VSR_HUB_INTERRUPTED',
        `${answer.address.host} cannot continue ${file.path} of ${repo}.`,
        {
          hint: 'Pull again: it starts over.',
        },
      );
    }
    await writeBody(answer, { partial, start, size, subject }, options);
  } finally {
    answer.body.destroy();
  }
}

/** A proxy has compressed it, unasked. */
function isPacked(headers: HubAnswer['headers']): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding !== 'identity';
}

/** Where the first byte of the answer belongs; undefined if the part at hand is of no use for it. */
function startOf({ status, headers }: HubAnswer, have: number, size: number): number | undefined {
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
    const fits =
      !isPacked(headers) &&
      range !== null &&
      Number(range[1]) <= have &&
      (range[2] === '*' || Number(range[2]) === size);
    return fits ? Number(range[1]) : undefined;
  }
  return status === 416 ? undefined : 0;
}

interface WriteGoal {
  readonly partial: string;
  readonly start: number;
  readonly size: number;
  readonly subject: Subject;
}

async function writeBody(answer: HubAnswer, goal: WriteGoal, options: DownloadOptions): Promise<void> {
  const { partial, start, size, subject } = goal;
  const packed = isPacked(answer.headers);
  const length = Number(answer.headers['content-length'] ?? Number.NaN);
  if (!packed && Number.isFinite(length) && start + length !== size)
    throw wrongSize(subject, `${start + length} bytes`, size);
  const file = await openPartial(partial, start);
  let position = start;
  try {
    // The tag of something packed is none of what it is packed from.
    if (start === 0) await writeValidator(partial, packed ? undefined : answer.headers.etag);
    for await (const chunk of chunksOf(answer, subject)) {
      if (position + chunk.length > size)
        throw wrongSize(subject, `${position + chunk.length} bytes or more`, size);
      await writeAll(file, chunk, position, partial);
      position += chunk.length;
      options.onBytes?.(position, size);
    }
    // A rename is of no use if the content is lost with the power.
    await file.sync().catch(() => undefined);
  } finally {
    await file.close().catch(() => undefined);
  }
  // Answers without a length end early without any error.
  if (position < size) throw cutShort(subject, position, size);
}

async function* chunksOf(answer: HubAnswer, subject: Subject): AsyncGenerator<Buffer> {
  const encoding = answer.headers['content-encoding'];
  const content = unpacked(answer.body, encoding);
  if (content === undefined) throw invalidAnswer(subject, `${encoding} content`);
  try {
    yield* content;
  } catch (error) {
    throw brokenBody(error, subject, answer.address);
  }
}

/** Whatever ends a body early is a cut, also what the same error would not be before there was an answer. */
function brokenBody(error: unknown, subject: Subject, address: URL): VsrError {
  const failure = connectionError(error, subject, address, false);
  if (failure.code === 'VSR_HUB_INTERRUPTED' || failure.code === 'VSR_HUB_TLS') return failure;
  return new VsrError(
    'VSR_HUB_INTERRUPTED',
    `The connection to ${address.host} broke while ${subject.path ?? ''} of ${subject.repo} came in: ${messageOf(error)}`,
    { hint: 'Pull again: the download goes on where it stopped.', cause: error },
  );
}

function cutShort({ path, repo }: Subject, have: number, size: number): VsrError {
  return new VsrError(
    'VSR_HUB_INTERRUPTED',
    `${path ?? ''} of ${repo} ended after ${have} of ${size} bytes.`,
    {
      hint: 'Pull again: the download goes on where it stopped.',
    },
  );
}

function wrongSize({ path, repo }: Subject, found: string, size: number): VsrError {
  return new VsrError(
    'VSR_HUB_CHECKSUM',
    `${path ?? ''} of ${repo} came with ${found}, the hub lists ${size}.`,
    { hint: 'Check the proxy or mirror in between, then pull again.' },
  );
}

function wrongContent({ path, repo }: Subject, { kind, hex }: Digest): VsrError {
  const name = kind === 'sha256' ? 'SHA-256' : 'git hash';
  return new VsrError(
    'VSR_HUB_CHECKSUM',
    `${path ?? ''} of ${repo} came twice with another content than the hub lists (${name} ${hex.slice(0, 12)}…).`,
    { hint: 'Check the proxy or mirror in between, then pull again.' },
  );
}

async function openPartial(partial: string, start: number): Promise<FileHandle> {
  try {
    await mkdir(dirname(partial), { recursive: true });
    // `a` would write at the end whatever position is asked for; `w` would lose what is there.
    const file = await open(partial, start === 0 ? 'w' : 'r+');
    if (start > 0) await file.truncate(start);
    return file;
  } catch (error) {
    throw diskError(error, partial);
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number, path: string): Promise<void> {
  try {
    let written = 0;
    while (written < chunk.length) {
      const result = await file.write(chunk, written, chunk.length - written, position + written);
      written += result.bytesWritten;
    }
  } catch (error) {
    throw diskError(error, path);
  }
}

/** Says so before hours of download instead of after; where the system does not tell, the writes will. */
async function makeRoom(partial: string, size: number): Promise<void> {
  const folder = dirname(partial);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskError(error, folder);
  }
  const missing = size - ((await sizeOf(partial)) ?? 0);
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined || found.blocks === 0) return;
  const free = found.bavail * found.bsize;
  if (free >= missing) return;
  throw new VsrError(
    'VSR_DISK_FULL',
    `The disk of ${folder} has ${free} bytes left, and ${missing} are needed.`,
    {
      hint: 'Free some space, or put the cache on another disk with HF_HUB_CACHE.',
    },
  );
}

/** Only a strong ETag may be used to go on with a file. */
async function writeValidator(partial: string, etag: string | undefined): Promise<void> {
  if (etag !== undefined && /^"[^"]*"$/.test(etag)) await writeAtomically(metaOf(partial), etag);
  else await rm(metaOf(partial), { force: true }).catch(() => undefined);
}

async function readValidator(partial: string): Promise<string | undefined> {
  const text = await readFile(metaOf(partial), 'utf8').catch(() => undefined);
  return text !== undefined && /^"[^"\p{Cc}]*"$/u.test(text) ? text : undefined;
}

function metaOf(partial: string): string {
  return `${partial}.etag`;
}

async function removePartial(partial: string): Promise<void> {
  await rm(partial, { force: true }).catch(() => undefined);
  await rm(metaOf(partial), { force: true }).catch(() => undefined);
}

function addressOf({ settings }: HubClient, repo: string, revision: string, path: string): URL {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${settings.endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encoded}`);
}

function waitText(ms: number, why: string): string {
  return `${why}, trying again in ${Math.ceil(ms / 1000)} s`;
}
